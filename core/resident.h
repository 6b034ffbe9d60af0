// Examples put on a backend, where they stay.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/backend.h"
#include "core/data/dataset.h"
#include "core/data/split.h"
#include "core/layout.h"
#include "core/ops.h"

namespace duet {

// What ResidentExamples books. Labels may be none.
Examples book_examples(Arena& arena, const Images& images, std::size_t labels, float divisor);
// The same of ResidentOrder.
Vec<std::uint32_t> book_order(Arena& arena, const Split& rows);

// Copies share the memory.
class ResidentExamples {
 public:
  // Labels may be empty. x = pixel / divisor.
  ResidentExamples(Backend& backend, const Images& images, std::span<const std::uint8_t> labels,
                   float divisor);
  // Takes the pixels away from the host on the way, so that they are never held twice.
  ResidentExamples(Backend& backend, Images&& images, std::span<const std::uint8_t> labels, float divisor);
  const Examples& examples() const { return examples_; }
  int largest_label() const { return largest_label_; }  // -1 without labels

 private:
  // Makes room for the pixels, and returns where it is; everything else is done.
  Ptr<std::uint8_t> prepare(Backend& backend, const Images& images, std::span<const std::uint8_t> labels,
                            float divisor);

  Memory memory_;
  Examples examples_;
  int largest_label_ = -1;
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
