// Which devices this machine has, and the way to a backend. devices.cpp is the only file that names cpu and
// cuda.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/backend.h"

namespace duet {

struct DeviceRequest {
  std::string device = "auto";  // auto, cpu, cuda, cuda:N
  int threads = 0;              // of a CPU; 0: one for each physical core that this process may use
};

// Throws Error(usage) for a name that is none, Error(device) for a device that cannot be used.
std::unique_ptr<Backend> make_backend(const DeviceRequest& request);

struct DeviceReport {
  std::string device;  // "cpu", "cuda"
  bool usable = false;
  std::string what;  // a sentence: what it is, or why it cannot be used
  std::vector<std::pair<std::string, std::string>>
      details;  // "threads" -> "2: ...", "instruction sets" -> ...
};

// GPUs first.
std::vector<DeviceReport> survey_devices();

// What "auto" takes: the first usable device of the survey; "" when there is none.
std::string automatic_device(const std::vector<DeviceReport>& survey);

}  // namespace duet
