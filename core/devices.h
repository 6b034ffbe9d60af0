// Which devices this machine has, and the way to a backend. devices.cpp is the only file that names cpu and
// cuda.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/backend.h"
#include "core/tuning.h"

namespace duet {

struct DeviceRequest {
  std::string device = "auto";  // auto, cpu, cuda, cuda:N
  int threads = 0;              // of a CPU; 0: one for each physical core that this process may use
  std::optional<Precision> precision = {};  // of a device that has a choice
  Tuning tuning = {};                       // of a GPU's matrix products
};

struct OpenedDevice {
  std::unique_ptr<Backend> backend;
  std::string why_no_gpu;  // a sentence, where "auto" took the CPU
};

// Throws Error(usage) for a name that is none, Error(device) for a device that cannot be used or has not the
// precision, Error(memory) for a GPU whose memory others have.
OpenedDevice open_device(const DeviceRequest& request);
inline std::unique_ptr<Backend> make_backend(const DeviceRequest& request) {
  return open_device(request).backend;
}

struct DeviceReport {
  std::string device;  // "cpu", "cuda:0"; "cuda" where there is none
  bool usable = false;
  std::string what;  // a sentence: what it is, or why it cannot be used
  std::vector<std::pair<std::string, std::string>>
      details;                // "threads" -> "2: ...", "instruction sets" -> ...
  std::string tuned_as = {};  // what its tuned products belong to (core/tuning.h); "" where none can be
};

// GPUs first.
std::vector<DeviceReport> survey_devices();

// What "auto" takes: the first usable device of the survey; "" when there is none.
std::string automatic_device(const std::vector<DeviceReport>& survey);

}  // namespace duet
