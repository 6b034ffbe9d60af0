// The folder that a training leaves behind: model.safetensors, run.json, history.jsonl, history.csv,
// test_predictions.csv.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/model.h"
#include "tools/created_folders.h"
#include "tools/line_file.h"

namespace duet {

struct RunFolderRequest {
  std::filesystem::path out;  // empty: runs/<YYYYmmdd-HHMMSS>-<data>, local time
  std::string data;           // the name of the data set
  bool force = false;         // an earlier run in `out` may be replaced
};

// Made before training, so that a folder that exists or cannot be written is known then. An earlier run's
// files stay until keep() replaces them; a run that ends without keep() removes what it made itself, and
// nothing else.
class RunFolder {
 public:
  explicit RunFolder(const RunFolderRequest& request);  // throws Error(other)
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // One line of history.jsonl and of history.csv, with the disk's answer. Throws Error(other).
  void append_history(const nlohmann::ordered_json& epoch);

  // Puts model, histories, test predictions and run.json in place, each whole or not at all; may be called
  // again. Where the text of test_predictions.csv is empty there is none, and an earlier run's is removed.
  // Returns run.json as it was written: the record, and the checksums of all (checksums.h). Throws
  // Error(other).
  nlohmann::ordered_json keep(const Model& model, nlohmann::ordered_json record,
                              std::string_view test_predictions);

 private:
  void choose_unused(const std::string& data);
  void claim(const std::filesystem::path& folder, IfThere if_there);
  void remove_histories() noexcept;

  // A history: beside an earlier run's until keep().
  class GrowingFile {
   public:
    GrowingFile(const std::filesystem::path& folder, const char* name);
    void append(std::string_view line) { file_.append(line); }
    void put_in_place();
    void remove() const noexcept;

   private:
    std::filesystem::path final_name_;
    LineFile file_;
    std::filesystem::path name_;  // until then
  };

  CreatedFolders folders_;
  std::filesystem::path path_;
  std::optional<GrowingFile> json_lines_, table_;
  bool kept_ = false;
};

}  // namespace duet
