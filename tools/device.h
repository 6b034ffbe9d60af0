// How a command comes to the device that it works on, and what is said of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/devices.h"
#include "tools/known_products.h"

namespace duet {

// open_device(), with the algorithms that are known for it, which must live as long.
OpenedDevice open_tuned_device(DeviceRequest request, KnownProducts& known);

// "Training on cuda:0 (NVIDIA H100, tf32)" on standard error; where "auto" took the CPU, with the reason;
// then a line of what is set in the environment and changes the meaning of that.
void talk_of_device(std::string_view doing, const OpenedDevice& on);

// name -> value; empty where nothing is set.
nlohmann::ordered_json environment_json(const DeviceInfo& device);

}  // namespace duet
