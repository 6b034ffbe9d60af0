// Examples put on a backend, where they stay.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/backend.h"
#include "core/data/dataset.h"
#include "core/data/split.h"
#include "core/ops.h"

namespace duet {

class ResidentExamples {
 public:
  // Labels may be empty. x = pixel / divisor.
  ResidentExamples(Backend& backend, const Images& images, std::span<const std::uint8_t> labels,
                   float divisor);
  const Examples& examples() const { return examples_; }

 private:
  Memory memory_;
  Examples examples_;
};

// The order of a split's rows as in the file; a row is the row in the file.
class ResidentOrder {
 public:
  ResidentOrder(Backend& backend, const Split& rows);
  Vec<std::uint32_t> order() const { return order_; }

 private:
  Memory memory_;
  Vec<std::uint32_t> order_;
};

}  // namespace duet
