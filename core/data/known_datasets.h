// The data sets that are known by name: what their files are called, must contain, and where they can be
// fetched.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duet {

struct KnownFile {
  std::string_view name;    // "train-images-idx3-ubyte"; mirrors have it with .gz
  std::size_t bytes;        // unpacked, like its checksum: whoever compressed it
  std::string_view sha256;  // lower-case hexadecimal
};

struct KnownDataset {
  std::string_view name;                  // "mnist"
  std::string_view torchvision;           // the folder that torchvision keeps it in, as MNIST/raw
  std::vector<std::string_view> mirrors;  // folders, in the order to be tried; https
  std::vector<std::string> class_names;
  KnownFile images[2], labels[2];  // by Part
};

std::span<const KnownDataset> known_datasets();
std::string which_are_known(std::string_view name);     // "did you mean 'mnist'?", else "known are ..."
const KnownDataset* find_known(std::string_view name);  // nullptr when there is none of that name

}  // namespace duet
