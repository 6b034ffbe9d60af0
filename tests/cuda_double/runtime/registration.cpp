#include "tests/cuda_double/runtime/registration.h"

#include <cuda_runtime_api.h>
#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <stdexcept>

#include "tests/cuda_double/machine/report.h"
#include "tests/cuda_double/runtime/fat_binary.h"
#include "tests/cuda_double/runtime/library.h"
#include "tests/cuda_double/runtime/queue.h"

namespace duet::cuda_double {
namespace {

std::map<const void*, Function>& functions() {
  static auto& all = *new std::map<const void*, Function>;
  return all;
}

constexpr std::size_t longest_name = 60;  // templates of CUB have names of 500 letters

// "add<float>" of _ZN..3addIfEEvPT_i: without namespaces, result and parameters.
std::string short_name(const std::string& mangled) {
  int status = 0;
  char* const demangled = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : mangled;
  std::free(demangled);
  const std::string_view nameless = "(anonymous namespace)::";
  for (std::size_t at; (at = name.find(nameless)) != std::string::npos;) name.erase(at, nameless.size());
  int depth = 0;  // of <>
  std::size_t begin = 0, end = 0;
  for (; end < name.size() && (depth > 0 || name[end] != '('); ++end) {
    if (name[end] == '<') ++depth;
    if (name[end] == '>') --depth;
    if (depth == 0 && (name[end] == ' ' || name[end] == ':')) begin = end + 1;
  }
  name = name.substr(begin, end - begin);
  return name.size() <= longest_name ? name : name.substr(0, longest_name - 3) + "...";
}

cudaError_t read_module(LoadedModule& loaded) {
  try {
    const Ptx ptx = find_ptx(loaded.fat_binary, compute_capability());
    if (ptx.target == 0) return cudaErrorNoKernelImageForDevice;
    loaded.module = parse_ptx(ptx.text);
    return cudaSuccess;
  } catch (const std::runtime_error& error) {
    report(Check::unsupported, error.what());
    return cudaErrorInvalidPtx;
  }
}

}  // namespace

Function* find_function(const void* stub, cudaError_t& error) {
  const auto found = functions().find(stub);
  error = cudaErrorInvalidDeviceFunction;
  if (found == functions().end()) {
    report(Check::launch, fmt::format("no kernel was registered for {}", stub));
    return nullptr;
  }
  Function& function = found->second;
  LoadedModule& loaded = *function.module;
  if (!loaded.was_read) loaded.error = read_module(loaded);
  loaded.was_read = true;
  if (loaded.error != cudaSuccess) {
    error = loaded.error;
    return nullptr;
  }
  const auto kernel = loaded.module.kernels.find(function.device_name);
  if (kernel == loaded.module.kernels.end()) {
    report(Check::launch, fmt::format("{}: not in its file's PTX", function.name));
    return nullptr;
  }
  function.kernel = &kernel->second;
  return &function;
}

}  // namespace duet::cuda_double

using namespace duet::cuda_double;

// What nvcc's code calls (crt/host_runtime.h). A module's handle is where its fat binary is kept.
extern "C" {

void** __cudaRegisterFatBinary(void* fat_binary) {
  auto* const loaded = new std::shared_ptr<LoadedModule>(new LoadedModule{.fat_binary = fat_binary});
  return reinterpret_cast<void**>(loaded);
}

void __cudaRegisterFatBinaryEnd(void**) {}

void __cudaUnregisterFatBinary(void** handle) {
  const std::lock_guard lock(Queue::instance().mutex);
  auto* const loaded = reinterpret_cast<std::shared_ptr<LoadedModule>*>(handle);
  std::erase_if(functions(), [&](const auto& one) { return one.second.module == *loaded; });
  delete loaded;
}

void __cudaRegisterFunction(void** handle, const char* stub, char*, const char* device_name, int, uint3*,
                            uint3*, dim3*, dim3*, int*) {
  const std::lock_guard lock(Queue::instance().mutex);
  functions()[stub] = {.module = *reinterpret_cast<std::shared_ptr<LoadedModule>*>(handle),
                       .device_name = device_name,
                       .name = short_name(device_name)};
}

// Variables are the module's own affair: none of ours is copied to or from by the host.
void __cudaRegisterVar(void**, char*, char*, const char*, int, std::size_t, int, int) {}

char __cudaInitModule(void**) { return 1; }

}  // extern "C"
