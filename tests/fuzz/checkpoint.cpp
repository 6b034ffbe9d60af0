#include "core/checkpoint.h"

#include <vector>

#include "core/model/safetensors.h"
#include "tests/fuzz/target.h"
#include "tests/scratch_folder.h"
#include "tools/resumption.h"

namespace duet::fuzz {
namespace {

// The same with a checksum that is right: no input could guess it.
void write_anew(const std::filesystem::path& from, const std::filesystem::path& to) {
  SafetensorsFile file(from);
  std::vector<std::vector<float>> values;
  std::vector<TensorView> tensors;
  for (const TensorEntry& tensor : file.tensors()) {
    values.push_back(file.read(tensor));
    tensors.push_back({tensor.name, {tensor.shape.begin(), tensor.shape.end()}, values.back()});
  }
  write_safetensors(to, tensors, file.metadata());
}

}  // namespace

void read(std::span<const std::uint8_t> input) {
  static const ScratchFolder folder;
  const MemoryFile file(input);
  try_to([&] { load_checkpoint(file.path()); });
  try_to([&] {
    write_anew(file.path(), folder / "checkpoint");
    Checkpoint checkpoint = load_checkpoint(folder / "checkpoint");
    require(checkpoint.state.results.size() == static_cast<std::size_t>(checkpoint.state.step));
    resumption_of("run", std::move(checkpoint));
  });
}

}  // namespace duet::fuzz
