// What surely happens before what. Everything that is put into a stream has a place in that stream's line; a
// clock says, for each line, up to which place all is surely done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace duet::cuda_double {

struct Place {
  std::uint32_t line = 0;      // of a stream
  std::uint32_t position = 0;  // from 1
  bool operator==(const Place&) const = default;
};

class Clock {
 public:
  bool covers(const Place& place) const {
    return place.line < upto_.size() && place.position <= upto_[place.line];
  }
  void include(const Place& place) {
    if (place.line >= upto_.size()) upto_.resize(place.line + 1);
    upto_[place.line] = std::max(upto_[place.line], place.position);
  }
  void include(const Clock& other) {
    for (std::uint32_t line = 0; line < other.upto_.size(); ++line) include({line, other.upto_[line]});
  }

 private:
  std::vector<std::uint32_t> upto_;  // by line
};

}  // namespace duet::cuda_double
