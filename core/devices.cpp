#include "core/devices.h"

#include <fmt/format.h>

#include <cstdlib>

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
    report.what = make_cpu(0)->info().hardware;
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
  return "";
}

}  // namespace duet
