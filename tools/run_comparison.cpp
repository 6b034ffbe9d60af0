#include "tools/run_comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "core/error.h"
#include "core/mlp.h"
#include "report/record.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

std::optional<std::string> text_at(const Json& record, const char* path) {
  const Json& value = value_at(record, path);
  return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
}

std::optional<double> number_at(const Json& record, const char* path) {
  const Json& value = value_at(record, path);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<int> as_count(const Json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<int>::max()) {
    return std::nullopt;
  }
  return value.get<int>();
}

std::optional<double> if_finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<ValidationScore> best_validation_of(const Run& run) {
  const int best = best_epoch(run.history);
  if (best < 0) return std::nullopt;
  const EpochReport& epoch = run.history[static_cast<std::size_t>(best)];
  return ValidationScore{epoch.validation->accuracy, epoch.epoch};
}

// From the predictions, or, where an older version kept none, from the confusion matrix.
std::optional<TestScore> test_of(const Run& run) {
  TestScore score;
  if (run.test) {
    score.right = count_right(*run.test);
    score.examples = run.test->size();
    return score;
  }
  const Json& confusion = value_at(run.record, "/test/confusion");
  if (!confusion.is_array()) return std::nullopt;
  for (std::size_t i = 0; i < confusion.size(); ++i) {
    if (!confusion[i].is_array()) return std::nullopt;
    for (std::size_t j = 0; j < confusion[i].size(); ++j) {
      if (!confusion[i][j].is_number_unsigned()) return std::nullopt;
      const auto count = confusion[i][j].get<std::uint64_t>();
      if (count > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
      score.examples += count;
      if (i == j) score.right += count;
    }
  }
  return score.examples > 0 ? std::optional(score) : std::nullopt;
}

std::optional<int> classes_of(const Run& run) {
  if (run.model) return run.model->classes();
  return as_count(value_at(run.record, "/data/classes"));
}

// What was asked of a training, and of which data.
Json configuration_of(const Run& run) {
  Json all = value_at(run.record, "/configuration");
  if (!all.is_object()) all = Json::object();
  all["data"] = value_at(run.record, "/data/name");
  for (const char* part : {"train", "validation", "test"}) {
    all[part] = value_at(run.record, fmt::format("/data/{}", part).c_str());
  }
  return all;
}

// The checksums of the images and labels that the run was tested on; none where the record does not say.
std::vector<std::string> test_files(const Run& run) {
  const Json& files = value_at(run.record, "/data/files");  // of the training part, then of the test part
  const std::string split = text_at(run.record, "/data/test").value_or("");
  const std::size_t first = split.starts_with(name_of(Part::test)) ? 2 : 0;
  std::vector<std::string> checksums;
  if (!files.is_array()) return checksums;
  for (std::size_t i = first; i < std::min(first + 2, files.size()); ++i) {
    checksums.push_back(text_at(files[i], "/sha256").value_or(""));
  }
  return checksums;
}

bool are_of_the_same_examples(const Run& a, const Run& b) {
  const auto same = [](const TestPrediction& p, const TestPrediction& q) {
    return p.row == q.row && p.label == q.label;
  };
  return test_files(a) == test_files(b) &&
         std::equal(a.test->begin(), a.test->end(), b.test->begin(), b.test->end(), same);
}

RunPair pair_of(const Run& first, const Run& second) {
  RunPair pair{.first = first.name, .second = second.name, .why_not = {}};
  for (const Run* run : {&first, &second}) {
    if (!run->finished() || !run->test) {
      const std::string lacks =
          run->finished() ? fmt::format("has no {}", test_predictions_file_name) : "has not ended";
      pair.why_not = fmt::format("no test of the difference, for {} {}", run->name, lacks);
      return pair;
    }
  }
  if (!are_of_the_same_examples(first, second)) {
    pair.why_not = "no test of the difference, for they were tested on different examples";
    return pair;
  }
  std::uint64_t only_first = 0, only_second = 0;
  for (std::size_t i = 0; i < first.test->size(); ++i) {
    const bool a = (*first.test)[i].right(), b = (*second.test)[i].right();
    only_first += a && !b ? 1 : 0;
    only_second += b && !a ? 1 : 0;
  }
  pair.examples = first.test->size();
  pair.test = mcnemar(only_first, only_second);
  return pair;
}

// The sizes of all layers; none where neither model nor record is there.
LayerSizes sizes_of(const Run& run) {
  if (run.model) return sizes_of(run.model->layers);
  LayerSizes sizes;
  for (const Json& size : value_at(run.record, "/configuration/sizes")) {
    if (const auto count = as_count(size)) sizes.push_back(*count);
  }
  return sizes;
}

}  // namespace

