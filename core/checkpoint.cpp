#include "core/checkpoint.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/error.h"
#include "core/model/json.h"
#include "core/model/safetensors.h"
#include "core/model/stored_layers.h"

namespace duet {
namespace {

constexpr const char* metadata_key = "duet-checkpoint";
constexpr int current_format = 1;
constexpr const char* loss_name = "results.loss";
constexpr const char* correct_name = "results.correct";
constexpr const char* seen_name = "results.seen";

std::string metadata_of(const Checkpoint& checkpoint) {
  const nlohmann::ordered_json metadata = {{"format", current_format},
                                           {"epoch", checkpoint.state.epoch},
                                           {"step", checkpoint.state.step},
                                           {"training", parse_object(checkpoint.training, "training")}};
  return metadata.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int count(const nlohmann::json& metadata, const char* key) {
  const std::uint64_t value = as_unsigned(member(metadata, key, "the checkpoint"), key);
  if (value > std::numeric_limits<int>::max()) fail(ErrorKind::model, "its {} is too large", key);
  return static_cast<int>(value);
}

void check_sizes(const std::vector<Layer>& of, const std::vector<Layer>& expected, const char* name) {
  bool same = of.size() == expected.size();
  for (std::size_t l = 0; same && l < of.size(); ++l) {
    same = of[l].inputs == expected[l].inputs && of[l].outputs == expected[l].outputs;
  }
  if (!same) fail(ErrorKind::model, "the sizes of its {} are not those of its layers", name);
}

std::vector<Result> take_results(StoredTensors& tensors, int steps) {
  std::vector<Result> results(static_cast<std::size_t>(steps));
  if (steps == 0) return results;
  const std::vector<float> loss = tensors.take(loss_name), correct = tensors.take(correct_name),
                           seen = tensors.take(seen_name);
  if (loss.size() != results.size() || correct.size() != results.size() || seen.size() != results.size()) {
    fail(ErrorKind::model, "it has not one result for each of its {} steps", steps);
  }
  const auto whole = [](float value) {
    if (!(value >= 0 && value <= 1e9F)) fail(ErrorKind::model, "a count in its results is none");
    return static_cast<std::uint32_t>(value);
  };
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = {loss[i], whole(correct[i]), whole(seen[i])};
  return results;
}

Checkpoint read(const std::filesystem::path& path) {
  SafetensorsFile file(path);
  const auto text = file.metadata().find(metadata_key);
  if (text == file.metadata().end()) {
    fail(ErrorKind::model, "not a checkpoint of duet: its metadata has no '{}'", metadata_key);
  }
  const nlohmann::json metadata = parse_object(text->second, "the checkpoint");
  if (const int format = count(metadata, "format"); format != current_format) {
    fail(ErrorKind::model, "its format is {}, and this version reads {}", format, current_format);
  }
  if (!file.has_checksum()) fail(ErrorKind::model, "its checksum is missing: the file is damaged");
  file.check();
  Checkpoint checkpoint;
  checkpoint.training = as_object(member(metadata, "training", "the checkpoint"), "training").dump();
  TrainerState& state = checkpoint.state;
  state.epoch = count(metadata, "epoch");
  state.step = count(metadata, "step");
  StoredTensors tensors(file);
  state.layers = tensors.take_layers("layers");
  for (std::size_t l = 1; l < state.layers.size(); ++l) check_fits_before(state.layers, l);
  const auto take_like = [&](const char* name) {
    std::vector<Layer> layers = tensors.take_layers(name);
    check_sizes(layers, state.layers, name);
    return layers;
  };
  if (state.epoch > 0 || state.step > 0) {
    state.mean = take_like("mean");
    state.variance = take_like("variance");
  }
  if (state.step > 0) state.last_good = take_like("last_good");
  state.results = take_results(tensors, state.step);
  tensors.expect_none_left();
  return checkpoint;
}

}  // namespace

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  const TrainerState& state = checkpoint.state;
  std::vector<float> loss, correct, seen;  // counts are below 2^24: floats have them exactly
  for (const Result& result : state.results) {
    loss.push_back(result.loss);
    correct.push_back(static_cast<float>(result.correct));
    seen.push_back(static_cast<float>(result.seen));
  }
  std::vector<TensorView> tensors;
  add_layers(tensors, "layers", state.layers);
  add_layers(tensors, "mean", state.mean);
  add_layers(tensors, "variance", state.variance);
  add_layers(tensors, "last_good", state.last_good);
  if (state.step > 0) {
    const std::vector<int> shape = {static_cast<int>(state.results.size())};
    tensors.push_back({loss_name, shape, loss});
    tensors.push_back({correct_name, shape, correct});
    tensors.push_back({seen_name, shape, seen});
  }
  write_safetensors(path, tensors, {{metadata_key, metadata_of(checkpoint)}});
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  try {
    return read(path);
  } catch (const Error& error) { fail(ErrorKind::model, "{}: {}", path.string(), error.what()); }
}

}  // namespace duet
