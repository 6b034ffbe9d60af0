// The folder that a training leaves behind: model.safetensors, run.json, history.jsonl.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/model/model.h"
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

  // One line of history.jsonl, with the disk's answer. Throws Error(other).
  void append_history(const nlohmann::ordered_json& epoch);

  // Puts model, history and run.json in place, each whole or not at all; may be called again. Throws
  // Error(other).
  void keep(const Model& model, const nlohmann::ordered_json& record);

 private:
  void choose_unused(const std::string& data);
  void claim(const std::filesystem::path& folder, IfThere if_there);
  void open_history();
  void remove_created() noexcept;

  std::filesystem::path path_;
  std::filesystem::path history_being_written_;
  std::unique_ptr<LineFile> history_;
  std::vector<std::filesystem::path> created_folders_;  // outermost first
  bool kept_ = false;
};

}  // namespace duet
