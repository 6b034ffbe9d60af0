// Model files made by hand, each wrong in one way.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "core/error.h"
#include "core/model/model.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

const std::string valid_weight = R"("layers.0.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]})";
const std::string valid_bias = R"("layers.0.bias":{"dtype":"F32","shape":[3],"data_offsets":[48,60]})";
const std::string valid_description =
    R"({"format":1,"input":{"height":2,"width":2},"preprocessing":{"dtype":"uint8","divide_by":0.5},)"
    R"("layers":[{"inputs":4,"outputs":3,"activation":"none"}],"classes":["a","b","c"],"training":{}})";

std::string quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  return quoted + '"';
}

std::string metadata(const std::string& description) {
  return fmt::format(R"("__metadata__":{{"duet":{}}})", quote(description));
}

std::string object(std::initializer_list<std::string> members) {
  return fmt::format("{{{}}}", fmt::join(members, ","));
}

std::string file_of(const std::string& header, std::size_t data_size = 60) {
  const std::uint64_t size = header.size();
  std::string file(sizeof size, '\0');
  std::memcpy(file.data(), &size, sizeof size);
  return file + header + std::string(data_size, '\0');
}

std::string with_tensors(const std::string& tensors, std::size_t data_size = 60) {
  return file_of(object({metadata(valid_description), tensors}), data_size);
}

std::string with_description(const std::string& description) {
  return file_of(object({metadata(description), valid_weight, valid_bias}));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == text.npos) throw std::logic_error("the test replaces what is not there: " + from);
  return text.replace(at, from.size(), to);
}

std::string weight(const std::string& from, const std::string& to) {
  return with_tensors(replaced(valid_weight, from, to) + "," + valid_bias);
}

std::string description(const std::string& from, const std::string& to) {
  return with_description(replaced(valid_description, from, to));
}

std::string valid_file() { return with_description(valid_description); }

std::string with_header_size(std::uint64_t size) {
  std::string file = valid_file();
  std::memcpy(file.data(), &size, sizeof size);
  return file;
}

std::string with_value(std::size_t index, float value) {
  std::string file = valid_file();
  std::memcpy(file.data() + file.size() - 60 + index * sizeof value, &value, sizeof value);
  return file;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

struct Case {
  std::string name, file, fragment;
};

std::string load_error(const std::function<void()>& load) {
  try {
    load();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::model) << error.what();
    return error.what();
  }
  return "no error";
}

// One that needs more time than in proportion to its 2 MB needs more than any test has.
std::string objects(int count) {
  std::string members;
  for (int i = 0; i < count; ++i) members += fmt::format("{}\"{}\":{{}}", i == 0 ? "" : ",", i);
  return "{" + members + "}";
}

// The file is named once, at the start, and the fault follows.
void expect_fault(const std::string& sentence, const std::filesystem::path& path,
                  const std::string& fragment) {
  EXPECT_EQ(sentence.find(path.string() + ": "), 0u) << sentence;
  EXPECT_EQ(sentence.rfind(path.string()), 0u) << sentence;
  EXPECT_NE(sentence.find(fragment), std::string::npos) << sentence;
  EXPECT_EQ(sentence.find_first_of("\n\t\x1b"), std::string::npos) << sentence;
  EXPECT_LT(sentence.size(), 300u);
}

class HostileTensors : public testing::TestWithParam<Case> {};

TEST_P(HostileTensors, AreRefusedByBothLoaders) {
  const ScratchFolder folder;
  write_text(folder / "m", GetParam().file);
  expect_fault(load_error([&] { load_model(folder / "m"); }), folder / "m", GetParam().fragment);
  expect_fault(load_error([&] { load_layers(folder / "m"); }), folder / "m", GetParam().fragment);
}

constexpr const char* cut_off = "cut off or damaged";
constexpr const char* not_json = "the header is not valid JSON";

