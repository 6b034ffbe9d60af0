// duet predict: the classes of images that the user has.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/data/file.h"
#include "core/data/idx.h"
#include "core/data/picture.h"
#include "core/devices.h"
#include "core/error.h"
#include "core/evaluation.h"
#include "core/memory_needs.h"
#include "core/model/model.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/device.h"
#include "tools/json_text.h"
#include "tools/options.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_input_bytes = std::size_t{1} << 30;

struct PredictOptions {
  std::string model;
  std::vector<std::string> files;
  DeviceRequest device{.device = "cpu", .threads = 0};
  bool invert = false, probabilities = false, json = false;
};

// As the model takes them, not yet filled.
Images room_for(const Model& model, int count) {
  Images images;
  images.count = count;
  images.height = model.height;
  images.width = model.width;
  images.storage = Bytes(static_cast<std::size_t>(count) * images.pixels_per_image());
  return images;
}

// Of such images, and of their prediction, to which they move.
void check_room_for(Backend& backend, const Model& model, int count) {
  MemoryNeeds needs = memory_of_prediction(backend, model, count);
  if (backend.takes_memory_of_host()) {
    needs.data += static_cast<std::size_t>(count) * model.height * model.width;
  }
  check_memory(backend, "the prediction", needs);
}

// The images of one argument, as the model takes them.
class ImageSource {
 public:
  ImageSource(Backend& backend, const Model& model, const PredictOptions& options)
      : backend_(backend), model_(model), invert_(options.invert) {}

  Images read(const std::string& file) {
    const std::string name = file == "-" ? "standard input" : file;
    Bytes bytes = file == "-" ? read_stream(STDIN_FILENO, most_input_bytes, name) : read_file(file);
    const FileKind kind = kind_of(bytes.span());
    if (kind != FileKind::idx && kind != FileKind::gzip) return fit(decode_picture(bytes.span(), name), name);
    Images images = parse_idx_images(std::move(bytes), name);
    note_bright_corners(name, picture_of(images, 0));
    const bool fits = images.height == model_.height && images.width == model_.width;
    if (fits && !invert_) return images;
    // A small file may hold millions of small images, and each becomes as large as the model takes them.
    check_room_for(backend_, model_, images.count);
    Images fitted = room_for(model_, images.count);
    for (int i = 0; i < images.count; ++i) put(fitted, i, picture_of(images, i));
    if (!fits) note_scaling(name, images.height, images.width);
    return fitted;
  }

 private:
  Images fit(const Picture& picture, const std::string& name) {
    if (picture.height != model_.height || picture.width != model_.width) {
      note_scaling(name, picture.height, picture.width);
    }
    note_bright_corners(name, picture);
    Images images = room_for(model_, 1);
    put(images, 0, picture);
    return images;
  }

  static Picture picture_of(const Images& images, int row) {
    const auto pixels = images.image(row);
    return {images.height, images.width, {pixels.begin(), pixels.end()}};
  }

  void put(Images& to, int row, const Picture& picture) const {
    Picture fitted = scale_by_area(picture, model_.height, model_.width);
    if (invert_) invert(fitted);
    std::copy(fitted.grey.begin(), fitted.grey.end(),
              to.storage.data() + static_cast<std::size_t>(row) * to.pixels_per_image());
  }

  // Notes are made once, for the first that needs it.
  void note_bright_corners(const std::string& name, const Picture& picture) {
    if (invert_ || !has_bright_corners(picture) || std::exchange(noted_corners_, true)) return;
    talk("duet: {} has bright corners; if it is dark ink on light paper, use --invert\n", name);
  }
  void note_scaling(const std::string& name, int height, int width) {
    if (std::exchange(noted_scaling_, true)) return;
    talk("duet: {} is {} x {} pixels; pictures are scaled to the model's {} x {}\n", name, height, width,
         model_.height, model_.width);
  }

  Backend& backend_;
  const Model& model_;
  bool invert_, noted_scaling_ = false, noted_corners_ = false;
};

// All images of the call, so that the model is put on the device and compiled once; only their numbers stay
// behind.
Images joined(Backend& backend, const Model& model, std::vector<Images>& inputs) {
  if (inputs.size() == 1) {
    Images all = std::move(inputs.front());
    inputs.front().count = all.count;
    return all;
  }
  int count = 0;
  for (const Images& images : inputs) count += images.count;
  check_memory(backend, "the prediction", memory_of_prediction(backend, model, count));
  Images all = room_for(model, count);
  std::uint8_t* to = all.storage.data();
  for (Images& images : inputs) {
    to = std::copy(images.pixels().begin(), images.pixels().end(), to);
    images.storage = Bytes();
  }
  return all;
}

// What is said of one image.
struct Answer {
  const std::string& file;
  int row, best;
  const std::string& name;  // of the best class
  std::span<const float> probabilities;
  bool all_probabilities;  // are asked for
};

std::string line(const Answer& a) {
  std::string text =
      fmt::format("{}\t{}\t{}\t{:.6f}", printable(a.file), a.row, printable(a.name), a.probabilities[a.best]);
  if (a.all_probabilities) {
    for (const float value : a.probabilities) text += fmt::format("\t{:.9g}", value);
  }
  return text + '\n';
}

Json to_json(const Answer& a) {
  Json entry = {{"file", a.file},
                {"row", a.row},
                {"class", a.best},
                {"name", a.name},
                {"probability", a.probabilities[a.best]}};
  if (a.all_probabilities) {
    entry["probabilities"] = std::vector<float>(a.probabilities.begin(), a.probabilities.end());
  }
  return entry;
}

void run_predict(const PredictOptions& options) {
  const Model model = load_model(options.model);
  KnownProducts known;
  const OpenedDevice device = open_tuned_device(options.device, known);
  ImageSource source(*device.backend, model, options);
  std::vector<Images> inputs;  // of each file
  inputs.reserve(options.files.size());
  for (const std::string& file : options.files) inputs.push_back(source.read(file));
  if (options.device.device != "cpu") talk_of_device("Predicting", device);
  const Predictions predicted = predict(*device.backend, model, joined(*device.backend, model, inputs));

  const auto classes = static_cast<std::size_t>(model.classes());
  std::size_t image = 0;
  // An entry at a time: a tree of all answers would take many times their memory.
  if (options.json) result("{{\"class_names\":{},\"predictions\":[", json_text(model.class_names, one_line));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (int row = 0; row < inputs[i].count; ++row, ++image) {
      const int best = predicted.classes[image];
      const Answer answer{
          .file = options.files[i],
          .row = row,
          .best = best,
          .name = model.class_names[static_cast<std::size_t>(best)],
          .probabilities = std::span(predicted.probabilities).subspan(image * classes, classes),
          .all_probabilities = options.probabilities};
      if (options.json) {
        result("{}\n{}", image == 0 ? "" : ",", json_text(to_json(answer), one_line));
      } else {
        write_result(line(answer));
      }
    }
  }
  if (options.json) result("\n]}}\n");
}

}  // namespace

Action add_predict(CLI::App& program) {
  CLI::App& command = add_command(program, "predict", "The classes of images: file, row, class, probability");
  auto options = std::make_shared<PredictOptions>();
  add_model_argument(command, options->model);
  add_arguments(command, "FILE", options->files,
                "IDX (also .gz), PNG, JPEG, PGM or PPM; - is standard input");
  add_flag(command, "--invert", options->invert, "For dark ink on light paper");
  add_flag(command, "--probabilities", options->probabilities, "Append the probability of every class");
  add_device_options(command, options->device);
  add_json(command, options->json);
  return [options] { run_predict(*options); };
}

}  // namespace duet
