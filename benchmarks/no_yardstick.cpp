#include "benchmarks/yardstick.h"

namespace duet::test {

bool has_yardstick() { return false; }
std::function<void()> yardstick(const Product&, std::string_view) { return {}; }

}  // namespace duet::test
