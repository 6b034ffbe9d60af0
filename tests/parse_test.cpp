#include "core/parse.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/error.h"

namespace duet {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// The sentence of the usage error that `parse` throws; "" when it throws none.
std::string error_of(const std::function<void()>& parse) {
  try {
    parse();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "";
}

std::string integer_error(std::string_view text) {
  return error_of([&] { parse_integer(text, {1, 65536}, "--batch"); });
}

std::string real_error(std::string_view text) {
  return error_of([&] { parse_real(text, {0, infinity, true, true}, "--learning-rate"); });
}

TEST(ParseInteger, TakesBothEndsOfItsRange) {
  EXPECT_EQ(parse_integer("1", {1, 65536}, "--batch"), 1);
  EXPECT_EQ(parse_integer("65536", {1, 65536}, "--batch"), 65536);
  EXPECT_EQ(parse_integer("0", {0, 9}, "--seed"), 0);
  EXPECT_EQ(parse_integer("-5", {-5, 5}, "--seed"), -5);
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(parse_integer("9223372036854775807", {0, largest}, "--seed"), largest);
}

TEST(ParseInteger, SaysWhatIsOutOfRange) {
  EXPECT_EQ(integer_error("0"), "--batch: 0 is out of range (1 to 65536)");
  EXPECT_EQ(integer_error("65537"), "--batch: 65537 is out of range (1 to 65536)");
  EXPECT_EQ(integer_error("99999999999999999999"),
            "--batch: 99999999999999999999 is out of range (1 to 65536)");
}

TEST(ParseInteger, RefusesWhatIsNotAWholeNumber) {
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "ten", "1,2", "-", "1\n"})
    EXPECT_EQ(integer_error(text), fmt::format("--batch: '{}' is not a whole number", text));
}

TEST(ParseInteger, RefusesWhatOthersReadAsOctal) {
  EXPECT_EQ(integer_error("010"), "--batch: '010' begins with a zero; write a decimal number without it");
  EXPECT_NE(integer_error("00"), "");
  EXPECT_NE(error_of([] { parse_integer("-010", {-20, 20}, "--batch"); }), "");
}

TEST(ParseReal, TakesDecimalNotations) {
  for (const char* text : {"0.001", "1e-3", "1E-3", ".001", "0.00100"})
    EXPECT_EQ(parse_real(text, {0, 1}, "--learning-rate"), 1e-3) << text;
  EXPECT_EQ(parse_real("0", {0, 1}, "--beta1"), 0.0);
  EXPECT_EQ(parse_real("-2.5", {-3, 3}, "x"), -2.5);
}

TEST(ParseReal, RefusesWhatIsNotFinite) {
  for (const char* text : {"nan", "inf", "-inf", "infinity", "NaN"})
    EXPECT_EQ(real_error(text), fmt::format("--learning-rate: '{}' is not a finite number", text));
  for (const char* text : {"1e400", "1e-400"})
    EXPECT_EQ(real_error(text),
              fmt::format("--learning-rate: '{}' is beyond the range of double precision", text));
}

TEST(ParseReal, RefusesWhatIsNotANumber) {
  for (const char* text : {"", " 1", "1 ", "+1", "0x1p3", "1e", "1,5", "1.2.3", "fast", "1f"})
    EXPECT_EQ(real_error(text), fmt::format("--learning-rate: '{}' is not a number", text));
}

TEST(ParseReal, DescribesEveryKindOfRange) {
  EXPECT_EQ(real_error("0"), "--learning-rate: 0 is out of range (above 0)");
  EXPECT_EQ(error_of([] {
              parse_real("1", {0, 1, false, true}, "--beta1");
            }),
            "--beta1: 1 is out of range (at least 0 and below 1)");
  EXPECT_EQ(error_of([] {
              parse_real("1.5", {0, 1, true}, "x");
            }),
            "x: 1.5 is out of range (above 0 and at most 1)");
  EXPECT_EQ(error_of([] { parse_real("-1", {0, infinity}, "x"); }), "x: -1 is out of range (at least 0)");
  EXPECT_EQ(error_of([] { parse_real("2", {0, 1}, "x"); }), "x: 2 is out of range (0 to 1)");
}

TEST(ParseIntegers, SplitsAtCommas) {
  EXPECT_EQ(parse_integers("700,500", {1, 1000}, "--hidden"), (std::vector<int>{700, 500}));
  EXPECT_EQ(parse_integers("7", {1, 1000}, "--hidden"), (std::vector<int>{7}));
}

TEST(ParseIntegers, RefusesEmptyElementsAndSpaces) {
  for (const char* text : {"", ",", "700,,500", ",700", "700,"})
    EXPECT_EQ(error_of([&] {
                parse_integers(text, {1, 1000}, "--hidden");
              }),
              fmt::format("--hidden: '{}' has an empty element", text));
  EXPECT_EQ(error_of([] {
              parse_integers("700, 500", {1, 1000}, "--hidden");
            }),
            "--hidden: ' 500' is not a whole number");
  EXPECT_EQ(error_of([] {
              parse_integers("700,0", {1, 1000}, "--hidden");
            }),
            "--hidden: 0 is out of range (1 to 1000)");
}

TEST(Nearest, FindsTypingMistakes) {
  const std::vector<std::string> names{"mnist", "fashion-mnist"};
  EXPECT_EQ(nearest("mnits", names), "mnist");        // neighbours swapped
  EXPECT_EQ(nearest("cup", {"cpu", "cuda"}), "cpu");  // one edit, where a short word is allowed no second
  EXPECT_EQ(nearest("nist", names), "mnist");
  EXPECT_EQ(nearest("minist", names), "mnist");
  EXPECT_EQ(nearest("MNIST", names), "mnist");
  EXPECT_EQ(nearest("fashion_mnist", names), "fashion-mnist");
  EXPECT_EQ(nearest("fashion", names), "fashion-mnist");
}

TEST(Nearest, IsSilentAboutStrangers) {
  const std::vector<std::string> names{"mnist", "fashion-mnist"};
  EXPECT_EQ(nearest("cifar10", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("mnist", {}), "");
}

}  // namespace
}  // namespace duet
