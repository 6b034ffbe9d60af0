#include "core/devices.h"

#include <fmt/format.h>

#include <cstdlib>

#include "core/cuda_module.h"
#include "core/error.h"
#include "core/parse.h"
#include "cpu/backend.h"
#include "cpu/host.h"
#include "cpu/isa.h"

namespace duet {
namespace {

std::unique_ptr<Backend> make_cpu(const DeviceRequest& request) {
  if (request.precision == Precision::tf32) {
    fail(ErrorKind::device, "--precision tf32: a CPU has no TF32; use --precision fp32");
  }
  const int threads = request.threads != 0 ? request.threads : cpu::cores(cpu::affinity()).threads();
  return cpu::make_backend({.threads = threads, .kernels = &cpu::chosen_kernels()});
}

// N of "cuda:N", 0 of "cuda"; nothing where it names no GPU.
std::optional<int> ordinal_of(std::string_view device) {
  if (device == "cuda") return 0;
  if (!device.starts_with("cuda:")) return std::nullopt;
  return static_cast<int>(parse_integer(device.substr(5), {0, 1023}, fmt::format("--device '{}'", device)));
}

std::unique_ptr<Backend> make_cuda(int ordinal, const DeviceRequest& request) {
  return cuda_module().make_backend(
      {.ordinal = ordinal, .precision = request.precision, .tuning = request.tuning});
}

// Not about how it was asked for.
bool is_about_the_gpu(const Error& why) {
  return why.kind() == ErrorKind::device || why.kind() == ErrorKind::memory;
}

// Why a GPU cannot be used becomes what the user is told.
[[noreturn]] void refuse(const DeviceRequest& request, const Error& why) {
  if (!is_about_the_gpu(why)) throw why;
  fail(why.kind(), "--device {}: {}; use {}--device cpu", request.device, why.what(),
       request.precision == Precision::tf32 ? "--precision fp32 or " : "");
}

OpenedDevice open_automatic(const DeviceRequest& request) {
  try {
    return {make_cuda(0, request), ""};
  } catch (const Error& error) {
    if (!is_about_the_gpu(error) || request.precision == Precision::tf32) refuse(request, error);
    return {make_cpu(request), error.what()};
  }
}

std::string instruction_set_in_use() {
  const cpu::Kernels& chosen = cpu::chosen_kernels();
  const bool capped = &chosen != cpu::usable_kernels().back();
  return fmt::format("in use: {}{}{}", chosen.name, capped ? ", capped by DUET_ISA=" : "",
                     capped ? std::getenv("DUET_ISA") : "");
}

DeviceReport survey_cpu() {
  std::string sets;
  for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
    sets += fmt::format("{}{}", sets.empty() ? "" : ", ", kernels->name);
  }
  DeviceReport report{.device = "cpu", .usable = false, .what = "", .details = {}};
  try {
    report.what = make_cpu({})->info().hardware;
    sets += fmt::format(" ({})", instruction_set_in_use());
    report.usable = true;
  } catch (const Error& error) { report.what = error.what(); }  // DUET_ISA is a word that there is not
  constexpr double mib = 1 << 20;
  report.details = {
      {"threads", cpu::cores(cpu::affinity()).explain()},
      {"instruction sets", sets},
      {"memory free", fmt::format("{:.0f} MiB", static_cast<double>(cpu::available_memory()) / mib)}};
  return report;
}

}  // namespace

OpenedDevice open_device(const DeviceRequest& request) {
  if (request.device == "auto") return open_automatic(request);
  if (request.device == "cpu") return {make_cpu(request), ""};
  if (const std::optional<int> ordinal = ordinal_of(request.device)) {
    try {
      return {make_cuda(*ordinal, request), ""};
    } catch (const Error& error) { refuse(request, error); }
  }
  fail(ErrorKind::usage, "--device '{}' is none of auto, cpu, cuda, cuda:N", request.device);
}

std::vector<DeviceReport> survey_devices() {
  std::vector<DeviceReport> devices;
  try {
    devices = cuda_module().survey();
  } catch (const Error& error) {
    devices.push_back({.device = "cuda", .usable = false, .what = error.what(), .details = {}});
  }
  devices.push_back(survey_cpu());
  return devices;
}

std::string automatic_device(const std::vector<DeviceReport>& survey) {
  for (const DeviceReport& device : survey) {
    if (device.usable) return device.device;
  }
  return "";
}

}  // namespace duet
