#include "core/model/safetensors.h"

#include "core/model/model.h"
#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  const MemoryFile file(input);
  try_to([&] {
    SafetensorsFile tensors(file.path());
    for (const TensorEntry& tensor : tensors.tensors()) tensors.read(tensor);
  });
  try_to([&] { load_layers(file.path()); });
  try_to([&] {
    const Model model = load_model(file.path());
    require(model.classes() == static_cast<int>(model.class_names.size()));
  });
}

}  // namespace duet::fuzz
