// The algorithms that a GPU's matrix products are given where they are known: what `duet tune` found, or what
// a training that goes on was begun with, so that its sums keep their order.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/tuning.h"

namespace duet {

struct ProductsOfDevice {
  std::string device;  // as in core/tuning.h; empty where no product was asked for
  std::map<std::string, TunedAlgorithm> products;  // all others have what the rule says
};

class KnownProducts {
 public:
  // Those of the tuning file, read when a GPU's first product asks: a CPU's has nothing in it.
  KnownProducts() = default;
  explicit KnownProducts(ProductsOfDevice of_a_training);

  // A backend's questions. What is wrong with the answers is said once, on standard error, and stops nothing.
  Tuning tuning();
  const ProductsOfDevice& known() const { return known_; }

 private:
  std::optional<TunedAlgorithm> find(const std::string& device, const std::string& product);
  void read(const std::string& device);
  void warn(std::string_view what);

  ProductsOfDevice known_;
  bool of_a_training_ = false, warned_ = false;
};

}  // namespace duet
