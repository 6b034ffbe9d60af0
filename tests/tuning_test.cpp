// How the CUDA backend asks for algorithms that are known and tells those that it measured. On a GPU or on
// the double, which can be told to fail.
#include <gtest/gtest.h>

#include <map>

#include "core/trainer.h"
#include "tests/backends.h"
#include "tests/cuda_double/control.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

using cuda_double::Counters;
using cuda_double::Double;

// Whoever keeps what is measured, and finds it again.
struct Keeper {
  std::map<std::string, TunedProduct> products;
  std::string device;
  int refusals = 0, kept = 0;

  Tuning knows() {
    return {
        .find = [this](const std::string& on, const std::string& product) -> std::optional<TunedAlgorithm> {
          device = on;
          const auto found = products.find(product);
          return found == products.end() ? std::nullopt : std::optional(found->second.chosen);
        },
        .refused = [this](const std::string&) { ++refusals; },
        .keep = {}};
  }
  Tuning measures() {
    Tuning tuning = knows();
    tuning.keep = [this](const std::string&, const std::string& product, const TunedProduct& found) {
      ++kept;
      products[product] = found;
    };
    return tuning;
  }
};

// Makes the programs of a training; what run.json would name.
std::map<std::string, std::string> compile(const Tuning& tuning, int hidden = 6) {
  const LabelledImages data = small_data(28, 4, 5, 3);
  const auto backend = cuda_module().make_backend({.precision = Precision::fp32, .tuning = tuning});
  const ResidentExamples examples(*backend, data.images, data.labels, 255);
  const Trainer trainer(*backend, {.batch = 8}, {examples, {Part::train, 0, 20}},
                        {examples, {Part::train, 20, 8}}, glorot_layers({20, hidden, 3}, 3));
  return backend->info().algorithms;
}

class TuningOfProducts : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_gpu(); !why.empty()) GTEST_SKIP() << why;
  }
};

class TuningOnTheDouble : public TuningOfProducts {
 protected:
  void SetUp() override {
    TuningOfProducts::SetUp();
    if (!IsSkipped() && Double::here() == nullptr) GTEST_SKIP() << "a GPU cannot be told to fail";
  }
};

TEST_F(TuningOfProducts, MeasuresEachProductOnce) {
  Keeper keeper;
  const auto algorithms = compile(keeper.measures());
  EXPECT_FALSE(algorithms.empty());
  EXPECT_EQ(keeper.kept, static_cast<int>(keeper.products.size()));
  EXPECT_EQ(keeper.refusals, 0);
  for (const auto& [key, product] : keeper.products) {
    EXPECT_GE(product.candidates, 1) << key;
    EXPECT_GT(product.chosen_us, 0) << key;
    EXPECT_LE(product.chosen_us, product.rule_us) << key;
  }
}

TEST_F(TuningOfProducts, IsFoundAgain) {
  Keeper keeper;
  const auto measured = compile(keeper.measures());
  EXPECT_EQ(compile(keeper.knows()), measured);
  EXPECT_EQ(keeper.refusals, 0);
  for (const auto& [call, algorithm] : measured) EXPECT_EQ(algorithm.rfind("tuned: ", 0), 0U) << call;
}

TEST_F(TuningOfProducts, ChangesNothingWithoutIt) {
  const auto by_rule = compile({});
  for (const auto& [call, algorithm] : by_rule) EXPECT_EQ(algorithm.find("tuned"), std::string::npos) << call;
  Keeper keeper;
  EXPECT_EQ(compile(keeper.knows()), by_rule);
}

// By the double's clock (algorithms.cpp there) 10, the rule's, takes longer than 11, by far too little, and
// than 12 by much where a sum is long.
TEST_F(TuningOnTheDouble, LeavesTheRuleOnlyForMuch) {
  Keeper keeper;
  const auto algorithms = compile(keeper.measures(), 200);
  const auto begins = [&](const char* call) { return algorithms.at(call).substr(0, 25); };
  EXPECT_EQ(begins("linear batch 8x20 by 20x200, relu"), "tuned: epilogue 6, id 10,");
  EXPECT_EQ(begins("linear 8x200 by 200x3, none"), "tuned: epilogue 4, id 12,");
}

TEST_F(TuningOnTheDouble, WhatTheLibraryRefusesIsByTheRule) {
  const auto by_rule = compile({});
  Keeper keeper;
  compile(keeper.measures());
  const TunedAlgorithm of_another = keeper.products.begin()->second.chosen;
  for (auto& [key, product] : keeper.products) product.chosen.bytes = of_another.bytes;
  const auto algorithms = compile(keeper.knows());
  int tuned = 0;
  for (const auto& [call, algorithm] : algorithms) {
    if (algorithm.rfind("tuned: ", 0) == 0) {
      ++tuned;
    } else {
      EXPECT_EQ(algorithm, by_rule.at(call)) << call;
    }
  }
  EXPECT_GT(keeper.refusals, 0);
  EXPECT_LT(tuned, static_cast<int>(algorithms.size()));
  EXPECT_FALSE(Double::take_reports().empty());  // the double takes such a question for a mistake
}

TEST_F(TuningOnTheDouble, CandidatesThatDoNotStartAreLeftOut) {
  Keeper all;
  compile(all.measures());  // the first time libraries ask more than later
  const Counters before = Double::here()->counters();
  Keeper again;
  compile(again.measures());
  EXPECT_EQ(Double::here()->counters().living_handles, before.living_handles);
  EXPECT_EQ(Double::here()->counters().living_allocations, before.living_allocations);
  int fewer = 0, sentences = 0;
  constexpr std::uint64_t calls = 300;  // with all of the first product's
  for (std::uint64_t call = 1; call <= calls; ++call) {
    SCOPED_TRACE(call);
    Double::here()->fail_at(call);
    Keeper keeper;
    try {
      compile(keeper.measures());
      for (const auto& [key, product] : keeper.products)
        fewer += product.candidates < all.products.at(key).candidates;
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::device || error.kind() == ErrorKind::memory) << error.what();
      ++sentences;
    }
    Double::here()->fail_at(0);
    EXPECT_EQ(Double::here()->counters().living_handles, before.living_handles);
    EXPECT_EQ(Double::here()->counters().living_allocations, before.living_allocations);
  }
  EXPECT_GT(fewer, 0);
  EXPECT_GT(sentences, 0);
  EXPECT_EQ(Double::take_reports(), std::vector<std::string>{});
}

}  // namespace
}  // namespace duet::test
