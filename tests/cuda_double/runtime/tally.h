// What control.h's counters count.
#pragma once

#include "tests/cuda_double/control.h"

namespace duet::cuda_double {

Counters& tally();  // under Queue's lock
GraphShape& last_graph();
// The device's clock, which is made up: it stands still but for works, and each takes what it says.
double& device_microseconds();

}  // namespace duet::cuda_double
