#include "tools/run_folder.h"

#include <fmt/chrono.h>

#include <ctime>
#include <system_error>

#include "core/atomic_file.h"
#include "core/error.h"
#include "tools/json_text.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

constexpr const char* record_file_name = "run.json";
constexpr const char* history_file_name = "history.jsonl";

[[noreturn]] void fail_to_write(const fs::path& path, const std::string& reason) {
  fail(ErrorKind::other, "cannot write {}: {}", path.string(), reason);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;  // what cannot be looked at cannot be written either, and that is reported
  return fs::exists(path, ignored);
}

// mkdir says in one step whether the folder is new, so that two runs never share one. Returns whether it is.
bool create_folder(const fs::path& path) {
  std::error_code error;
  const bool created = fs::create_directory(path, error);
  if (error && !is_there(path)) fail_to_write(path, error.message());
  return created;
}

// Creates the folders above `path` that are missing, and adds them to `created` at once, outermost first.
void create_parents(const fs::path& path, std::vector<fs::path>& created) {
  fs::path parent;
  for (const fs::path& part : path.parent_path()) {
    parent /= part;
    if (create_folder(parent)) created.push_back(parent);
  }
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
    open_history();
  } catch (...) {
    remove_created();  // no destructor runs for an object whose constructor threw
    throw;
  }
}

RunFolder::~RunFolder() {
  if (!kept_) remove_created();
}

void RunFolder::choose_unused(const std::string& data) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  const fs::path base = fs::path("runs") / fmt::format("{:%Y%m%d-%H%M%S}-{}", local, data);
  create_parents(base, created_folders_);
  path_ = base;
  for (int number = 2; !create_folder(path_); ++number) path_ = fmt::format("{}-{}", base.string(), number);
  created_folders_.push_back(path_);
}

void RunFolder::claim(const fs::path& folder, IfThere if_there) {
  path_ = folder;
  create_parents(path_, created_folders_);
  if (create_folder(path_)) {
    created_folders_.push_back(path_);
    return;
  }
  std::error_code error;
  if (!fs::is_directory(path_, error))
    fail(ErrorKind::other, "{} exists and is not a folder: choose another --out", path_.string());
  const bool empty = fs::is_empty(path_, error);
  if (error) fail_to_write(path_, error.message());
  if (!empty && if_there == IfThere::fail) {
    fail(ErrorKind::other, "{} exists already: choose another --out, or replace it with --force",
         path_.string());
  }
  for (const char* name : {model_file_name, record_file_name, history_file_name}) {
    if (is_there(path_ / name) && !fs::is_regular_file(path_ / name, error)) {
      fail(ErrorKind::other, "{} is not a regular file and would have to be replaced: choose another --out",
           (path_ / name).string());
    }
  }
}

void RunFolder::open_history() {
  const fs::path final_name = path_ / history_file_name;
  const fs::path name = is_there(final_name) ? path_ / ".history.jsonl.new" : final_name;
  history_ = std::make_unique<LineFile>(name, IfThere::replace);
  history_being_written_ = name;
}

void RunFolder::append_history(const nlohmann::ordered_json& epoch) {
  history_->append(json_text(epoch, one_line) + '\n');
}

void RunFolder::keep(const Model& model, const nlohmann::ordered_json& record) {
  save_model(model, path_ / model_file_name);
  kept_ = true;
  if (const fs::path final_name = path_ / history_file_name; history_being_written_ != final_name) {
    std::error_code error;
    fs::rename(history_being_written_, final_name, error);
    if (error) fail_to_write(final_name, error.message());
    history_being_written_ = final_name;
  }
  write_file_atomically(path_ / record_file_name, json_text(record) + '\n');
}

void RunFolder::remove_created() noexcept {
  std::error_code ignored;
  if (!history_being_written_.empty()) fs::remove(history_being_written_, ignored);
  for (; !created_folders_.empty(); created_folders_.pop_back()) {
    fs::remove(created_folders_.back(), ignored);  // only when nobody put anything in it
  }
}

}  // namespace duet
