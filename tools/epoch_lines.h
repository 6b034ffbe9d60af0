// The lines of the published tutorial, and the object of --json.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/evaluation.h"
#include "core/trainer.h"

namespace duet {

// The lines are results; with --json they are talk, since then standard output is the object alone.
class EpochLines {
 public:
  EpochLines(bool json, bool quiet) : json_(json), quiet_(quiet) {}

  void epoch(const EpochReport& r);
  void test(const Evaluation& e);
  void object(const nlohmann::ordered_json& json);
  // Standard output that could not be written ends no training; it is told when all is kept.
  void report_unwritable(const std::filesystem::path& kept) const;

 private:
  void print(const std::string& line);
  void write(const std::string& text);

  bool json_, quiet_;
  std::optional<Error> unwritable_;
};

}  // namespace duet
