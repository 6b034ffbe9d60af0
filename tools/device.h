// What is said of the device that a command works on.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/devices.h"

namespace duet {

// "Training on cuda:0 (NVIDIA H100, tf32)" on standard error; where "auto" took the CPU, with the reason;
// then a line of what is set in the environment and changes the meaning of that.
void talk_of_device(std::string_view doing, const OpenedDevice& on);

// name -> value; empty where nothing is set.
nlohmann::ordered_json environment_json(const DeviceInfo& device);

}  // namespace duet
