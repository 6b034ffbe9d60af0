#include "tools/run_folder.h"

#include <fmt/chrono.h>

#include <ctime>
#include <system_error>

#include "core/atomic_file.h"
#include "core/error.h"
#include "report/record.h"
#include "report/test_predictions.h"
#include "tools/checksums.h"
#include "tools/history_csv.h"
#include "tools/json_text.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

constexpr const char* json_lines_file_name = "history.jsonl";
constexpr const char* table_file_name = "history.csv";

[[noreturn]] void fail_to_write(const fs::path& path, const std::string& reason) {
  fail(ErrorKind::other, "cannot write {}: {}", path.string(), reason);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at cannot be written either, and that is reported
  return fs::exists(path, ignored);
}

// A name without a separator at its end, which would make a folder its own parent.
fs::path without_trailing_separator(const fs::path& path) {
  return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

}  // namespace

RunFolder::RunFolder(const RunFolderRequest& request) {
  try {
    if (request.out.empty()) {
      choose_unused(request.data);
    } else {
      claim(without_trailing_separator(request.out), request.force ? IfThere::replace : IfThere::fail);
    }
    json_lines_.emplace(path_, json_lines_file_name);
    table_.emplace(path_, table_file_name);
    table_->append(history_csv_header());
  } catch (...) {
    remove_histories();  // no destructor runs for an object whose constructor threw
    throw;
  }
}

RunFolder::~RunFolder() {
  if (!kept_) remove_histories();
}

void RunFolder::choose_unused(const std::string& data) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  const fs::path base = fs::path("runs") / fmt::format("{:%Y%m%d-%H%M%S}-{}", local, data);
  folders_.create_parents(base);
  path_ = base;
  for (int number = 2; !folders_.create(path_); ++number) path_ = fmt::format("{}-{}", base.string(), number);
}

void RunFolder::claim(const fs::path& folder, IfThere if_there) {
  path_ = folder;
  folders_.create_parents(path_);
  if (folders_.create(path_)) return;
  std::error_code error;
  if (!fs::is_directory(path_, error))
    fail(ErrorKind::other, "{} exists and is not a folder: choose another --out", path_.string());
  const bool empty = fs::is_empty(path_, error);
  if (error) fail_to_write(path_, error.message());
  if (!empty && if_there == IfThere::fail) {
    fail(ErrorKind::other, "{} exists already: choose another --out, or replace it with --force",
         path_.string());
  }
  for (const char* name : {model_file_name, record_file_name, json_lines_file_name, table_file_name,
                           test_predictions_file_name}) {
    if (is_there(path_ / name) && !fs::is_regular_file(path_ / name, error)) {
      fail(ErrorKind::other, "{} is not a regular file and would have to be replaced: choose another --out",
           (path_ / name).string());
    }
  }
}

RunFolder::GrowingFile::GrowingFile(const fs::path& folder, const char* name)
    : final_name_(folder / name),
      file_(is_there(final_name_) ? folder / fmt::format(".{}.new", name) : final_name_, IfThere::replace),
      name_(file_.path()) {}

void RunFolder::GrowingFile::put_in_place() {
  if (name_ == final_name_) return;
  std::error_code error;
  fs::rename(name_, final_name_, error);
  if (error) fail_to_write(final_name_, error.message());
  name_ = final_name_;
}

void RunFolder::GrowingFile::remove() const noexcept {
  std::error_code ignored;
  fs::remove(name_, ignored);
}

void RunFolder::append_history(const nlohmann::ordered_json& epoch) {
  json_lines_->append(json_text(epoch, one_line) + '\n');
  table_->append(history_csv_line(epoch));
}

nlohmann::ordered_json RunFolder::keep(const Model& model, nlohmann::ordered_json record,
                                       std::string_view test_predictions) {
  save_model(model, path_ / model_file_name);
  kept_ = true;
  json_lines_->put_in_place();
  table_->put_in_place();
  if (const fs::path name = path_ / test_predictions_file_name; !test_predictions.empty()) {
    write_file_atomically(name, test_predictions);
  } else if (std::error_code error; !fs::remove(name, error) && error) {
    fail_to_write(name, error.message());
  }
  add_checksums(record, path_,
                {model_file_name, json_lines_file_name, table_file_name, test_predictions_file_name});
  write_file_atomically(path_ / record_file_name, record_text(record));
  return record;
}

void RunFolder::remove_histories() noexcept {
  for (const std::optional<GrowingFile>* file : {&json_lines_, &table_}) {
    if (*file) (*file)->remove();
  }
}

}  // namespace duet
