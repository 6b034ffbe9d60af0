#include "tools/device.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/error.h"
#include "tools/console.h"
#include "tools/tuning_file.h"

namespace duet {
namespace {

// Reads the file when a GPU's first product asks: a CPU's has nothing in it.
class KnownProducts {
 public:
  std::optional<TunedAlgorithm> find(const std::string& device, const std::string& product) {
    if (!products_) products_ = read(device);
    const auto found = products_->find(product);
    if (found == products_->end()) return std::nullopt;
    return found->second.chosen;
  }
  void refused(const std::string& call) {
    warn(fmt::format("cuBLASLt refuses what was kept for {} in {}", call, tuning_file().string()));
  }

 private:
  TunedProducts read(const std::string& device) {
    try {
      return read_tuned_products(tuning_file(), device);
    } catch (const Error& error) {
      warn(error.what());
      return {};
    }
  }
  void warn(std::string_view what) {
    if (std::exchange(warned_, true)) return;
    talk("duet: {}; what is not tuned is as without it, and 'duet tune' measures anew\n", what);
  }

  std::optional<TunedProducts> products_;
  bool warned_ = false;
};

}  // namespace

OpenedDevice open_tuned_device(DeviceRequest request) {
  const auto known = std::make_shared<KnownProducts>();
  request.tuning = {.find = [known](const std::string& device,
                                    const std::string& product) { return known->find(device, product); },
                    .refused = [known](const std::string& call) { known->refused(call); },
                    .keep = {}};
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
