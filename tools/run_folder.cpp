#include "tools/run_folder.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "core/atomic_file.h"
#include "core/data/file.h"
#include "core/data/sha256.h"
#include "core/error.h"
#include "report/record.h"
#include "report/run.h"
#include "tools/checkpoint_files.h"
#include "tools/checksums.h"
#include "tools/hidden_folder.h"
#include "tools/history_csv.h"
#include "tools/json_text.h"
#include "tools/report.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

// Also of a link that leads nowhere.
bool is_there(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at cannot be written either, and that is reported
  return fs::exists(fs::symlink_status(path, ignored));
}

// A name without a separator at its end, which would make a folder its own parent.
fs::path without_trailing_separator(const fs::path& path) {
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

// A folder from somebody else may hold links to files of this user, or pipes that nobody writes.
void check_kind(const fs::path& path, fs::file_type expected) {
  std::error_code error;
  const fs::file_type type = fs::symlink_status(path, error).type();
  if (type == expected || type == fs::file_type::not_found) return;
  fail(ErrorKind::other, "{} is {}, and no run goes on with one: move it away", path.string(),
       type == fs::file_type::symlink ? "a symbolic link" : "of another kind than duet made it");
}

void check_checkpoints_are_ours(const fs::path& run) {
  for (const fs::path& folder : {checkpoints_in_place(run), checkpoints_beside(run)}) {
    check_kind(folder, fs::file_type::directory);
    for (const fs::path& file : checkpoints_in(folder)) check_kind(file, fs::file_type::regular);
  }
}

void check_all_is_ours(const fs::path& run) {
  check_checkpoints_are_ours(run);
  for (const char* name : {model_file_name, record_file_name, test_predictions_file_name, report_file_name}) {
    check_kind(run / name, fs::file_type::regular);
  }
  for (const char* name : {best_model_file_name, history_file_name, table_file_name}) {
    check_kind(run / name, fs::file_type::regular);
    check_kind(EarlyFile::name_beside(run / name), fs::file_type::regular);
  }
}

void check_history(std::string_view lines, const std::string& expected, const fs::path& file) {
  if (expected.empty() || sha256(bytes_of_text(lines)) == expected) return;
  fail(ErrorKind::model,
       "{} is not what the training wrote, by its SHA-256 in the checkpoint: take it from a copy",
       file.string());
}

void remove_file(const fs::path& file) {
  std::error_code error;
  if (!fs::remove(file, error) && error) fail_to_write(file, error.message());
}

}  // namespace

RunFolder::RunFolder(const RunFolderRequest& request) {
  if (request.out.empty()) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    place_ = fs::path("runs") / fmt::format("{:%Y%m%d-%H%M%S}-{}", local, request.data);
    may_be_numbered_ = true;
  } else {
    place_ = without_trailing_separator(request.out);
    if (is_there(place_)) {
      use_existing(request.force ? IfThere::replace : IfThere::fail);
      return;
    }
  }
  parents_.create_parents(place_);
  remove_abandoned_folders(place_.parent_path());
  path_ = make_hidden_folder(place_);
  made_ = true;
  try {
    lock_ = std::make_unique<FolderLock>(path_);
  } catch (...) {
    std::error_code error;
    fs::remove(path_, error);  // no destructor runs for an object whose constructor threw
    throw;
  }
}

RunFolder::RunFolder(const fs::path& run, int epochs, const std::string& history_sha256,
                     std::unique_ptr<FolderLock> lock)
    : place_(run), stays_(true), path_(run), lock_(std::move(lock)) {
  check_all_is_ours(run);
  is_beside_ = is_half_replaced(run);
  remove_all_leftovers();
  if (epochs == 0) {  // and the histories may not be there yet
    begin_histories();
    return;
  }
  // Where keep() came to no end, some may be in place: the table first, then the best model.
  const bool table_beside = EarlyFile::is_still_beside(run, table_file_name);
  const bool lines_beside = EarlyFile::is_still_beside(run, history_file_name);
  const bool best_beside = EarlyFile::is_still_beside(run, best_model_file_name);
  const fs::path history = EarlyFile(path_, history_file_name, lines_beside).path();
  const std::string text = read_text_file(history);
  const std::string_view lines = first_lines(text, epochs, history);
  check_history(lines, history_sha256, history);
  json_lines_.emplace(path_, history_file_name, lines_beside, lines);
  // Where the table alone is in place, the best model there is the earlier run's if this one has none.
  const auto has_none = [&] { return best_epoch(read_history(history_file(), true)) < 0; };
  best_.emplace(path_, best_model_file_name, table_beside || best_beside || (lines_beside && has_none()));
  table_.emplace(path_, table_file_name, table_beside);
  table_->append(history_csv_header() + history_csv_lines(lines));
}

RunFolder::~RunFolder() {
  if (stays_) return;
  for (const std::optional<EarlyLog>* file : {&json_lines_, &table_}) {
    if (*file) (*file)->remove();
  }
  std::error_code ignored;
  if (!made_) return;
  if (json_lines_) {
    fs::remove(path_, ignored);  // only when nobody put anything else in it
  } else {
    fs::remove_all(path_, ignored);  // nobody else knows its name
  }
}