RunSummary summarize(const Run& run) {
  RunSummary summary{.name = run.name,
                     .folder = run.folder.string(),
                     .finished = run.finished(),
                     .device = text_at(run.record, "/device"),
                     .precision = text_at(run.record, "/precision"),
                     .hidden = {},
                     .parameters = {},
                     .epochs = as_count(value_at(run.record, "/epochs")).value_or(run.history.size()),
                     .seconds = number_at(run.record, "/seconds"),
                     .training_loss = {},
                     .best_validation = best_validation_of(run),
                     .test = test_of(run)};
  if (!run.history.empty()) summary.training_loss = if_finite(run.history.back().train.loss);
  if (const LayerSizes sizes = sizes_of(run); sizes.size() >= 2) {
    summary.hidden = fmt::format("{}", fmt::join(sizes.begin() + 1, sizes.end() - 1, ","));
    std::uint64_t parameters = 0;
    for (std::size_t i = 1; i < sizes.size(); ++i) {
      parameters += (static_cast<std::uint64_t>(sizes[i - 1]) + 1) * static_cast<std::uint64_t>(sizes[i]);
    }
    summary.parameters = parameters;
  }
  return summary;
}

std::vector<Difference> differences_of(const std::vector<Run>& runs) {
  std::vector<Json> configurations;
  std::vector<std::string> keys;  // in the order of the record
  for (const Run& run : runs) {
    const Json& configuration = configurations.emplace_back(configuration_of(run));
    for (const auto& item : configuration.items()) {
      if (std::find(keys.begin(), keys.end(), item.key()) == keys.end()) keys.push_back(item.key());
    }
  }
  std::vector<Difference> differences;
  for (const std::string& key : keys) {
    Difference difference{key, {}};
    std::optional<Json> first;
    bool differs = false;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      difference.values.push_back(configurations[i].value(key, Json()));
      if (!runs[i].finished()) continue;
      if (!first) first = difference.values.back();
      differs = differs || difference.values.back() != *first;
    }
    if (differs) differences.push_back(std::move(difference));
  }
  return differences;
}

std::vector<RunPair> pairs_with_first(const std::vector<Run>& runs) {
  std::vector<RunPair> pairs;
  for (const Run& run : std::span(runs).subspan(1)) pairs.push_back(pair_of(runs.front(), run));
  return pairs;
}

void name_apart(std::vector<Run>& runs) {
  std::map<std::string, int> count;
  for (const Run& run : runs) ++count[run.name];
  for (Run& run : runs) {
    if (count[run.name] > 1) run.name = run.folder.string();
  }
}

void check_comparable(const std::vector<Run>& runs) {
  const Run* first = nullptr;
  for (const Run& run : runs) {
    const std::optional<int> classes = classes_of(run);
    if (!classes) continue;
    if (first == nullptr) first = &run;
    if (*classes == *classes_of(*first)) continue;
    fail(ErrorKind::data, "{} has {} classes and {} has {}: compare runs on the same classes",
         first->folder.string(), *classes_of(*first), run.folder.string(), *classes);
  }
}

}  // namespace duet
