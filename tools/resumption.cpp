#include "tools/resumption.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/model/json.h"
#include "core/sweep.h"
#include "tools/checkpoint_clock.h"
#include "tools/json_text.h"
#include "tools/network.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using nlohmann::json;

std::string absolute_or_empty(const std::string& path) {
  return path.empty() ? path : fs::absolute(path).lexically_normal().string();
}

// Relative to the run folder where it is in there.
std::string place_beside(const std::string& path, const std::string& run) {
  if (path.empty() || run.empty()) return absolute_or_empty(path);
  const fs::path within = fs::absolute(path).lexically_normal().lexically_relative(
      fs::absolute(fs::path(run) / "").lexically_normal());
  const bool is_within = !within.empty() && *within.begin() != "..";
  return is_within ? within.string() : absolute_or_empty(path);
}

std::string found_beside(const std::string& place, const fs::path& run) {
  return place.empty() ? place : (run / place).string();  // an absolute one stays
}

std::vector<std::string> checksums(const Dataset& data) {
  std::vector<std::string> sums;
  for (const DataFile* file : files_of(data)) sums.push_back(file->sha256);
  return sums;
}

// Of the object that it was made from; what is missing is the checkpoint's fault.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}
  std::string text(const char* key) const { return as_string(at(key), key); }
  bool flag(const char* key) const {
    if (!at(key).is_boolean()) fail(ErrorKind::model, "{} is neither true nor false", key);
    return at(key).get<bool>();
  }
  double real(const char* key, Range<double> range) const {
    const json& value = at(key);
    if (!value.is_number() || !range.holds(value.get<double>())) fail_range(key);
    return value.get<double>();
  }
  std::int64_t whole(const char* key, Range<std::int64_t> range) const {
    const std::uint64_t value = as_unsigned(at(key), key);
    if (value > INT64_MAX || !range.holds(static_cast<std::int64_t>(value))) fail_range(key);
    return static_cast<std::int64_t>(value);
  }
  int count(const char* key, Range<std::int64_t> range) const { return static_cast<int>(whole(key, range)); }
  const json& list(const char* key) const { return as_array(at(key), key); }

 private:
  [[noreturn]] static void fail_range(const char* key) { fail(ErrorKind::model, "{} is out of range", key); }
  const json& at(const char* key) const { return member(object_, key, "the training of the checkpoint"); }
  const json& object_;
};

// "avx512" of "avx512, 2 threads": their number changes no bit.
std::string kernels_of(const DeviceInfo& device) {
  return device.threads > 0 ? device.hardware.substr(0, device.hardware.find(',')) : "";
}

Json to_json(const ProductsOfDevice& known) {
  Json products = Json::object();
  for (const auto& [product, algorithm] : known.products) {
    products[product] = {{"algorithm", algorithm.name}, {"bytes", algorithm.bytes}};
  }
  return {{"device", known.device}, {"products", products}};
}

// A training on a CPU has none.
ProductsOfDevice known_products_from(const json& training) {
  const auto found = training.find("known_products");
  if (found == training.end()) return {};
  const char* what = "the known products";
  const json& known = as_object(*found, what);
  ProductsOfDevice of{.device = as_string(member(known, "device", what), "their device"), .products = {}};
  for (const auto& [product, algorithm] : as_object(member(known, "products", what), what).items()) {
    const auto text = [&, &fields = as_object(algorithm, "a product")](const char* key) {
      return as_string(member(fields, key, "a product"), key);
    };
    of.products[product] = {.name = text("algorithm"), .bytes = text("bytes")};
  }
  return of;
}

}  // namespace

Places places_of(const TrainOptions& o, const TrainingData& data) {
  const bool known = data.location.known;
  return {.data = known ? data.location.name : absolute_or_empty(data.location.folder.string()),
          .data_dir = absolute_or_empty(o.data.data_dir),
          .log_steps = place_beside(o.log_steps, o.out),
          .tensorboard = place_beside(o.tensorboard, o.out)};
}

std::string describe(const TrainOptions& o, const Places& places, const TrainingRecord& record,
                     const TrainingData& data, const Written& written, const ProductsOfDevice& known_products,
                     double seconds) {
  Json text = {{"created", record.created},
               {"seconds", seconds},
               {"data", places.data},
               {"data_dir", places.data_dir},
               {"train", to_string(data.train)},
               {"validation", data.validation.count > 0 ? to_string(data.validation) : ""},
               {"test", data.test ? to_string(*data.test) : ""},
               {"data_sha256", checksums(data.data)},
               {"history_sha256", written.history},
               {"log_steps_sha256", written.log_steps},
               {"learning_rate", o.config.learning_rate},
               {"beta1", o.config.beta1},
               {"beta2", o.config.beta2},
               {"epsilon", o.config.epsilon},
               {"batch", o.config.batch},
               {"seed", o.config.seed},
               {"shuffle", o.config.shuffle},
               {"epochs", o.epochs},
               {"device", record.device.device},
               {"precision", name_of(record.device.precision)},
               {"kernels", kernels_of(record.device)},
               {"init_from", o.init_from},
               {"init_sha256", record.init_sha256},
               {"log_steps", places.log_steps},
               {"tensorboard", places.tensorboard},
               {"report", o.report},
               {"checkpoint_every", o.checkpoint_every},
               {"keep", o.keep}};
  if (!known_products.device.empty()) text["known_products"] = to_json(known_products);
  return json_text(text, one_line);
}

