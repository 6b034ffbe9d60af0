#include "cuda/survey.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "core/error.h"
#include "cuda/driver.h"
#include "cuda/memory.h"
#include "cuda/status.h"

namespace duet::cuda {
namespace {

std::string memory_text(int ordinal) {
  check(cudaSetDevice(ordinal), "opening the device");
  const MemoryOfDevice memory = memory_of_device();
  constexpr double mib = 1 << 20;
  return fmt::format("{:.0f} of {:.0f} MiB free", static_cast<double>(memory.free) / mib,
                     static_cast<double>(memory.total) / mib);
}

DeviceReport report_of(int ordinal) {
  DeviceReport report{.device = fmt::format("cuda:{}", ordinal), .usable = false, .what = "", .details = {}};
  try {
    const cudaDeviceProp device = properties_of(ordinal);
    report.what = device.name;
    report.details = {{"compute capability", fmt::format("{}.{}", device.major, device.minor)},
                      {"multiprocessors", fmt::format("{}", device.multiProcessorCount)}};
    check_capability(device);
    report.details.emplace_back("memory", memory_text(ordinal));
    report.tuned_as = tuned_as(device);
    report.usable = true;
  } catch (const Error& error) { report.what = error.what(); }
  report.details.insert(report.details.end(), {{"driver", driver_text()},
                                               {"toolkit", toolkit_text()},
                                               {"architectures in the module", DUET_CUDA_ARCHITECTURES}});
  return report;
}

}  // namespace

std::vector<DeviceReport> survey() {
  std::vector<DeviceReport> reports;
  try {
    const int devices = count_devices();
    for (int ordinal = 0; ordinal < devices; ++ordinal) reports.push_back(report_of(ordinal));
  } catch (const Error& error) {
    reports.push_back(
        {.device = "cuda",
         .usable = false,
         .what = error.what(),
         .details = {{"toolkit", toolkit_text()}, {"architectures in the module", DUET_CUDA_ARCHITECTURES}}});
  }
  return reports;
}

}  // namespace duet::cuda
