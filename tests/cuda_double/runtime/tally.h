// What control.h's counters count.
#pragma once

#include "tests/cuda_double/control.h"

namespace duet::cuda_double {

Counters& tally();  // under Queue's lock
GraphShape& last_graph();

}  // namespace duet::cuda_double
