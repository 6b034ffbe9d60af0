// Prints the GFLOP/s of multiply-adds on all processors at once, right now: on a shared machine the rates
// before and after a measurement say whether it was disturbed.
#include <cstdio>
#include <thread>

#include "benchmarks/machine.h"

int main() {
  const int processors = static_cast<int>(std::thread::hardware_concurrency());  // in the affinity mask
  using std::chrono_literals::operator""ms;
  std::printf("%.1f\n", duet::machine::multiply_add_rate(duet::machine::widest(), processors, 50ms) / 1e9);
}
