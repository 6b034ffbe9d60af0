#include "core/data/known_datasets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/parse.h"

namespace duet {
namespace {

// Mirrors: those of TensorFlow Datasets, torchvision and Keras, and Fashion-MNIST's own repository. MNIST's
// first home, yann.lecun.com, has answered 403 since 2024. Checksums: sha256sum of the unpacked files.
const KnownDataset datasets[] = {
    {"mnist",
     "MNIST",
     {"https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist"},
     {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
     {{"train-images-idx3-ubyte", 47040016,
       "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
      {"t10k-images-idx3-ubyte", 7840016,
       "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"}},
     {{"train-labels-idx1-ubyte", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
      {"t10k-labels-idx1-ubyte", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}}},
    {"fashion-mnist",
     "FashionMNIST",
     {"https://storage.googleapis.com/tensorflow/tf-keras-datasets",
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion"},
     {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
      "Ankle boot"},
     {{"train-images-idx3-ubyte", 47040016,
       "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
      {"t10k-images-idx3-ubyte", 7840016,
       "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"}},
     {{"train-labels-idx1-ubyte", 60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
      {"t10k-labels-idx1-ubyte", 10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}}},
};

}  // namespace

std::span<const KnownDataset> known_datasets() { return datasets; }

std::string which_are_known(std::string_view name) {
  std::vector<std::string> names;
  for (const KnownDataset& dataset : datasets) names.emplace_back(dataset.name);
  const std::string meant = nearest(name, names);
  return meant.empty() ? fmt::format("known are {}", fmt::join(names, " and "))
                       : fmt::format("did you mean '{}'?", meant);
}

const KnownDataset* find_known(std::string_view name) {
  for (const KnownDataset& dataset : datasets)
    if (dataset.name == name) return &dataset;
  return nullptr;
}

}  // namespace duet
