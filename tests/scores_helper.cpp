// The C++ side of scores_test.py:
//   scores_helper PREDICTIONS CLASSES   what is said of a test_predictions.csv, as JSON
#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "report/run.h"
#include "report/scores.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json scores_of(const Run& run) {
  const Evaluation evaluation = evaluation_of(run);
  Json json = {{"accuracy", evaluation.accuracy}, {"confusion", evaluation.confusion}};
  for (const ClassScores& scores : class_scores(evaluation)) {
    json["classes"].push_back(
        {or_null(scores.precision), or_null(scores.recall), or_null(scores.f1), scores.examples});
  }
  std::vector<float> confidence;
  std::vector<bool> right;
  for (const TestPrediction& p : *run.test) {
    confidence.push_back(p.probability);
    right.push_back(p.right());
  }
  const Calibration calibration = calibrate(confidence, right);
  for (const CalibrationBin& bin : calibration.bins) {
    json["bins"].push_back({bin.count, bin.confidence, bin.accuracy});
  }
  json["expected_error"] = calibration.expected_error;
  return json;
}

}  // namespace
}  // namespace duet

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  duet::Run run;
  const int classes = std::atoi(argv[2]);
  run.record = {{"data", {{"classes", classes}}}};
  run.test = duet::read_test_predictions(argv[1], classes);
  fmt::print("{}\n", duet::scores_of(run).dump());
}
