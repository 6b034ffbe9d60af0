// A small data set made up of numbers that mean nothing but differ by class: enough to train on, the same
// every time.
#pragma once

#include "core/data/dataset.h"
#include "tests/guarded.h"

namespace duet::test {

inline LabelledImages small_data(int examples, int height, int width, int classes) {
  Random random(7);
  LabelledImages data;
  data.images.count = examples;
  data.images.height = height;
  data.images.width = width;
  data.images.storage = Bytes(static_cast<std::size_t>(examples) * height * width);
  for (int i = 0; i < examples; ++i) {
    const int label = random.integer(0, classes - 1);
    data.labels.push_back(static_cast<std::uint8_t>(label));
    for (int j = 0; j < height * width; ++j) {
      const bool lit = j % classes == label || random.integer(0, 9) == 0;
      data.images.storage.data()[static_cast<std::size_t>(i) * height * width + j] =
          static_cast<std::uint8_t>(lit ? random.integer(128, 255) : 0);
    }
  }
  return data;
}

}  // namespace duet::test
