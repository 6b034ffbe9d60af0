#include "core/checkpoint.h"

#include <memory>
#include <utility>
#include <vector>

#include "core/devices.h"
#include "core/model/safetensors.h"
#include "core/resident.h"
#include "core/trainer.h"
#include "tests/fuzz/target.h"
#include "tests/scratch_folder.h"
#include "tools/resumption.h"
#include "tools/training_data.h"

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

// What a network of 4 x 4 pixels and three classes is trained on: 300 rows, as the checkpoints of the corpus
// say.
const TrainingData& training_data() {
  static const TrainingData made = [] {
    constexpr int rows = 300;
    TrainingData data;
    LabelledImages& train = data.data.train;
    train.images = {.count = rows, .height = 4, .width = 4, .storage = Bytes(rows * 16)};
    for (std::size_t i = 0; i < train.images.storage.size(); ++i) {
      train.images.storage.data()[i] = static_cast<std::uint8_t>(i * 7);
    }
    for (int row = 0; row < rows; ++row) train.labels.push_back(static_cast<std::uint8_t>(row % 3));
    data.data.classes = 3;
    data.train = {.part = Part::train, .first = 50, .count = 250};
    data.validation = {.part = Part::train, .first = 0, .count = 50};
    return data;
  }();
  return made;
}

// To the end of the epoch, as `duet resume` would.
void go_on(Resumption resumed) {
  const TrainingData& data = training_data();
  static const std::unique_ptr<Backend> cpu = make_backend({.device = "cpu", .threads = 1});
  check_fits(resumed, data);
  const LabelledImages& train = data.data.train;
  const ResidentExamples examples(*cpu, train.images, train.labels, 255);
  const int epoch = resumed.state.epoch;
  Trainer trainer(*cpu, resumed.options.config, {examples, data.train}, {examples, data.validation},
                  std::move(resumed.state));
  if (trainer.run_epoch() == EpochEnd::completed) require(trainer.epochs_completed() == epoch + 1);
  trainer.state();
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
    go_on(resumption_of("run", std::move(checkpoint)));
  });
}

}  // namespace duet::fuzz
