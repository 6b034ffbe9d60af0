#include "tools/device.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tools/console.h"

namespace duet {
OpenedDevice open_tuned_device(DeviceRequest request, KnownProducts& known) {
  request.tuning = known.tuning();
  return open_device(request);
}

void talk_of_device(std::string_view doing, const OpenedDevice& on) {
  const DeviceInfo device = on.backend->info();
  talk("{} on {}{}{}\n", doing, device.text(), on.why_no_gpu.empty() ? "" : "; no GPU: ", on.why_no_gpu);
  std::string settings;
  for (const auto& [name, value, effect] : device.environment) {
    settings += fmt::format("{}{}={} ({})", settings.empty() ? "" : "; ", name, value, effect);
  }
  if (!settings.empty()) talk("Set in the environment: {}\n", settings);
}

nlohmann::ordered_json environment_json(const DeviceInfo& device) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const EnvironmentSetting& setting : device.environment) json[setting.name] = setting.value;
  return json;
}

}  // namespace duet
