// duet verify: is every file of a run, or a model, what it was when it was written?
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/checkpoint.h"
#include "core/data/file.h"
#include "core/data/sha256.h"
#include "core/error.h"
#include "core/model/model.h"
#include "core/model/safetensors.h"
#include "report/record.h"
#include "report/run.h"
#include "report/run_data.h"
#include "tools/checkpoint_files.h"
#include "tools/checksums.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/early_file.h"
#include "tools/json_text.h"
#include "tools/line_file.h"
#include "tools/options.h"
#include "tools/resumption.h"

namespace duet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Finding {
  std::string file, state;  // ok, damaged, missing, no checksum
  std::string why;          // a sentence; may be empty
  ErrorKind kind = ErrorKind::model;
  bool is_bad() const { return state == "damaged" || state == "missing"; }
};

// What an error about a file says, without the file.
std::string fault(const Error& error, const fs::path& file) {
  const std::string text = error.what(), name = file.string() + ": ";
  return text.starts_with(name) ? text.substr(name.size()) : text;
}

// What `look` finds of a file that is there. Its errors are the file's.
template <class Look>
Finding look_at(const fs::path& file, const Look& look) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return {file.string(), "missing", ""};
  try {
    return look();
  } catch (const Error& error) { return {file.string(), "damaged", fault(error, file)}; }
}

Finding compare(const fs::path& file, const std::string& found, const std::string& recorded) {
  if (found == recorded) return {file.string(), "ok", ""};
  return {file.string(), "damaged", fmt::format("its SHA-256 is {}, not {}", found, recorded)};
}

Finding check_model(const fs::path& file) {
  return look_at(file, [&]() -> Finding {
    load_model(file);  // is it one, and whole?
    SafetensorsFile checked(file);
    checked.check();
    return {file.string(), checked.has_checksum() ? "ok" : "no checksum", ""};
  });
}

Finding check_file(const fs::path& file, const std::string& recorded) {
  return look_at(file, [&] {
    return compare(file,
                   file.filename() == record_file_name ? checksum_of_record(read_text_file(file), recorded)
                                                       : sha256(read_regular_file(file).span()),
                   recorded);
  });
}

// Of a training that goes on, one may be gone before it is read. Returns the newest, where that is whole.
std::optional<Checkpoint> check_checkpoints(std::vector<Finding>& findings, const fs::path& folder) {
  std::error_code ignored;
  std::optional<Checkpoint> newest;
  for (const fs::path& file : checkpoint_files(folder)) {
    newest.reset();
    try {
      newest = load_checkpoint(file);
      findings.push_back({file.string(), "ok", ""});
    } catch (const Error& error) {
      if (fs::exists(file, ignored)) findings.push_back({file.string(), "damaged", fault(error, file)});
    }
  }
  return newest;
}

// Of a training that has not ended: what was written before a checkpoint. Of one that is to replace a run it
// stands beside that one's, until it is put in place; then it may be there already with its record.
void check_what_was_written(std::vector<Finding>& findings, const fs::path& folder, Checkpoint before) {
  const int epochs = before.state.epoch;
  if (epochs == 0) return;
  std::error_code ignored;
  const auto written = [&](const char* name) {
    return EarlyFile(folder, name, EarlyFile::is_still_beside(folder, name)).path();
  };
  const auto is_known = [&](const fs::path& file) {
    return std::ranges::any_of(findings, [&](const Finding& f) { return f.file == file.string(); });
  };
  const fs::path history = written(history_file_name), best = written(best_model_file_name);
  Finding found = look_at(history, [&]() -> Finding {
    const Resumption training = resumption_of(folder, std::move(before));
    const std::string text = read_text_file(history), &recorded = training.written.history;
    const std::string_view lines = first_lines(text, epochs, history);
    if (recorded.empty()) return {history.string(), "no checksum", ""};
    return compare(history, sha256(bytes_of_text(lines)), recorded);
  });
  if (!is_known(history)) {
    findings.push_back(std::move(found));
  } else if (found.is_bad()) {  // the other run's
    findings.push_back({EarlyFile::name_beside(history).string(), "missing", ""});
  }
  if (!is_known(best) && fs::exists(best, ignored)) findings.push_back(check_model(best));
}

// Its data, as far as it is found again.
void check_data(std::vector<Finding>& findings, const Run& run, const RunDataRequest& request) {
  try {
    const RunData found = find_run_data(run, request);
    if (!found.data) {
      findings.push_back({"data", "missing", found.missing, ErrorKind::data});
      return;
    }
    for (const DataFile* file : files_of(*found.data)) findings.push_back({file->path.string(), "ok", ""});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    findings.push_back({"data", "missing", error.what(), ErrorKind::data});  // or another in its place
  }
}

