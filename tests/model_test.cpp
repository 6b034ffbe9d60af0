#include "core/model/model.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>
#include <random>

#include "core/error.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

// Weights of every magnitude, denormals and both zeros among them: random bits, those that are not finite
// left out.
std::vector<float> random_finite_floats(std::size_t count, std::mt19937& random) {
  std::vector<float> values(count);
  for (float& value : values) {
    do { value = std::bit_cast<float>(static_cast<std::uint32_t>(random())); } while (!std::isfinite(value));
  }
  if (count > 1) values[0] = -0.0f, values[1] = std::numeric_limits<float>::denorm_min();
  return values;
}

// sizes: those of the input, the hidden layers, the classes.
Model make_model(int height, int width, const std::vector<int>& sizes) {
  std::mt19937 random(7);
  Model model;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    Layer layer;
    layer.inputs = sizes[i];
    layer.outputs = sizes[i + 1];
    layer.activation = i + 2 < sizes.size() ? Activation::relu : Activation::none;
    layer.weight = random_finite_floats(static_cast<std::size_t>(layer.outputs) * layer.inputs, random);
    layer.bias = random_finite_floats(static_cast<std::size_t>(layer.outputs), random);
    model.layers.push_back(layer);
  }
  model.height = height;
  model.width = width;
  for (int c = 0; c < sizes.back(); ++c) model.class_names.push_back(fmt::format("class {}", c));
  model.training = R"({"data":{"name":"mnist"},"epochs":10,"learning_rate":0.001})";
  return model;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void expect_same(const Model& a, const Model& b) {
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    EXPECT_EQ(a.layers[i].inputs, b.layers[i].inputs);
    EXPECT_EQ(a.layers[i].outputs, b.layers[i].outputs);
    EXPECT_EQ(a.layers[i].activation, b.layers[i].activation);
    EXPECT_TRUE(same_bits(a.layers[i].weight, b.layers[i].weight)) << "layer " << i;
    EXPECT_TRUE(same_bits(a.layers[i].bias, b.layers[i].bias)) << "layer " << i;
  }
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(a.divisor), std::bit_cast<std::uint32_t>(b.divisor));
  EXPECT_EQ(a.class_names, b.class_names);
  EXPECT_EQ(a.training, b.training);
}

std::uint64_t header_size(const std::string& file) {
  std::uint64_t size = 0;
  std::memcpy(&size, file.data(), sizeof size);
  return size;
}

struct Shape {
  int height, width;
  std::vector<int> sizes;
};

class ModelRoundTrip : public testing::TestWithParam<Shape> {};

TEST_P(ModelRoundTrip, KeepsEveryBit) {
  const auto& [height, width, sizes] = GetParam();
  const ScratchFolder folder;
  const Model model = make_model(height, width, sizes);
  save_model(model, folder / "m.safetensors");
  expect_same(load_model(folder / "m.safetensors"), model);

  const auto layers = load_layers(folder / "m.safetensors").layers;
  ASSERT_EQ(layers.size(), model.layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    EXPECT_TRUE(same_bits(layers[i].weight, model.layers[i].weight));
    EXPECT_EQ(layers[i].activation, model.layers[i].activation);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ModelRoundTrip,
                         testing::Values(Shape{1, 1, {1, 1}}, Shape{1, 7, {7, 3}},
                                         Shape{5, 3, {15, 1, 257, 2}}, Shape{28, 28, {784, 127, 10}},
                                         Shape{1, 1, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2}}),
                         [](const auto& test) { return "Case" + std::to_string(test.index); });

TEST(Model, ValuesBeginAtAMultipleOfEight) {
  const ScratchFolder folder;
  Model model = make_model(1, 1, {1, 1});
  for (int length = 0; length < 9; ++length) {  // of a text in the header
    model.class_names[0] = std::string(static_cast<std::size_t>(length), 'x');
    save_model(model, folder / "m");
    const std::string file = read_text(folder / "m");
    EXPECT_EQ(header_size(file) % 8, 0u);
    EXPECT_EQ(file.size(), 8 + header_size(file) + 2 * sizeof(float));
    EXPECT_EQ(file[8], '{');
  }
}

