// What the double found wrong. A finding is never only printed: whoever ends a test asks for all of them, and
// a process that ends with findings nobody took prints them and ends with status 86, where it would have
// ended with 0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace duet::cuda_double {

enum class Check {
  bounds,         // outside every allocation, or of memory that was given back
  uninitialised,  // nobody wrote what is read
  race,           // two accesses of a word, one of them a write, in no order
  barrier,  // threads of a block that will never meet at a barrier; lanes missing from a warp's operation
  misaligned,
  launch,       // a grid, a block or shared memory that no device has
  unsupported,  // what the double does not know: never passed over in silence
  misuse,       // what the documents forbid: a handle given back twice, a float where TF32 is due
  leak,         // what is left when the process ends
};
std::string_view name_of(Check check);

struct Report {
  Check check;
  std::string text;  // one line: what, which kernel and thread, source line where the PTX has it
};

// From any thread. The same text twice before it is taken is one report. Of one work 20 are kept, and that
// there were more.
void report(Check check, std::string text);
std::vector<Report> take_reports();  // oldest first; none is left

}  // namespace duet::cuda_double
