// duet resume: goes on with a training that was stopped, as if it had not been.
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "core/data/known_datasets.h"
#include "core/error.h"
#include "core/model/model.h"
#include "core/model/safetensors.h"
#include "report/record.h"
#include "report/run.h"
#include "tools/checkpoint_files.h"
#include "tools/checkpoints.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/json_text.h"
#include "tools/options.h"
#include "tools/run_folder.h"
#include "tools/training.h"

namespace duet {
namespace {

struct ResumeOptions {
  std::string run, data_dir, progress = "auto";
  int threads = 0;
  bool json = false, quiet = false;
};

// The record may be that of a run which the one of the checkpoints was to replace; both may have begun in one
// second. One that cannot be read is no reason not to go on from a checkpoint.
bool is_finished(const std::filesystem::path& run, const std::string& created) {
  if (is_half_replaced(run)) return false;
  try {
    const nlohmann::ordered_json record = read_record(run / record_file_name);
    return value_at(record, "/created") == created && !record.contains("signal");
  } catch (const Error&) { return false; }
}

bool has_whole_model(const std::filesystem::path& run) {
  try {
    SafetensorsFile(run / model_file_name).check();
  } catch (const Error&) { return false; }
  return true;
}

// With --json the record too, as the training printed it.
void tell_finished(const ResumeOptions& options) {
  talk("{} is finished: there is nothing to resume\n", options.run);
  if (!options.json) return;
  nlohmann::ordered_json record = read_record(std::filesystem::path(options.run) / record_file_name);
  record["run"] = options.run;
  result("{}\n", json_text(record));
}

// Known data is looked for once more; other data lies in a folder, which may have moved.
void find_data_again(DataRequest& request, const std::string& data_dir, const std::string& run) {
  const bool known = find_known(request.data) != nullptr;
  if (!data_dir.empty()) (known ? request.data_dir : request.data) = data_dir;
  std::error_code ignored;
  if (known || std::filesystem::is_directory(request.data, ignored)) return;
  fail(ErrorKind::data, "there is no folder {} with the data of {}: name the one that has it with --data-dir",
       request.data, run);
}

void run_resume(const ResumeOptions& options, std::chrono::steady_clock::time_point start) {
  std::error_code ignored;
  std::unique_ptr<FolderLock> lock;  // before anything is looked at: a training that has it goes on meanwhile
  if (std::filesystem::is_directory(options.run, ignored)) lock = std::make_unique<FolderLock>(options.run);
  if (checkpoint_files(options.run).empty()) {
    const Run run = load_run(options.run);
    if (!run.finished()) fail(ErrorKind::data, "{} has no checkpoint to go on from", options.run);
    if (run.model) return tell_finished(options);
    fail(ErrorKind::model,
         "{} is finished, but its {} is gone, and there is no checkpoint to make it of: take it from a "
         "copy, or train again",
         options.run, model_file_name);
  }
  Resumption resumed = resumption_of(options.run, newest_checkpoint(options.run));
  if (is_finished(options.run, resumed.created)) {
    if (has_whole_model(options.run)) return tell_finished(options);
    talk("duet: {} is finished, but its {} is damaged or gone: it is made again from the last checkpoint\n",
         options.run, model_file_name);
  }
  resumed.lock = std::move(lock);
  resumed.options.device.threads = options.threads;
  find_data_again(resumed.options.data, options.data_dir, options.run);
  resumed.options.json = options.json;
  resumed.options.quiet = options.quiet;
  resumed.options.progress = options.progress;
  resume(std::move(resumed), start);
}

}  // namespace

Action add_resume(CLI::App& program) {
  const auto start = std::chrono::steady_clock::now();
  CLI::App& command =
      add_command(program, "resume", "Go on with a training that was stopped, as if it had not been");
  const auto options = std::make_shared<ResumeOptions>();
  add_run_argument(command, options->run);
  add_integer(command, "--threads", options->threads, {1, 1024}, "Of the CPU; otherwise its physical cores");
  add_text(command, "--data-dir", options->data_dir, "DIR",
           "Look here for known data first; of other data, the folder that it is in now");
  add_progress(command, options->progress);
  add_flag(command, "--json", options->json, "Print one JSON object; the epoch lines go to standard error");
  add_flag(command, "--quiet", options->quiet, "No epoch lines, no progress; errors always");
  return [options, start] { run_resume(*options, start); };
}

}  // namespace duet
