#include "tools/known_products.h"

#include <utility>

#include "core/error.h"
#include "tools/console.h"
#include "tools/tuning_file.h"

namespace duet {

KnownProducts::KnownProducts(ProductsOfDevice of_a_training)
    : known_(std::move(of_a_training)), of_a_training_(!known_.device.empty()) {}

Tuning KnownProducts::tuning() {
  return {
      .find = [this](const std::string& device, const std::string& product) { return find(device, product); },
      .refused =
          [this](const std::string& call) {
            const std::string keeper = of_a_training_ ? "the checkpoint" : tuning_file().string();
            warn(fmt::format("cuBLASLt refuses what was kept for {} in {}", call, keeper));
          },
      .keep = {}};
}

std::optional<TunedAlgorithm> KnownProducts::find(const std::string& device, const std::string& product) {
  if (known_.device.empty()) read(device);
  if (known_.device != device) {  // it went on where it was not begun
    warn(fmt::format("the training was begun on {}, and this is {}: the order of its sums may be another",
                     known_.device, device));
    return std::nullopt;
  }
  const auto found = known_.products.find(product);
  if (found == known_.products.end()) return std::nullopt;
  return found->second;
}

void KnownProducts::read(const std::string& device) {
  known_.device = device;
  try {
    for (const auto& [product, tuned] : read_tuned_products(tuning_file(), device)) {
      known_.products.emplace(product, tuned.chosen);
    }
  } catch (const Error& error) { warn(error.what()); }
}

void KnownProducts::warn(std::string_view what) {
  if (std::exchange(warned_, true)) return;
  talk("duet: {}{}\n", what,
       of_a_training_ ? "" : "; what is not tuned is as without it, and 'duet tune' measures anew");
}

}  // namespace duet
