// For tests: all reports as lines.
#pragma once

#include <fmt/format.h>

#include <string>

#include "tests/cuda_double/machine/report.h"

namespace duet::cuda_double {

// "race: ...\nbounds: ..."
inline std::string reports_taken() {
  std::string lines;
  for (const Report& finding : take_reports()) {
    if (!lines.empty()) lines += '\n';
    lines += fmt::format("{}: {}", name_of(finding.check), finding.text);
  }
  return lines;
}

}  // namespace duet::cuda_double
