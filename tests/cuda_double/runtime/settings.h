// What the environment says about the device that the double plays. Read once; what it cannot understand ends
// the process.
#pragma once

#include <cstdint>

#include "tests/cuda_double/machine/order.h"

namespace duet::cuda_double {

struct Settings {
  int devices = 1;         // DUET_DOUBLE_DEVICES: 0 or 1
  int architecture = 90;   // DUET_DOUBLE_ARCH: one that architecture.h knows
  int driver = 13000;      // DUET_DOUBLE_DRIVER: "none" is 0; a version such as 12020
  Schedule schedule;       // DUET_DOUBLE_SCHEDULE: as parse_schedule()
  std::uint64_t fail = 0;  // DUET_DOUBLE_FAIL: as ControlTable::fail_at
};
const Settings& settings();

}  // namespace duet::cuda_double
