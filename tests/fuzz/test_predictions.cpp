// The first byte says how many classes there are.
#include "report/test_predictions.h"

#include "tests/fuzz/target.h"

namespace duet::fuzz {

void read(std::span<const std::uint8_t> input) {
  const int classes = 1 + take<std::uint8_t>(input);
  const MemoryFile file(input);
  try_to([&] {
    const std::string csv = to_csv(read_test_predictions(file.path(), classes));
    const MemoryFile again({reinterpret_cast<const std::uint8_t*>(csv.data()), csv.size()});
    require(to_csv(read_test_predictions(again.path(), classes)) == csv);
  });
}

}  // namespace duet::fuzz
