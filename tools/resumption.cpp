#include "tools/resumption.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/model/json.h"
#include "tools/json_text.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using nlohmann::json;

std::string absolute_or_empty(const std::string& path) {
  return path.empty() ? path : fs::absolute(path).lexically_normal().string();
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
  double real(const char* key) const {
    if (!at(key).is_number()) fail(ErrorKind::model, "{} is no number", key);
    return at(key).get<double>();
  }
  int positive(const char* key) const { return as_positive_int(at(key), key); }
  std::uint64_t whole(const char* key) const { return as_unsigned(at(key), key); }
  const json& list(const char* key) const { return as_array(at(key), key); }

 private:
  const json& at(const char* key) const { return member(object_, key, "the training of the checkpoint"); }
  const json& object_;
};

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

std::string describe(const TrainOptions& o, const TrainingRecord& record, const TrainingData& data,
                     const ProductsOfDevice& known_products, double seconds) {
  const std::string where =
      data.location.known ? data.location.name : absolute_or_empty(data.location.folder.string());
  Json text = {{"created", record.created},
               {"seconds", seconds},
               {"data", where},
               {"data_dir", absolute_or_empty(o.data.data_dir)},
               {"train", to_string(data.train)},
               {"validation", data.validation.count > 0 ? to_string(data.validation) : ""},
               {"test", data.test ? to_string(*data.test) : ""},
               {"data_sha256", checksums(data.data)},
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
               {"init_from", o.init_from},
               {"init_sha256", record.init_sha256},
               {"log_steps", absolute_or_empty(o.log_steps)},
               {"tensorboard", absolute_or_empty(o.tensorboard)},
               {"report", o.report},
               {"checkpoint_every", o.checkpoint_every},
               {"keep", o.keep}};
  if (!known_products.device.empty()) text["known_products"] = to_json(known_products);
  return json_text(text, one_line);
}

Resumption resumption_of(const fs::path& run, Checkpoint checkpoint) {
  const json object = parse_object(checkpoint.training, "the training of the checkpoint");
  const Fields fields(object);
  Resumption resumed{.run = run,
                     .state = std::move(checkpoint.state),
                     .options = {},
                     .created = fields.text("created"),
                     .init_sha256 = fields.text("init_sha256"),
                     .data_sha256 = {},
                     .known_products = known_products_from(object),
                     .seconds = fields.real("seconds")};
  TrainOptions& o = resumed.options;
  o.data = {.data = fields.text("data"),
            .data_dir = fields.text("data_dir"),
            .train = fields.text("train"),
            .validation = fields.text("validation"),
            .test = fields.text("test")};
  o.config = {.learning_rate = fields.real("learning_rate"),
              .beta1 = fields.real("beta1"),
              .beta2 = fields.real("beta2"),
              .epsilon = fields.real("epsilon"),
              .batch = fields.positive("batch"),
              .seed = fields.whole("seed"),
              .shuffle = fields.flag("shuffle")};
  o.epochs = fields.positive("epochs");
  o.device.device = fields.text("device");
  if (o.device.device != "cpu")
    o.device.precision =
        fields.text("precision") == name_of(Precision::tf32) ? Precision::tf32 : Precision::fp32;
  o.init_from = fields.text("init_from");
  o.log_steps = fields.text("log_steps");
  o.tensorboard = fields.text("tensorboard");
  o.report = fields.flag("report");
  o.checkpoint_every = fields.text("checkpoint_every");
  o.keep = static_cast<int>(fields.whole("keep"));
  for (const json& sum : fields.list("data_sha256"))
    resumed.data_sha256.push_back(as_string(sum, "a checksum"));
  return resumed;
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
