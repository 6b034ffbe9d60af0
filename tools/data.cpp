// duet data: the subcommands together; list and verify.
#include "tools/data.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/data/lookup.h"
#include "core/data/verify.h"
#include "core/error.h"
#include "tools/console.h"
#include "tools/json_text.h"
#include "tools/options.h"

namespace duet {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string data, data_dir;
  bool json = false;
};

void list(const Options& options) {
  ordered_json datasets = ordered_json::array();
  for (const KnownDataset& dataset : known_datasets()) {
    const Lookup lookup = look_up(dataset, options.data_dir);
    ordered_json entry{{"name", dataset.name}, {"found", lookup.found.has_value()}, {"folder", nullptr}};
    if (lookup.found) entry["folder"] = lookup.found->folder.string();
    entry["passed_over"] = lookup.passed_over;
    datasets.push_back(std::move(entry));
    if (options.json) continue;
    result("{:<15}{}\n", dataset.name,
           lookup.found ? lookup.found->folder.string()
                        : fmt::format("not found; 'duet data fetch {}' downloads it", dataset.name));
    for (const std::string& place : lookup.passed_over) result("  passed over {}\n", place);
  }
  if (options.json) result("{}\n", json_text({{"datasets", datasets}}));
}

std::string_view state_of(const CheckedFile& checked) {
  if (!checked.problem.empty()) return "damaged";
  return checked.known ? "ok" : "readable";
}

void print_json(const DatasetLocation& location, const Verification& verification) {
  ordered_json object{
      {"name", location.name}, {"folder", location.folder.string()}, {"ok", verification.ok()}};
  object["dataset"] = verification.dataset ? ordered_json(verification.dataset->name) : ordered_json();
  for (const CheckedFile& checked : verification.files) {
    ordered_json file{{"file", checked.file.path.string()}, {"state", state_of(checked)}};
    file["sha256"] = checked.file.sha256.empty() ? ordered_json() : ordered_json(checked.file.sha256);
    file["expected"] = checked.known ? ordered_json(checked.known->sha256) : ordered_json();
    file["problem"] = checked.problem;
    object["files"].push_back(std::move(file));
  }
  result("{}\n", json_text(object));
}

void verify_and_report(const Options& options) {
  const DatasetLocation location = find_dataset(options.data, options.data_dir);
  const Verification verification = verify(location);
  if (options.json) {
    print_json(location, verification);
  } else {
    for (const CheckedFile& checked : verification.files)
      result("{:<10}{}\n", state_of(checked),
             checked.problem.empty() ? checked.file.path.string() : checked.problem);
  }
  if (!verification.ok())
    fail(ErrorKind::data, "{}: not all files are as they should be", location.folder.string());
  if (!verification.dataset) talk("note: not a known data set; there is no checksum to compare with\n");
}

}  // namespace

Action add_data_list(CLI::App& data) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(data, "list", "Tell which data sets are known and where they were found");
  add_data_dir(command, options->data_dir);
  add_json(command, options->json);
  return [options] { list(*options); };
}

Action add_data_verify(CLI::App& data) {
  const auto options = std::make_shared<Options>();
  CLI::App& command =
      add_command(data, "verify", "Compare the checksums of a data set's files with the known ones");
  add_data_argument(command, options->data);
  add_data_dir(command, options->data_dir);
  add_json(command, options->json);
  return [options] { verify_and_report(*options); };
}

Action add_data(CLI::App& program) {
  CLI::App& data = add_command(program, "data", "Find, fetch, verify and show data sets");
  return add_commands(data, {add_data_list, add_data_fetch, add_data_verify, add_data_show});
}

}  // namespace duet
