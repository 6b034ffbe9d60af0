// A run folder, and all that is made of one: its page and what `duet compare` says of it. The input is
// run.json, history.jsonl and test_predictions.csv with a zero byte between them; of one that is empty there
// is no file.
#include "report/run.h"

#include <array>
#include <system_error>
#include <vector>

#include "core/model/model.h"
#include "report/page.h"
#include "tests/fuzz/target.h"
#include "tests/scratch_folder.h"
#include "tools/run_comparison.h"

namespace duet::fuzz {
namespace {

constexpr std::array names = {"run.json", "history.jsonl", "test_predictions.csv"};

// With a model of three classes, which is the same for every input.
struct Folder : ScratchFolder {
  Folder() {
    save_model({.layers = {{1, 3, Activation::none, {1, 2, 3}, {0, 0, 0}}},
                .height = 1,
                .width = 1,
                .class_names = {"x", "y", "z"},
                .training = {}},
               *this / model_file_name);
  }
};

const ScratchFolder& folder() {
  static const Folder made;
  return made;
}

void plant(std::string_view input) {
  for (const char* name : names) {
    const std::string_view text = input.substr(0, input.find('\0'));
    input.remove_prefix(std::min(text.size() + 1, input.size()));
    std::error_code ignored;
    std::filesystem::remove(folder() / name, ignored);
    if (!text.empty()) write_text(folder() / name, std::string(text));
  }
}

}  // namespace

void read(std::span<const std::uint8_t> input) {
  plant(to_text(input));
  try_to([&] {
    const std::vector<Run> runs(2, load_run(folder().path()));
    try_to([&] { report_page(runs.front(), find_run_data(runs.front(), {})); });
    summarize(runs.front());
    differences_of(runs);
    pairs_with_first(runs);
    check_comparable(runs);
  });
}

}  // namespace duet::fuzz
