// duet tune: measures which of cuBLASLt's algorithms are the fastest for a training on this GPU, and keeps
// that for the commands that run on it.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/evaluation.h"
#include "core/memory_needs.h"
#include "core/trainer.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/device.h"
#include "tools/json_text.h"
#include "tools/network.h"
#include "tools/options.h"
#include "tools/training_data.h"
#include "tools/tuning_file.h"

namespace duet {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct TuneOptions {
  DataRequest data;
  std::vector<int> hidden = default_hidden;
  TrainerConfig config;
  DeviceRequest device;
  bool json = false;
};

std::string line_of(const TunedProduct& product) {
  return fmt::format("{:8.2f} us {:8.2f} us  {}: {}\n", product.rule_us, product.chosen_us, product.call,
                     product.chosen.name);
}

// What is found, product by product; each is told when it is.
class Found {
 public:
  explicit Found(bool json) : json_(json) {}

  Tuning tuning() {
    return {.find = [this](const std::string&, const std::string& product) { return find(product); },
            .refused = {},  // what find() gives was measured a moment ago
            .keep = [this](const std::string& device, const std::string& product,
                           const TunedProduct& found) { keep(device, product, found); }};
  }
  const std::string& device() const { return device_; }
  const TunedProducts& products() const { return products_; }
  double sum(double TunedProduct::*us) const {
    double sum = 0;
    for (const auto& [key, product] : products_) sum += product.*us;
    return sum;
  }

 private:
  std::optional<TunedAlgorithm> find(const std::string& product) const {
    const auto found = products_.find(product);
    return found == products_.end() ? std::nullopt : std::optional(found->second.chosen);
  }
  void keep(const std::string& device, const std::string& product, const TunedProduct& found) {
    if (products_.empty()) print(fmt::format("{:>11} {:>11}  product\n", "by the rule", "chosen"));
    device_ = device;
    products_.emplace(product, found);
    print(line_of(found));
  }
  void print(const std::string& line) const {
    if (json_) return talk("{}", line);  // standard output is the object alone
    write_result(line);
    flush_results();
  }

  bool json_;
  std::string device_;
  TunedProducts products_;
};

// Every program that a training, its validation and its test run.
void compile(Backend& backend, const TuneOptions& options, const TrainingData& data) {
  const LayerSizes sizes = network_sizes(options.hidden, data);
  check_memory(backend, "the training",
               memory_of_training(backend, options.config, sizes, {data.part(data.train), data.train},
                                  {data.part(data.validation), data.validation}));
  std::vector<Layer> layers = glorot_layers(sizes, options.config.seed);
  const auto put_on_backend = [&](const Split& rows) {
    const LabelledImages& from = data.part(rows);
    return ResidentExamples(backend, from.images, from.labels, pixel_divisor);
  };
  {
    const ResidentExamples training = put_on_backend(data.train);
    const ResidentExamples validation =
        data.validation.part == data.train.part ? training : put_on_backend(data.validation);
    const Trainer trainer(backend, options.config, {training, data.train}, {validation, data.validation},
                          layers);
  }
  if (data.test) evaluate(backend, model_of(std::move(layers), data), data.part(*data.test), *data.test);
}

Json to_json(const Found& found, const DeviceInfo& on, const std::string& file, double seconds) {
  Json products = Json::array();
  for (const auto& [key, product] : found.products()) {
    products.push_back({{"call", product.call},
                        {"product", key},
                        {"algorithm", product.chosen.name},
                        {"candidates", product.candidates},
                        {"rule_us", product.rule_us},
                        {"chosen_us", product.chosen_us}});
  }
  return {{"device", on.device},
          {"hardware", on.hardware},
          {"precision", name_of(on.precision)},
          {"rule_us", found.sum(&TunedProduct::rule_us)},
          {"chosen_us", found.sum(&TunedProduct::chosen_us)},
          {"products", products},
          {"file", file},
          {"seconds", seconds}};
}

void run_tune(const TuneOptions& options) {
  const Clock::time_point start = Clock::now();
  const std::filesystem::path file = tuning_file();
  if (file.empty()) {
    fail(ErrorKind::other,
         "there is no folder to keep what is found: set HOME, or XDG_CACHE_HOME to a whole path");
  }
  Found found(options.json);
  DeviceRequest request = options.device;
  request.tuning = found.tuning();
  const OpenedDevice device = open_device(request);
  if (device.backend->info().device == "cpu") {
    fail(ErrorKind::device, "only a GPU is tuned{}{}",
         device.why_no_gpu.empty() ? "" : "; no GPU: ", device.why_no_gpu);
  }
  const TrainingData data = load_training_data(options.data);
  talk_of_device("Tuning", device);
  compile(*device.backend, options, data);
  if (!found.products().empty()) keep_tuned_products(file, found.device(), found.products());

  if (options.json) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return result("{}\n", json_text(to_json(found, device.backend->info(), file.string(), seconds)));
  }
  if (found.products().empty()) return result("cuBLASLt makes none of the products; nothing was kept\n");
  result("{:8.2f} us {:8.2f} us  all {}, each once\n", found.sum(&TunedProduct::rule_us),
         found.sum(&TunedProduct::chosen_us), found.products().size());
  talk("Kept in {}\n", file.string());
}

}  // namespace

Action add_tune(CLI::App& program) {
  CLI::App& command =
      add_command(program, "tune",
                  "Find the fastest matrix products for a training on this GPU, and keep them for later");
  auto options = std::make_shared<TuneOptions>();
  add_data_argument(command, options->data.data);
  add_hidden(command, options->hidden);
  add_batch(command, options->config.batch);
  add_splits(command, options->data);
  add_device_options(command, options->device);
  add_data_dir(command, options->data.data_dir);
  add_json(command, options->json);
  return [options] { run_tune(*options); };
}

}  // namespace duet
