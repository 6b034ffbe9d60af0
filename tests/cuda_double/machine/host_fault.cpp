#include "tests/cuda_double/machine/host_fault.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "tests/cuda_double/machine/device_memory.h"

namespace duet::cuda_double {
namespace {

struct sigaction before;

// The faulting instruction runs again on return, and then `before` decides. The fault is one of the host's
// own code, not of the double's, so no lock of it is held.
void explain(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<Address>(info->si_addr);
  const DeviceMemory& memory = DeviceMemory::instance();
  if (memory.owns(address)) {
    char where[160], text[256];
    const auto said =
        fmt::format_to_n(text, sizeof text, "double of CUDA: host code touched device memory at {:#x}, {}\n",
                         address, memory.describe(address, where));
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, said.size);
  }
  sigaction(SIGSEGV, &before, nullptr);
}

}  // namespace

void explain_host_faults() {
  struct sigaction action {};
  action.sa_sigaction = explain;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, &before);
}

}  // namespace duet::cuda_double
