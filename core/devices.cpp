#include "core/devices.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/parse.h"
#include "cpu/backend.h"
#include "cpu/host.h"
#include "cpu/isa.h"

namespace duet {
namespace {

constexpr std::string_view no_cuda = "this build has no CUDA module; use --device cpu";

std::unique_ptr<Backend> make_cpu(int threads) {
  if (threads == 0) threads = cpu::cores(cpu::affinity()).threads();
  return cpu::make_backend({.threads = threads, .kernels = &cpu::chosen_kernels()});
}

bool names_cuda(std::string_view device) {
  if (device == "cuda") return true;
  if (!device.starts_with("cuda:")) return false;
  parse_integer(device.substr(5), {0, 1023}, fmt::format("--device '{}'", device));
  return true;
}

DeviceReport survey_cpu() {
  std::string sets;
  for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
    sets += fmt::format("{}{}", sets.empty() ? "" : ", ", kernels->name);
  }
  constexpr double mib = 1 << 20;
  return {.device = "cpu",
          .usable = true,
          .what = make_cpu(0)->info().hardware,
          .details = {{"threads", cpu::cores(cpu::affinity()).explain()},
                      {"instruction sets", fmt::format("{} (in use: {})", sets, cpu::chosen_kernels().name)},
                      {"memory free",
                       fmt::format("{:.0f} MiB", static_cast<double>(cpu::available_memory()) / mib)}}};
}

}  // namespace

std::unique_ptr<Backend> make_backend(const DeviceRequest& request) {
  if (request.device == "auto" || request.device == "cpu") return make_cpu(request.threads);
  if (names_cuda(request.device)) fail(ErrorKind::device, "{}: {}", request.device, no_cuda);
  fail(ErrorKind::usage, "--device '{}' is none of auto, cpu, cuda, cuda:N", request.device);
}

std::vector<DeviceReport> survey_devices() {
  return {{.device = "cuda", .usable = false, .what = std::string(no_cuda), .details = {}}, survey_cpu()};
}

std::string automatic_device(const std::vector<DeviceReport>& survey) {
  for (const DeviceReport& device : survey) {
    if (device.usable) return device.device;
  }
  fail(ErrorKind::device, "no device can be used");
}

}  // namespace duet
