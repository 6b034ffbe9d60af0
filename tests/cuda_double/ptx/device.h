// What the tests of this folder do with a device: memory with values, and kernels run as works that are all
// in order.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/cuda_double/machine/device_memory.h"
#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/ptx/grid.h"
#include "tests/cuda_double/ptx/module.h"

namespace duet::cuda_double {

inline Work next_work(std::string name) {
  static WorkNumber number = 0;
  return {++number, std::move(name), [](WorkNumber) { return true; }};
}

template <class T>
class Buffer {
 public:
  // Nobody has written it.
  explicit Buffer(std::size_t size)
      : size_(size), begin_(*DeviceMemory::instance().allocate(size * sizeof(T))) {}
  explicit Buffer(const std::vector<T>& values) : Buffer(values.size()) {
    const Work work = next_work("upload");
    const Running running(work);
    std::memcpy(DeviceMemory::instance().writable(begin_, size_ * sizeof(T)), values.data(),
                size_ * sizeof(T));
  }
  ~Buffer() { DeviceMemory::instance().free(begin_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* get() const { return reinterpret_cast<T*>(begin_); }  // for kernels
  std::vector<T> values() const {
    const Work work = next_work("download");
    const Running running(work);
    std::vector<T> values(size_);
    std::memcpy(values.data(), DeviceMemory::instance().readable(begin_, size_ * sizeof(T)),
                size_ * sizeof(T));
    return values;
  }

 private:
  std::size_t size_;
  Address begin_;
};

struct Shape {
  std::array<std::uint32_t, 3> blocks{1, 1, 1}, threads{1, 1, 1};
  std::size_t dynamic_shared = 0;
  Schedule schedule{};
};

template <class... Arguments>
Ended run(const Kernel& kernel, const Shape& shape, const Arguments&... arguments) {
  std::vector<std::byte> parameters(kernel.parameter_bytes);
  std::size_t i = 0;
  [[maybe_unused]] const auto put = [&](const auto& argument) {
    const Parameter& parameter = kernel.parameters.at(i++);
    if (parameter.bytes != sizeof argument) throw std::invalid_argument("an argument of another size");
    std::memcpy(parameters.data() + parameter.offset, &argument, sizeof argument);
  };
  (put(arguments), ...);
  if (i != kernel.parameters.size()) throw std::invalid_argument("too few arguments");
  const Work work = next_work(kernel.name);
  const Running running(work);
  return run_kernel({&kernel, shape.blocks, shape.threads, shape.dynamic_shared, parameters, shape.schedule});
}

inline Module module_of_file(const std::string& name) {
  std::ifstream file(std::string(DUET_PTX_FOLDER) + "/" + name);
  if (!file) throw std::runtime_error("no file " + name);
  std::stringstream text;
  text << file.rdbuf();
  return parse_ptx(text.str());
}

inline std::vector<std::string> texts_of_reports() {
  std::vector<std::string> texts;
  for (const Report& each : take_reports())
    texts.push_back(std::string(name_of(each.check)) + ": " + each.text);
  return texts;
}

// One kernel, k, with .param .u64 out first; %i is the thread in its block, %n in the grid, and %at is
// where out[%n], a word, lies.
inline Module module_of_body(const std::string& body, const std::string& parameters = "",
                             const std::string& outside = "") {
  return parse_ptx(
      ".version 9.0\n.target sm_75\n.address_size 64\n" + outside + "\n.entry k(.param .u64 out" +
      parameters +
      ") {\n.reg .u32 %i, %n, %d, %t<8>; .reg .u64 %at, %u<8>; .reg .pred %p<8>; .reg .f32 %f<8>;\n"
      "mov.u32 %t0, %ctaid.x; mov.u32 %t1, %ntid.x; mov.u32 %i, %tid.x; mad.lo.u32 %n, %t0, %t1, %i;\n"
      "ld.param.u64 %at, [out]; mad.wide.u32 %at, %n, 4, %at;\n" +
      body + "\nret;\n}\n");
}

inline const std::string store = " st.global.u32 [%at], %d;";
inline constexpr Shape one_warp{.threads = {32, 1, 1}};

using U32 = std::uint32_t;
using Results = std::vector<U32>;  // of all threads

template <class F>
Results expected(U32 size, F of) {
  Results results;
  for (U32 i = 0; i < size; ++i) results.push_back(of(i));
  return results;
}

// What all threads of a grid leave in out.
template <class... Arguments>
Results results_of(const Module& module, const Shape& shape, const Arguments&... arguments) {
  const Buffer<U32> out(Results(shape.blocks[0] * shape.threads[0], 0xdead));
  EXPECT_EQ(run(module.kernels.at("k"), shape, out.get(), arguments...), Ended::well);
  EXPECT_EQ(texts_of_reports(), std::vector<std::string>{});
  return out.values();
}

// The one whose mangled name has `part` in it.
inline const Kernel& kernel_of(const Module& module, std::string_view part) {
  for (const auto& [name, kernel] : module.kernels) {
    if (name.find(part) != name.npos) return kernel;
  }
  throw std::runtime_error("no kernel " + std::string(part));
}

}  // namespace duet::cuda_double
