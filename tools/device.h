// What is said of the device that a command works on.
#pragma once

#include <string_view>

#include "core/devices.h"

namespace duet {

// "Training on cuda:0 (NVIDIA H100, tf32)" on standard error; where "auto" took the CPU, with the reason.
void talk_of_device(std::string_view doing, const OpenedDevice& on);

}  // namespace duet
