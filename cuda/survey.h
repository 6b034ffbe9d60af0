// What there is to compute on, for `duet doctor`.
#pragma once

#include <vector>

#include "core/devices.h"

namespace duet::cuda {

std::vector<DeviceReport> survey();  // every device; or one report, which says why there is none

}  // namespace duet::cuda
