// duet doctor: which devices there are, which will be used and why.
#include <nlohmann/json.hpp>

#include <memory>

#include "core/devices.h"
#include "core/error.h"
#include "core/version.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/json_text.h"
#include "tools/options.h"
#include "tools/tuning_file.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

std::string tuned_products_text(const DeviceReport& device) {
  const std::filesystem::path file = tuning_file();
  if (file.empty()) return "none: there is no folder for them; set HOME";
  try {
    return fmt::format("{} in {}", read_tuned_products(file, device.tuned_as).size(), file.string());
  } catch (const Error& error) { return error.what(); }
}

void print_table(const std::vector<DeviceReport>& devices, const std::string& chosen) {
  result("duet {}, {}, {}\n\n", version, compiler, build_type);
  for (const DeviceReport& device : devices) {
    result("{:<5} {}\n", device.device, device.what);
    for (const auto& [name, value] : device.details) result("      {}: {}\n", name, value);
  }
  result("\n--device auto takes {}\n", chosen.empty()    ? "none: no device can be used"
                                       : chosen == "cpu" ? "cpu: no usable GPU was found"
                                                         : chosen + ": the first usable GPU");
}

void print_json(const std::vector<DeviceReport>& devices, const std::string& chosen) {
  Json json = {{"version", version},
               {"compiler", compiler},
               {"build", build_type},
               {"auto", chosen.empty() ? Json(nullptr) : Json(chosen)},
               {"devices", {}}};
  for (const DeviceReport& device : devices) {
    Json entry = {{"device", device.device}, {"usable", device.usable}, {"what", device.what}};
    for (const auto& [name, value] : device.details) entry[name] = value;
    json["devices"].push_back(entry);
  }
  result("{}\n", json_text(json));
}

}  // namespace

Action add_doctor(CLI::App& program) {
  CLI::App& command =
      add_command(program, "doctor", "Which devices were found, and which will be used and why");
  auto json = std::make_shared<bool>(false);
  add_json(command, *json);
  return [json] {
    std::vector<DeviceReport> devices = survey_devices();
    for (DeviceReport& device : devices) {
      if (!device.tuned_as.empty())
        device.details.emplace_back("tuned products", tuned_products_text(device));
    }
    const std::string chosen = automatic_device(devices);
    *json ? print_json(devices, chosen) : print_table(devices, chosen);
  };
}

}  // namespace duet
