#include "tools/training_data.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace duet {
namespace {

constexpr int most_validation_rows = 10'000;

bool share_rows(const Split& a, const Split& b) {
  return a.part == b.part && a.first < b.first + b.count && b.first < a.first + a.count;
}

}  // namespace

TrainingData load_training_data(const DataRequest& request) {
  // The syntax of a split needs no data, and reading data takes time.
  for (const auto& [option, expression] : {std::pair("--train", request.train),
                                           {"--validation", request.validation},
                                           {"--test", request.test}}) {
    if (!expression.empty()) part_of(expression, option);
  }
  TrainingData loaded{.location = find_dataset(request.data, request.data_dir),
                      .data = {},
                      .train = {},
                      .validation = {},
                      .test = {}};
  loaded.data = load_dataset(loaded.location);

  const int rows = loaded.data.train.images.count;
  const int held_out =
      std::min(most_validation_rows, rows / 6);  // of MNIST's 60,000 rows: the published 10,000
  const auto chosen = [&](const std::string& expression, const Split& otherwise, const char* option) {
    if (expression.empty()) return otherwise;
    const Part part = part_of(expression, option);
    const int available = (part == Part::train ? loaded.data.train : loaded.data.test).images.count;
    if (available == 0) {
      fail(ErrorKind::data, "{} '{}': there are no {} files in {}", option, expression, name_of(part),
           loaded.location.folder.string());
    }
    return parse_split(expression, available, option);
  };
  loaded.train = chosen(request.train, {Part::train, held_out, rows - held_out}, "--train");
  loaded.validation = chosen(request.validation, {Part::train, 0, held_out}, "--validation");
  if (const int test_rows = loaded.data.test.images.count; test_rows > 0 || !request.test.empty())
    loaded.test = chosen(request.test, {Part::test, 0, test_rows}, "--test");
  return loaded;
}

std::string note_of_shared_rows(const TrainingData& data) {
  std::string shared;
  const auto add = [&](const char* option, const Split& rows) {
    if (!share_rows(rows, data.train)) return;
    shared += fmt::format("{}{} {}", shared.empty() ? "" : " and ", option, to_string(rows));
  };
  add("--validation", data.validation);
  if (data.test) add("--test", *data.test);
  if (shared.empty()) return shared;
  return fmt::format("--train {} has rows in common with {}: how well those do says little about new ones",
                     to_string(data.train), shared);
}

}  // namespace duet
