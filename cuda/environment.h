// Variables of the environment that change what a run on a GPU means.
#pragma once

#include <vector>

#include "core/backend.h"

namespace duet::cuda {

std::vector<EnvironmentSetting> environment();  // those that are set

}  // namespace duet::cuda
