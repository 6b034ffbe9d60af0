// Where in the source an instruction comes from, by the .loc directives of a module.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/cuda_double/ptx/code.h"

namespace duet::cuda_double::ptx {

class Places {
 public:
  struct Position {
    int file, line, column;
    auto operator<=>(const Position&) const = default;
  };

  void name_file(std::size_t number, std::string path);
  // The number of a place that is inlined at another, or at none (null).
  std::uint32_t add(const Position& position, const Position* inlined_at);
  // All places by their numbers. Code of a library's header counts as of where it was inlined: what is wrong
  // is how the program uses it.
  std::vector<SourcePlace> resolve() const;

 private:
  struct Place {
    int file = 0, line = 0;
    std::uint32_t outer = 0;
  };
  std::vector<std::string> files_;
  std::vector<Place> places_{{}};           // number 0 is no place
  std::map<Position, std::uint32_t> last_;  // the last number that was given to a position
};

}  // namespace duet::cuda_double::ptx