void RunFolder::use_existing(IfThere if_there) {
  path_ = place_;
  std::error_code error;
  if (!fs::is_directory(path_, error))
    fail(ErrorKind::other, "{} exists and is not a folder: choose another --out", path_.string());
  const bool empty = fs::is_empty(path_, error);
  if (error) fail_to_write(path_, error.message());
  if (!empty && if_there == IfThere::fail) {
    fail(ErrorKind::other, "{} exists already: choose another --out, or replace it with --force",
         path_.string());
  }
  for (const char* name : {model_file_name, best_model_file_name, record_file_name, history_file_name,
                           table_file_name, test_predictions_file_name}) {
    if (is_there(path_ / name) && !fs::is_regular_file(path_ / name, error)) {
      fail(ErrorKind::other, "{} is not a regular file and would have to be replaced: choose another --out",
           (path_ / name).string());
    }
  }
  check_checkpoints_are_ours(path_);
  lock_ = std::make_unique<FolderLock>(path_);
  remove_all_leftovers();
  is_beside_ =
      is_run_folder(path_) || is_there(checkpoints_in_place(path_)) || is_there(checkpoints_beside(path_));
  AtomicFile(path_ / record_file_name);  // that the folder can be written is known before training
}

void RunFolder::appear() {
  if (made_) {
    int number = 1;
    fs::path place = place_;
    while (!move_to_unused(path_, place)) {
      if (!may_be_numbered_) {
        fail(ErrorKind::other, "{} was made by somebody else meanwhile: choose another --out",
             place_.string());
      }
      place = fmt::format("{}-{}", place_.string(), ++number);
    }
    path_ = std::move(place);
  }
  begin_histories();
}

void RunFolder::stay() {
  if (!is_beside_) remove_file(path_ / record_file_name);
  stays_ = true;
}

void RunFolder::begin_histories() {
  best_.emplace(path_, best_model_file_name, is_beside_);
  json_lines_.emplace(path_, history_file_name, is_beside_);
  table_.emplace(path_, table_file_name, is_beside_);
  json_lines_->append("");  // which empties it
  table_->append(history_csv_header());
  best_->remove();  // of a training before this one, or of an epoch that is made again
}

// Of processes that were killed.
void RunFolder::remove_all_leftovers() const {
  for (const fs::path& folder : {path_, checkpoints_in_place(path_), checkpoints_beside(path_)}) {
    remove_leftovers(folder);
  }
}

fs::path RunFolder::checkpoints() const {
  return is_beside_ ? checkpoints_beside(path_) : checkpoints_in_place(path_);
}

// An earlier run's go. Whoever is killed here finds the rest beside, and goes on from there.
void RunFolder::put_checkpoints_in_place() {
  if (!is_beside_) return;
  const fs::path from = checkpoints_beside(path_), to = checkpoints_in_place(path_);
  std::error_code error;
  for (const fs::path& old : checkpoints_in(to)) fs::remove(old, error);
  for (const fs::path& file : checkpoints_in(from)) {
    fs::create_directory(to, error);
    fs::rename(file, to / file.filename(), error);
    if (error) fail_to_write(to / file.filename(), error.message());
  }
  fs::remove(from, error);
  is_beside_ = false;
}

std::string RunFolder::history_sha256() const { return json_lines_ ? json_lines_->sha256() : ""; }

void RunFolder::append_history(const nlohmann::ordered_json& epoch) {
  json_lines_->append(json_text(epoch, one_line) + '\n');
  table_->append(history_csv_line(epoch));
}

std::vector<fs::path> RunFolder::logs() const {
  if (!json_lines_) return {};
  std::vector<fs::path> all = {json_lines_->path(), table_->path(), path_};
  fs::path parent = path_.has_parent_path() ? path_.parent_path() : ".";
  if (access(parent.c_str(), R_OK) == 0) all.push_back(std::move(parent));  // else it cannot be synced
  return all;
}

nlohmann::ordered_json RunFolder::keep(const Model& model, nlohmann::ordered_json record,
                                       std::string_view test_predictions) {
  save_model(model, path_ / model_file_name);
  stays_ = true;
  // Without the record of an earlier run the folder is, until there is one again, that of a training to go on
  // with.
  remove_file(path_ / record_file_name);
  remove_file(path_ / test_predictions_file_name);
  if (is_beside_) remove_file(path_ / report_file_name);  // of the earlier run
  table_->put_in_place();
  best_->put_in_place();
  json_lines_->put_in_place();
  for (const fs::path& log : logs()) sync_to_disk(log);  // before there are checksums of it
  if (!test_predictions.empty()) write_file_atomically(path_ / test_predictions_file_name, test_predictions);
  add_checksums(record, path_);
  write_file_atomically(path_ / record_file_name, record_text(record));
  put_checkpoints_in_place();
  return record;
}

}  // namespace duet
