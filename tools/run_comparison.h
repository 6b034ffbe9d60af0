// What runs came to, what differs between them, and whether the difference is more than chance.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/run.h"
#include "report/scores.h"

namespace duet {

struct TestScore {
  std::uint64_t right = 0, examples = 0;
  double accuracy() const { return static_cast<double>(right) / static_cast<double>(examples); }
  Interval interval() const { return wilson_interval(right, examples); }
};

struct ValidationScore {
  double accuracy = 0;
  int epoch = 0;
};

// What a run does not have, or does not say, is missing.
struct RunSummary {
  std::string name, folder;
  bool finished = false;
  std::optional<std::string> device, precision;
  std::optional<std::string> hidden;  // "700,500"
  std::optional<std::uint64_t> parameters;
  int epochs = 0;  // that ended
  std::optional<double> seconds;
  std::optional<double> training_loss;             // of the last epoch, over its examples
  std::optional<ValidationScore> best_validation;  // the first of the best
  std::optional<TestScore> test;
};
RunSummary summarize(const Run& run);

// A key of the configurations that has not the same value in all finished runs; null where a run has none.
struct Difference {
  std::string key;
  std::vector<nlohmann::ordered_json> values;  // (runs)
};
std::vector<Difference> differences_of(const std::vector<Run>& runs);

// Two runs on the examples that both were tested on.
struct RunPair {
  std::string first, second;
  std::string why_not;         // there is no test
  std::uint64_t examples = 0;  // that both were tested on
  std::optional<McNemar> test{};
  bool differs() const { return test && test->p < 0.05; }
};
std::vector<RunPair> pairs_with_first(const std::vector<Run>& runs);

// Runs of the same name are called by their folders.
void name_apart(std::vector<Run>& runs);

// Throws Error(data) where the runs do not have the same number of classes.
void check_comparable(const std::vector<Run>& runs);

}  // namespace duet
