// test_predictions.csv of a run folder: what the trained model said of every example that it was tested on.
//   row,label,predicted,probability     row: in the file of images, from 0; probability: of the predicted
//   class
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/data/split.h"
#include "core/evaluation.h"

namespace duet {

inline constexpr const char* test_predictions_file_name = "test_predictions.csv";

struct TestPrediction {
  int row = 0, label = 0, predicted = 0;
  float probability = 0;
  bool right() const { return label == predicted; }
};

// `labels` are those of the whole part, `answers` those of `rows`.
std::vector<TestPrediction> test_predictions(const Split& rows, std::span<const std::uint8_t> labels,
                                             std::span<const Answer> answers);

std::uint64_t count_right(std::span<const TestPrediction> predictions);

// Probabilities with as many digits as bring the same float back.
std::string to_csv(std::span<const TestPrediction> predictions);

// Throws Error(data) that names the file and the line: damaged, or a class that is not one of 0 .. classes-1.
std::vector<TestPrediction> read_test_predictions(const std::filesystem::path& file, int classes);

}  // namespace duet
