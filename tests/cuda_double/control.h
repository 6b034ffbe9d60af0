// What a test asks of the double. The test's program is the same on a GPU: there these functions are not to
// be found in the process, and `Double::here()` says so.
#pragma once

#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duet::cuda_double {

// Since the process began.
struct Counters {
  std::uint64_t kernels;             // run, of graphs too
  std::uint64_t library_calls;       // run, of graphs too
  std::uint64_t allocations, frees;  // of device and pinned memory
  std::uint64_t waits;               // calls that wait for the device: synchronisations, blocking copies
  std::uint64_t graph_launches;
  std::uint64_t bytes_to_host, bytes_to_device;
  std::uint64_t calls;               // of any API, as numbered for fail_at()
  std::uint64_t living_allocations;  // now
  std::uint64_t living_handles;      // streams, events, graphs, library handles and descriptors, now
};

// The shape of the graph that was instantiated last.
struct GraphShape {
  std::uint32_t nodes, kernels, library_calls;
  std::uint32_t in_a_row;  // nodes on its longest path
};

// The C functions that libcudart.so.13 of the double exports.
struct ControlTable {
  Counters (*counters)();
  GraphShape (*last_graph)();
  std::size_t (*take_report)(char* text, std::size_t size);  // 0: none is left; "race: ..." cut to size
  void (*fail_at)(std::uint64_t call);    // number `call` of the calls from now on (1: the next); 0: none
  bool (*has_failed)();                   // whether that call has come
  int (*set_schedule)(const char* text);  // as parse_schedule(); 0: understood
  void (*set_follows_accesses)(bool follow);
};
inline constexpr const char* control_symbol = "duet_cuda_double_control";  // extern "C" const ControlTable*()

// In a test.
class Double {
 public:
  static const ControlTable* here() {
    // Whoever brought the runtime into the process may have kept its names to himself, or may do so later.
    void* const runtime = dlopen("libcudart.so.13", RTLD_NOW | RTLD_NOLOAD);
    void* const found = runtime != nullptr ? dlsym(runtime, control_symbol) : nullptr;
    return found != nullptr ? reinterpret_cast<const ControlTable* (*)()>(found)() : nullptr;
  }
  static std::vector<std::string> take_reports() {
    std::vector<std::string> reports;
    char text[1024];
    while (here() != nullptr && here()->take_report(text, sizeof text) != 0) reports.emplace_back(text);
    return reports;
  }
};

}  // namespace duet::cuda_double
