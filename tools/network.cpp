#include "tools/network.h"

#include <utility>

namespace duet {

LayerSizes network_sizes(const std::vector<int>& hidden, const TrainingData& data) {
  LayerSizes sizes = {data.data.train.images.pixels_per_image()};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(data.data.classes);
  return sizes;
}

Model model_of(std::vector<Layer> layers, const TrainingData& data) {
  const Images& images = data.data.train.images;
  return {.layers = std::move(layers),
          .height = images.height,
          .width = images.width,
          .divisor = pixel_divisor,
          .class_names = data.data.class_names,
          .training = {}};
}

}  // namespace duet
