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

// `what` names the option in messages. Both throw Error(usage).

// The part that an expression names; checks the syntax alone.
Part part_of(std::string_view expression, std::string_view what);

// `available` is the number of examples in the part. Percentages round to the nearest row. Fails when the
// slice is malformed, out of range or empty.
Split parse_split(std::string_view expression, int available, std::string_view what);

std::string to_string(const Split& split);  // "train[10000:60000]"

}  // namespace duet
