// Split expressions, as in TensorFlow Datasets: "train", "test", "train[10000:]", "train[:10000]",
// "train[10%:20%]".
#pragma once

#include <string>
#include <string_view>

#include "core/data/dataset.h"

namespace duet {

// Examples first .. first+count-1 of one part, in file order.
struct Split {
  Part part = Part::train;
  int first = 0, count = 0;
  bool operator==(const Split&) const = default;
};

// The part that an expression names; checks the syntax alone. Throws Error(usage).
Part part_of(std::string_view expression);

// `available` is the number of examples in the part. Percentages round to the nearest row. Throws
// Error(usage) when the slice is malformed, out of range or empty; `what` names the option in the message.
Split parse_split(std::string_view expression, int available, std::string_view what);

std::string to_string(const Split& split);  // "train[10000:60000]"

}  // namespace duet
