// The report: one HTML page that needs nothing but itself, with all that is known of a run.
#pragma once

#include <string>

#include "report/run.h"
#include "report/run_data.h"

namespace duet {

std::string report_page(const Run& run, const RunData& data);

}  // namespace duet
