// Writes the report of a run: for `duet report`, and for `duet train --report`.
#pragma once

#include <string>

#include "report/run_data.h"
#include "tools/output_file.h"

namespace duet {

inline constexpr const char* report_file_name = "report.html";  // in a run folder, unless -o says otherwise

struct ReportRequest {
  std::string run;
  RunDataRequest data;
  OutputFile output;  // an empty path: in the run folder
};

// Returns where it is. Throws as load_run() and find_run_data() do, and Error(other).
std::string write_report(ReportRequest request);

}  // namespace duet