std::vector<Finding> check_run(const fs::path& folder, const RunDataRequest& request) {
  std::vector<Finding> findings;
  Run run{.folder = folder, .name = {}, .record = {}, .history = {}, .model = {}, .test = {}};
  const fs::path record = folder / record_file_name;
  try {
    run.record = read_record(record);
  } catch (const Error& error) {
    findings.push_back({record.string(), "damaged", fault(error, record)});
    findings.push_back(check_model(folder / model_file_name));
    return findings;
  }
  std::error_code ignored;
  const auto sums = run.record.find(checksums_key);
  if (sums == run.record.end() || !sums->is_object()) {  // of an older version
    const Finding model = check_model(folder / model_file_name);
    const bool lost = model.state == "ok";  // whoever writes the model's writes all
    findings.push_back({record.string(), lost ? "damaged" : "no checksum",
                        lost ? "it has no checksums, and the model has one" : ""});
    findings.push_back(model);
  } else {
    for (const auto& [name, recorded] : sums->items()) {
      // A name that leads out of the folder is none of ours.
      const fs::path file = folder / fs::path(name).filename();
      findings.push_back(check_file(file, recorded.is_string() ? recorded.get<std::string>() : ""));
    }
    const bool record_is_damaged = std::ranges::any_of(
        findings, [&](const Finding& f) { return f.file == record.string() && f.is_bad(); });
    const auto expect_checksum = [&](const char* name) {
      if (sums->contains(name) || !fs::exists(folder / name, ignored)) return;
      findings.push_back({(folder / name).string(), "damaged", "run.json has no checksum of it"});
    };
    if (!record_is_damaged) std::ranges::for_each(files_with_checksum, expect_checksum);
    expect_checksum(record_file_name);
  }
  std::optional<Checkpoint> newest = check_checkpoints(findings, folder);
  if (newest && is_half_replaced(folder)) check_what_was_written(findings, folder, std::move(*newest));
  check_data(findings, run, request);
  return findings;
}

void print(const std::vector<Finding>& findings, bool json) {
  if (!json) {
    for (const Finding& f : findings) {
      result("{:<12}{}{}{}\n", f.state, printable(f.file), f.why.empty() ? "" : ": ", printable(f.why, "\n"));
    }
    return;
  }
  Json files = Json::array();
  for (const Finding& f : findings) {
    files.push_back({{"file", f.file}, {"state", f.state}, {"why", f.why}});
  }
  result("{}\n", json_text({{"files", files}}));
}

std::vector<Finding> check(const fs::path& what, const RunDataRequest& request) {
  std::error_code error;
  if (fs::exists(what / record_file_name, error)) return check_run(what, request);
  if (!fs::exists(what, error)) fail(ErrorKind::model, "there is no file or folder {}", what.string());
  if (!fs::is_directory(what, error)) return {check_model(what)};
  std::vector<Finding> findings;
  std::optional<Checkpoint> newest = check_checkpoints(findings, what);  // of a training that has not ended
  const bool may_go_on = !findings.empty();
  if (newest) check_what_was_written(findings, what, std::move(*newest));
  if (fs::exists(what / model_file_name, error)) findings.push_back(check_model(what / model_file_name));
  if (!may_go_on && fs::exists(what / history_file_name, error)) {
    findings.push_back({(what / record_file_name).string(), "missing", ""});
  }
  if (findings.empty()) {
    fail(ErrorKind::model, "{} is not a run folder: it has neither {} nor {} nor checkpoints", what.string(),
         record_file_name, model_file_name);
  }
  return findings;
}

void run_verify(const std::string& what, const RunDataRequest& request, bool json) {
  const std::vector<Finding> findings = check(what, request);
  print(findings, json);
  std::vector<Finding> bad;
  std::ranges::copy_if(findings, std::back_inserter(bad), &Finding::is_bad);
  if (bad.empty()) return;
  if (std::ranges::all_of(bad, [](const Finding& f) { return f.kind == ErrorKind::data; })) {
    fail(
        ErrorKind::data,
        "{}: its data was not found, or is other data: name its folder with --data, or where known data lies "
        "with --data-dir",
        what);
  }
  const bool model_alone = bad.size() == 1 && bad.front().file == (fs::path(what) / model_file_name).string();
  fail(ErrorKind::model, "{}: {} of {} files are damaged or missing: {}", what, bad.size(), findings.size(),
       model_alone && !checkpoint_files(what).empty() ? "duet resume makes the model again from a checkpoint"
                                                      : "take them from a copy, or train again");
}

}  // namespace

Action add_verify(CLI::App& program) {
  struct Options {
    std::string what;
    RunDataRequest data;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(
      program, "verify", "Compare the files of a run, and its data, or a model, with their checksums");
  add_argument(command, "RUN|MODEL", options->what, "A run folder or a model file");
  add_run_data(command, options->data);
  add_json(command, options->json);
  return [options] { run_verify(options->what, options->data, options->json); };
}

}  // namespace duet
