#include "tools/history_csv.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace duet {
namespace {

// Where a column's number is in an epoch. Its name is that with _ between the parts: train_loss.
constexpr const char* columns[] = {"/epoch",
                                   "/train/loss",
                                   "/train/accuracy",
                                   "/train/loss_of_batches",
                                   "/train/accuracy_of_batches",
                                   "/validation/loss",
                                   "/validation/accuracy",
                                   "/validation/loss_of_batches",
                                   "/validation/accuracy_of_batches",
                                   "/learning_rate",
                                   "/examples_per_second",
                                   "/seconds"};

}  // namespace

std::string history_csv_header() {
  std::string line;
  for (const char* column : columns) {
    if (column != columns[0]) line += ',';
    line += column + 1;
  }
  std::replace(line.begin(), line.end(), '/', '_');
  return line + '\n';
}

std::string history_csv_line(const nlohmann::ordered_json& epoch) {
  std::string line;
  for (const char* column : columns) {
    const auto value = epoch.value(nlohmann::ordered_json::json_pointer(column), nlohmann::ordered_json());
    if (column != columns[0]) line += ',';
    if (value.is_number()) line += value.dump();
  }
  return line + '\n';
}

std::string history_csv_lines(std::string_view history) {
  std::string lines;
  for (std::size_t end; (end = history.find('\n')) != history.npos; history.remove_prefix(end + 1)) {
    const auto epoch = nlohmann::ordered_json::parse(history.substr(0, end), nullptr, false);
    if (!epoch.is_discarded()) lines += history_csv_line(epoch);
  }
  return lines;
}

}  // namespace duet
