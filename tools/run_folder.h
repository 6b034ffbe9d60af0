// The folder that a training leaves behind: model.safetensors, best.safetensors, run.json, history.jsonl,
// history.csv, test_predictions.csv; while it goes on, checkpoints (checkpoints.h).
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"
#include "tools/created_folders.h"
#include "tools/early_file.h"
#include "tools/folder_lock.h"
#include "tools/line_file.h"

namespace duet {

struct RunFolderRequest {
  std::filesystem::path out;  // empty: runs/<YYYYmmdd-HHMMSS>-<data>, local time
  std::string data;           // the name of the data set
  bool force = false;         // an earlier run in `out` may be replaced
};

// A new folder is made beside its place, under a name that begins with a dot, and comes to its place by
// appear(), when there is a checkpoint in it; so whoever finds it can resume it. A folder that was there is
// used where it is. An earlier run's files stay until keep() replaces them; without stay(), what was made
// is removed, and nothing else. No two processes write one folder.
class RunFolder {
 public:
  explicit RunFolder(const RunFolderRequest& request);  // throws Error(other)
  // Of a run that goes on: its history is cut back to so many epochs, of which the table is made anew.
  // `history_sha256`: of those epochs; empty where it is not known. Throws Error(other), also where something
  // in it is none of ours, as a link; Error(data) or Error(model) where the history is not what was written.
  RunFolder(const std::filesystem::path& run, int epochs, const std::string& history_sha256,
            std::unique_ptr<FolderLock> lock);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }  // another one after appear()
  bool is_new() const { return made_; }                        // nobody knows it before appear()
  bool is_to_replace_a_run() const { return is_beside_; }      // which stays whole until keep()
  void appear();                                               // throws Error(other)
  // From now on; before that, all that was made goes again. The record of the moment when a training that
  // goes on was stopped goes, for what it says is true no more. Throws Error(other).
  void stay();

  // Where the checkpoints are until keep(). Nobody else writes there.
  std::filesystem::path checkpoints() const;
  // Where best.safetensors is until keep(): the model of the best epoch so far, if there is one.
  const std::filesystem::path& best_file() const { return best_->path(); }
  std::string history_sha256() const;  // of all lines that were appended
  // The histories, the folder, and the one that it is in; once it has appeared.
  std::vector<std::filesystem::path> logs() const;
  // history.jsonl, where it is until keep().
  const std::filesystem::path& history_file() const { return json_lines_->path(); }
  // One line of history.jsonl and of history.csv, with the disk's answer. Throws Error(other).
  void append_history(const nlohmann::ordered_json& epoch);

  // Puts model, best model, histories, test predictions, run.json and checkpoints in place, each whole or not
  // at all; may be called again. No checkpoint is to be written meanwhile. Where there is no best model, or
  // the text of test_predictions.csv is empty, an earlier run's is removed. Returns run.json as it was
  // written: the record, and the checksums of all (checksums.h). Throws Error(other).
  nlohmann::ordered_json keep(const Model& model, nlohmann::ordered_json record,
                              std::string_view test_predictions);

 private:
  void use_existing(IfThere if_there);
  void remove_all_leftovers() const;
  void begin_histories();
  void put_checkpoints_in_place();

  CreatedFolders parents_;
  std::filesystem::path place_;  // where it is to appear; numbered where that is taken and was our choice
  bool may_be_numbered_ = false, made_ = false, stays_ = false;
  bool is_beside_ = false;  // of an earlier run's files
  std::filesystem::path path_;
  std::unique_ptr<FolderLock> lock_;
  std::optional<EarlyFile> best_;
  std::optional<EarlyLog> json_lines_, table_;
};

}  // namespace duet