TEST(Model, DivisorReadsBackExactly) {
  const ScratchFolder folder;
  Model model = make_model(1, 1, {1, 1});
  for (const float divisor : {255.0f, 1.0f, 0.1f, std::nextafter(255.0f, 1.0f),
                              std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max()}) {
    model.divisor = divisor;
    save_model(model, folder / "m");
    EXPECT_EQ(std::bit_cast<std::uint32_t>(load_model(folder / "m").divisor),
              std::bit_cast<std::uint32_t>(divisor));
  }
}

TEST(Model, NamesOfAnyLanguageAndNoTraining) {
  const ScratchFolder folder;
  Model model = make_model(1, 1, {1, 2});
  model.class_names = {"Größe \"5\" \\", "数"};
  model.training.clear();
  save_model(model, folder / "m");
  EXPECT_EQ(load_model(folder / "m").class_names, model.class_names);
  EXPECT_EQ(load_model(folder / "m").training, "{}");
}

TEST(Model, IsFoundInARunFolder) {
  const ScratchFolder folder;
  const Model model = make_model(2, 2, {4, 3});
  save_model(model, folder / model_file_name);
  expect_same(load_model(folder.path()), model);
}

struct Unsaveable {
  const char* name;
  void (*spoil)(Model&);
  const char* fragment;
};

class SaveModel : public testing::TestWithParam<Unsaveable> {};

TEST_P(SaveModel, RefusesWhatCouldNotBeLoadedAndKeepsTheOldFile) {
  const ScratchFolder folder;
  Model model = make_model(2, 2, {4, 5, 3});
  save_model(model, folder / "m");
  const std::string before = read_text(folder / "m");
  GetParam().spoil(model);
  try {
    save_model(model, folder / "m");
    FAIL() << "saved";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::other);
    EXPECT_NE(std::string(error.what()).find(GetParam().fragment), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find((folder / "m").string()), 0u) << error.what();
  }
  EXPECT_EQ(read_text(folder / "m"), before);
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();

INSTANTIATE_TEST_SUITE_P(
    Spoilt, SaveModel,
    testing::Values(
        Unsaveable{"NanWeight", [](Model& m) { m.layers[0].weight[3] = nan; },
                   "layers.0.weight holds a value"},
        Unsaveable{"InfiniteBias", [](Model& m) { m.layers[1].bias[0] = -infinity; },
                   "layers.1.bias holds a value"},
        Unsaveable{"NoLayers", [](Model& m) { m.layers.clear(); }, "no layers"},
        Unsaveable{"BrokenChain", [](Model& m) { std::swap(m.layers[0], m.layers[1]); },
                   "layer 1 takes 4 inputs"},
        Unsaveable{"ShortWeight", [](Model& m) { m.layers[0].weight.pop_back(); }, "do not fit its sizes"},
        Unsaveable{"ImageSize", [](Model& m) { m.width = 3; }, "images of 2 x 3"},
        Unsaveable{"ClassNames", [](Model& m) { m.class_names.pop_back(); }, "3 classes, but 2 class names"},
        Unsaveable{"TabInName", [](Model& m) { m.class_names[0] = "a\tb"; }, "control character"},
        Unsaveable{"Divisor", [](Model& m) { m.divisor = 0; }, "divisor"},
        Unsaveable{"DivisorNan", [](Model& m) { m.divisor = nan; }, "divisor"},
        Unsaveable{"Training", [](Model& m) { m.training = "ten epochs"; }, "training is not a JSON object"}),
    [](const auto& test) { return test.param.name; });

std::string error_of_loading(const std::filesystem::path& path) {
  try {
    load_model(path);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model);
    return error.what();
  }
  return "no error";
}

TEST(LoadModel, SaysWhatIsMissing) {
  const ScratchFolder folder;
  EXPECT_EQ(error_of_loading(folder / "none"), (folder / "none").string() + ": No such file or directory");
  EXPECT_NE(
      error_of_loading(folder.path())
          .find("holds no model.safetensors: give a model file, or the folder of a training that has ended"),
      std::string::npos);
  EXPECT_NE(error_of_loading("/dev/null").find("/dev/null: "), std::string::npos);
}

}  // namespace
}  // namespace duet