namespace {

// What was typed once, and is checked again as if it were.
void check_option_values(const TrainOptions& o) {
  try {
    CheckpointClock{o.checkpoint_every};
    for (const std::string* split : {&o.data.train, &o.data.validation, &o.data.test}) {
      if (!split->empty()) part_of(*split, "its rows");
    }
  } catch (const Error& error) { fail(ErrorKind::model, "{}", error.what()); }
}

Precision precision_of(const std::string& name) {
  for (const Precision precision : {Precision::fp32, Precision::tf32}) {
    if (name == name_of(precision)) return precision;
  }
  fail(ErrorKind::model, "precision is neither fp32 nor tf32");
}

Resumption read(const fs::path& run, Checkpoint checkpoint) {
  const json object = parse_object(checkpoint.training, "the training of the checkpoint");
  const Fields fields(object);
  // Member by member: in a braced list, GCC 12 destroys a nested aggregate that has default member
  // initializers twice where the initializer of a later member throws.
  Resumption resumed;
  resumed.run = run;
  resumed.state = std::move(checkpoint.state);
  resumed.created = fields.text("created");
  resumed.init_sha256 = fields.text("init_sha256");
  resumed.known_products = known_products_from(object);
  if (object.contains("history_sha256")) resumed.written.history = fields.text("history_sha256");
  if (object.contains("log_steps_sha256")) resumed.written.log_steps = fields.text("log_steps_sha256");
  if (object.contains("kernels")) resumed.kernels = fields.text("kernels");
  resumed.seconds = fields.real("seconds", {.low = 0, .high = 1e12});
  for (const json& sum : fields.list("data_sha256"))
    resumed.data_sha256.push_back(as_string(sum, "a checksum"));
  TrainOptions& o = resumed.options;
  o.data.data = fields.text("data");
  o.data.data_dir = fields.text("data_dir");
  o.data.train = fields.text("train");
  o.data.validation = fields.text("validation");
  o.data.test = fields.text("test");
  o.config.learning_rate = fields.real("learning_rate", learning_rates);
  o.config.beta1 = fields.real("beta1", decays);
  o.config.beta2 = fields.real("beta2", decays);
  o.config.epsilon = fields.real("epsilon", epsilons);
  o.config.batch = fields.count("batch", batch_sizes);
  o.config.seed = static_cast<std::uint64_t>(fields.whole("seed", seeds));
  o.config.shuffle = fields.flag("shuffle");
  o.epochs = fields.count("epochs", epoch_counts);
  o.device.device = fields.text("device");
  const Precision precision = precision_of(fields.text("precision"));
  if (o.device.device != "cpu") o.device.precision = precision;
  o.out = run.string();
  o.init_from = fields.text("init_from");
  o.log_steps = found_beside(fields.text("log_steps"), run);
  o.tensorboard = found_beside(fields.text("tensorboard"), run);
  o.report = fields.flag("report");
  o.checkpoint_every = fields.text("checkpoint_every");
  o.keep = fields.count("keep", kept_checkpoints);
  check_option_values(o);
  return resumed;
}

}  // namespace

Resumption resumption_of(const fs::path& run, Checkpoint checkpoint) {
  try {
    return read(run, std::move(checkpoint));
  } catch (const Error& error) {
    fail(ErrorKind::model, "{}: its checkpoint is damaged: {}", run.string(), error.what());
  }
}

void check_fits(const Resumption& resumed, const TrainingData& data) {
  const LayerSizes sizes = network_sizes({}, data), found = sizes_of(resumed.state.layers);
  if (found.front() != sizes.front() || found.back() != sizes.back()) {
    fail(ErrorKind::model, "{}: its checkpoint goes from {} inputs to {} classes, and the data has {} and {}",
         resumed.run.string(), found.front(), found.back(), sizes.front(), sizes.back());
  }
  const int steps = count_steps(data.train.count, resumed.options.config.batch);
  if (resumed.state.step > steps) {
    fail(ErrorKind::model, "{}: its checkpoint is of step {} of an epoch of {}", resumed.run.string(),
         resumed.state.step, steps);
  }
}

std::string note_of_other_kernels(const Resumption& resumed, const DeviceInfo& device) {
  const std::string now = kernels_of(device);
  if (resumed.kernels.empty() || now.empty() || now == resumed.kernels) return {};
  return fmt::format(
      "the training was begun with the kernels of {}, and these are {}'s: their sums have another order",
      resumed.kernels, now);
}

void check_same_data(const Resumption& resumed, const TrainingData& data) {
  const std::set<std::string> expected(resumed.data_sha256.begin(), resumed.data_sha256.end());
  for (const DataFile* file : files_of(data.data)) {
    if (expected.contains(file->sha256)) continue;
    fail(ErrorKind::data, "{} is not what {} was begun with: its checksum is another", file->path.string(),
         resumed.run.string());
  }
}

}  // namespace duet