INSTANTIATE_TEST_SUITE_P(
    Header, HostileTensors,
    testing::Values(
        Case{"Empty", "", "not a safetensors file: 0 bytes"},
        Case{"SevenBytes", "1234567", "not a safetensors file: 7 bytes"},
        Case{"Text", "This is not a model, but a letter to a friend.", "not a safetensors file"},
        Case{"HeaderBeyondTheFile", with_header_size(100'000), cut_off},
        Case{"HeaderBeyondByOne", with_header_size(valid_file().size() - 7), cut_off},
        Case{"HeaderBeyondTheLimit", with_header_size(100'000'001), "over the format's limit"},
        Case{"HeaderOfAllOnes", with_header_size(~std::uint64_t{0}), "over the format's limit"},
        Case{"HeaderSizeZero", with_header_size(0), "not a JSON object"},
        Case{"HeaderTooShort", with_header_size(40), not_json},
        Case{"HeaderIntoTheData", with_header_size(valid_file().size() - 8 - 20), not_json},
        Case{"NoJson", file_of("{layers}", 0), not_json},
        Case{"JsonList", file_of("[1,2]", 0), "the header is not a JSON object"},
        Case{"LeadingSpace", file_of(" {}", 0), "the header is not a JSON object"},
        Case{"ByteOrderMark", file_of("\xef\xbb\xbf{}", 0), "the header is not a JSON object"},
        Case{"NulAfterTheEnd", file_of(std::string("{}\0\0", 4), 0), not_json},
        Case{"TextAfterTheEnd", file_of("{} {}", 0), not_json},
        Case{"BrokenUtf8", file_of("{\"\xff\":1}", 0), not_json},
        Case{"HugeNumber", weight("[0,48]", "[0,1e999]"), "a number is out of range"},
        Case{"NestedLists", file_of("{\"a\":" + repeated("[", 100'000), 0),
             "the header is nested too deeply"},
        Case{"NestedObjects", file_of(repeated("{\"a\":", 100'000), 0), "the header is nested too deeply"},
        Case{"NestedAndClosed", file_of("{\"a\":" + repeated("[", 100'000) + repeated("]", 100'000) + "}", 0),
             "nested too deeply"},
        Case{"ManyObjects", file_of(objects(200'000), 0), "tensor \"0\" has no 'dtype'"},
        Case{"TensorTwice", with_tensors(valid_weight + "," + valid_weight + "," + valid_bias),
             "the header has \"layers.0.weight\" twice"},
        Case{"FieldTwice", weight("\"dtype\"", "\"dtype\":\"F16\",\"dtype\""), "has \"dtype\" twice"},
        Case{"MetadataTwice",
             with_tensors(valid_weight + "," + valid_bias + "," + metadata(valid_description)),
             "has \"__metadata__\" twice"},
        Case{"MetadataIsAList", file_of(object({"\"__metadata__\":[]", valid_weight, valid_bias})),
             "__metadata__ is not a JSON object"},
        Case{"MetadataHoldsANumber",
             file_of(object({"\"__metadata__\":{\"duet\":1}", valid_weight, valid_bias})),
             "\"duet\" in __metadata__ is not a string"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Tensor, HostileTensors,
    testing::Values(
        Case{"NotAnObject", with_tensors("\"layers.0.weight\":[0,48]," + valid_bias), "is not a JSON object"},
        Case{"NoDtype", weight("\"dtype\":\"F32\",", ""), "has no 'dtype'"},
        Case{"NoShape", weight("\"shape\":[3,4],", ""), "has no 'shape'"},
        Case{"NoOffsets", weight(",\"data_offsets\":[0,48]", ""), "has no 'data_offsets'"},
        Case{"AnotherField", weight("\"dtype\"", "\"strides\":[4,1],\"dtype\""), "is not described by"},
        Case{"HalfPrecision", weight("F32", "F16"), "holds \"F16\"; only F32 is read, so convert it first"},
        Case{"DtypeIsANumber", weight("\"F32\"", "32"),
             "the dtype of tensor \"layers.0.weight\" is not a string"},
        Case{"ShapeIsAString", weight("[3,4]", "\"3x4\""), "is not a list"},
        Case{"NegativeSize", weight("[3,4]", "[-3,-4]"), "is not a whole number"},
        Case{"FractionalSize", weight("[3,4]", "[3.0,4]"), "is not a whole number"},
        Case{"SizeBeyond64Bits", weight("[3,4]", "[18446744073709551616,1]"), "is not a whole number"},
        Case{"ProductOverflows", weight("[3,4]", "[4294967296,4294967296]"), "impossible shape"},
        Case{"ProductOverflowsTo48", weight("[3,4]", "[4611686018427387916,1]"), "impossible shape"},
        Case{"ShapeTooLarge", weight("[3,4]", "[4,4]"), "has 48 bytes where its shape needs 64"},
        Case{"ShapeTooSmall", weight("[3,4]", "[3,3]"), "has 48 bytes where its shape needs 36"},
        Case{"OneOffset", weight("[0,48]", "[48]"), "is not described by"},
        Case{"NegativeOffset", weight("[0,48]", "[-48,0]"), "is not a whole number"},
        Case{"EndsBeforeItBegins", weight("[0,48]", "[48,0]"), "ends before it begins"},
        Case{"EndBeyondTheFile", weight("[0,48]", "[48,96]"), "ends at byte 96 of 60"},
        Case{"EndOfAllOnes", weight("[0,48]", "[0,18446744073709551615]"), cut_off},
        Case{"DataCutOff", valid_file().substr(0, valid_file().size() - 1), "ends at byte 60 of 59"},
        Case{"NoData", with_tensors(valid_weight + "," + valid_bias, 0), cut_off},
        Case{"TrailingBytes", valid_file() + "x", "1 bytes follow the last tensor"},
        Case{"Overlap", with_tensors(valid_weight + "," + replaced(valid_bias, "[48,60]", "[44,56]"), 56),
             "tensor \"layers.0.bias\" overlaps another"},
        Case{"Gap", with_tensors(valid_weight + "," + replaced(valid_bias, "[48,60]", "[52,64]"), 64),
             "gap before tensor \"layers.0.bias\""},
        Case{"GapAtTheStart", with_tensors(replaced(valid_bias, "[48,60]", "[4,16]"), 16),
             "gap before tensor"},
        Case{"HostileName", with_tensors("\"\\u001b[2J\\n" + std::string(5000, 'x') + "\":1"),
             "\\u001b[2J\\n"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Layers, HostileTensors,
    testing::Values(
        Case{"None", file_of(object({metadata(valid_description)}), 0), "it has no tensor layers.0.weight"},
        Case{"NoBias", with_tensors(valid_weight, 48), "it has no tensor layers.0.bias"},
        Case{"NoWeight", with_tensors(replaced(valid_bias, "[48,60]", "[0,12]"), 12),
             "no tensor layers.0.weight"},
        Case{"ForeignTensor", with_tensors(valid_weight + "," + replaced(valid_bias, "bias", "gain")),
             "it has no tensor layers.0.bias"},
        Case{"OneTensorMore",
             with_tensors(valid_weight + "," + valid_bias +
                              R"(,"scale":{"dtype":"F32","shape":[1],"data_offsets":[60,64]})",
                          64),
             "nothing is known of its tensor \"scale\""},
        Case{"NumberLeftOut",
             with_tensors(valid_weight + "," + valid_bias +
                              R"(,"layers.2.bias":{"dtype":"F32","shape":[1],"data_offsets":[60,64]})",
                          64),
             "nothing is known of its tensor \"layers.2.bias\""},
        Case{"WeightOfOneDimension", weight("[3,4]", "[12]"),
             "the shape of layers.0.weight is not (outputs, inputs)"},
        Case{"WeightOfThreeDimensions", weight("[3,4]", "[3,4,1]"), "is not (outputs, inputs)"},
        Case{"WeightTransposed", weight("[3,4]", "[4,3]"), "the shape of layers.0.bias is not (4)"},
        Case{"NoInputs",
             with_tensors(replaced(replaced(valid_weight, "[3,4]", "[3,0]"), "[0,48]", "[0,0]") + "," +
                              replaced(valid_bias, "[48,60]", "[0,12]"),
                          12),
             "is not (outputs, inputs)"},
        Case{"EmptyButBeyondInt",
             with_tensors(replaced(replaced(valid_weight, "[3,4]", "[0,4611686018427387903]"), "[0,48]",
                                   "[0,0]") +
                              "," + replaced(valid_bias, "[48,60]", "[0,12]"),
                          12),
             "is not (outputs, inputs)"},
        Case{"BiasOfTwoDimensions", with_tensors(valid_weight + "," + replaced(valid_bias, "[3]", "[3,1]")),
             "the shape of layers.0.bias is not (3)"},
        Case{"NanWeight", with_value(5, std::numeric_limits<float>::quiet_NaN()),
             "layers.0.weight holds a value"},
        Case{"InfiniteBias", with_value(14, std::numeric_limits<float>::infinity()),
             "layers.0.bias holds a value"}),
    [](const auto& test) { return test.param.name; });

class HostileDescription : public testing::TestWithParam<Case> {};

TEST_P(HostileDescription, IsRefusedButItsWeightsCanBeUsed) {
  const ScratchFolder folder;
  write_text(folder / "m", GetParam().file);
  expect_fault(load_error([&] { load_model(folder / "m"); }), folder / "m", GetParam().fragment);
  EXPECT_EQ(load_layers(folder / "m").layers.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Description, HostileDescription,
    testing::Values(
        Case{"None", file_of(object({valid_weight, valid_bias})), "not a model of duet"},
        Case{"OfAnother", file_of(object({"\"__metadata__\":{\"format\":\"pt\"}", valid_weight, valid_bias})),
             "not a model of duet"},
        Case{"NoJson", with_description("duet"), "the model's description is not a JSON object"},
        Case{"NestedTraining", description("\"training\":{}", "\"training\":" + repeated("[", 100'000)),
             "the model's description is nested too deeply"},
        Case{"KeyTwice", description("\"training\"", "\"format\":1,\"training\""), "has \"format\" twice"},
        Case{"NoFormat", description("\"format\":1,", ""), "has no 'format'"},
        Case{"NewerFormat", description("\"format\":1", "\"format\":2"),
             "written by a newer version of duet (model format 2; this version reads 1)"},
        Case{"FormatZero", description("\"format\":1", "\"format\":0"), "there is no model format 0"},
        Case{"FormatIsAString", description("\"format\":1", "\"format\":\"1\""), "is not a whole number"},
        Case{"NoInput", description("\"input\"", "\"output\""), "has no 'input'"},
        Case{"InputIsAList", description("{\"height\":2,\"width\":2}", "[2,2]"),
             "input is not a JSON object"},
        Case{"HeightZero", description("\"height\":2", "\"height\":0"),
             "the height of the input is not in 1"},
        Case{"HeightBeyondInt", description("\"height\":2", "\"height\":2147483648"),
             "the height of the input"},
        Case{"SizeOverflows", description("\"height\":2,\"width\":2", "\"height\":20,\"width\":214748365"),
             "it takes 4 inputs, but images of 20 x 214748365"},
        Case{"SizeOfAnotherImage", description("\"width\":2", "\"width\":3"),
             "it takes 4 inputs, but images of 2 x 3"},
        Case{"FloatInput", description("uint8", "float32"), "it takes \"float32\" inputs, not uint8 images"},
        Case{"NoDivisor", description("\"divide_by\"", "\"scale\""), "preprocessing has no 'divide_by'"},
        Case{"DivisorZero", description("0.5", "0"), "not a positive float"},
        Case{"DivisorNegative", description("0.5", "-0.5"), "not a positive float"},
        Case{"DivisorBeyondFloat", description("0.5", "1e300"), "not a positive float"},
        Case{"DivisorBelowFloat", description("0.5", "1e-300"), "not a positive float"},
        Case{"DivisorIsAString", description("0.5", "\"0.5\""), "not a positive float"},
        Case{"LayersIsANumber", description(R"([{"inputs":4,"outputs":3,"activation":"none"}])", "1"),
             "layers is not a list"},
        Case{"LayerIsANumber", description(R"({"inputs":4,"outputs":3,"activation":"none"})", "1"),
             "a layer is not a JSON object"},
        Case{"NoLayers", description(R"({"inputs":4,"outputs":3,"activation":"none"})", ""),
             "0 layers are described, but 1 stored"},
        Case{"OtherSizes", description("\"inputs\":4", "\"inputs\":5"), "layer 0 is stored in another size"},
        Case{"UnknownActivation", description("none", "gelu"), "activation \"gelu\" is not known"},
        Case{"ClassesIsANumber", description(R"(["a","b","c"])", "3"), "classes is not a list"},
        Case{"ClassIsANumber", description(R"("b")", "1"), "a class name is not a string"},
        Case{"TooFewClasses", description(R"(,"c")", ""), "it has 3 classes, but 2 class names"},
        Case{"TabInClassName", description(R"("c")", R"("c\t")"),
             "class name \"c\\t\" holds a control character"},
        Case{"TrainingIsAString", description("\"training\":{}", "\"training\":\"\""),
             "training is not a JSON object"}),
    [](const auto& test) { return test.param.name; });

TEST(HostileModel, TheFileThatAllThisIsMadeOfIsValid) {
  const ScratchFolder folder;
  write_text(folder / "m", valid_file());
  EXPECT_EQ(load_model(folder / "m").class_names, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(HostileModel, LayersThatDoNotFollowFromEachOther) {
  const ScratchFolder folder;
  write_text(folder / "m",
             with_tensors(valid_weight + "," + valid_bias +
                              R"(,"layers.1.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[60,68]})"
                              R"(,"layers.1.bias":{"dtype":"F32","shape":[1],"data_offsets":[68,72]})",
                          72));
  expect_fault(load_error([&] { load_model(folder / "m"); }), folder / "m",
               "1 layers are described, but 2 stored");
  expect_fault(load_error([&] { load_layers(folder / "m"); }), folder / "m",
               "layer 1 takes 2 inputs, but layer 0 has 3 outputs");
}

TEST(HostileModel, EveryTruncationIsRefused) {
  const ScratchFolder folder;
  const std::string file = valid_file();
  for (std::size_t size = 0; size < file.size(); ++size) {
    write_text(folder / "m", file.substr(0, size));
    expect_fault(load_error([&] { load_model(folder / "m"); }), folder / "m", "");
  }
}

// No flipped bit of length or header may lead to anything but a model or a sentence.
TEST(HostileModel, EveryFlippedBitIsRefusedOrHarmless) {
  const ScratchFolder folder;
  const std::string valid = valid_file();
  for (std::size_t bit = 0; bit < (valid.size() - 60) * 8; ++bit) {
    std::string file = valid;
    file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << (bit % 8)));
    write_text(folder / "m", file);
    const std::string sentence = load_error([&] { load_model(folder / "m"); });
    if (sentence != "no error") expect_fault(sentence, folder / "m", "");
  }
}

}  // namespace
}  // namespace duet
