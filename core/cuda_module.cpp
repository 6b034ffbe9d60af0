#include "core/cuda_module.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "core/error.h"
#include "core/version.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

constexpr const char* place = "lib/duet/duet-cuda.so";

// In a build tree, and where the program is installed in bin/. Never by a search that the working folder or
// the environment has a say in.
fs::path find_module() {
  const fs::path program_folder = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& folder : {program_folder, program_folder.parent_path()}) {
    std::error_code unreadable;
    if (fs::exists(folder / place, unreadable)) return folder / place;
  }
  fail(ErrorKind::device, "the CUDA module is not installed: there is no {} in {} or beside it", place,
       program_folder.string());
}

// dlopen() begins with the library's name where one is missing: "libcublasLt.so.13: cannot open ...".
void* open(const fs::path& path) {
  if (void* const opened = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return opened;
  const std::string why = dlerror();
  const std::string library = why.substr(0, why.find(':'));
  if (why.find("cannot open shared object file") != std::string::npos && library != path.string()) {
    fail(ErrorKind::device, "{} was not found, which {} needs", library, path.string());
  }
  fail(ErrorKind::device, "{} cannot be opened: {}", path.string(), why);
}

// Before anything large is loaded on a machine that has no GPU.
void check_driver() {
  if (dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL) == nullptr) {
    fail(ErrorKind::device, "no NVIDIA driver was found: there is no libcuda.so.1");
  }
}

void* find(void* opened, const char* name, const fs::path& path) {
  if (void* const found = dlsym(opened, name)) return found;
  fail(ErrorKind::device, "{} is no CUDA module: it has no {}", path.string(), name);
}

const CudaModule& load() {
  const fs::path path = find_module();
  check_driver();
  void* const opened = open(path);
  const std::string its_build = *static_cast<const char* const*>(find(opened, cuda_module_build_id, path));
  if (its_build != build_id) {
    fail(ErrorKind::device, "{} is of another build ({}) than this program ({}); install both anew",
         path.string(), its_build, build_id);
  }
  return *reinterpret_cast<const CudaModule* (*)()>(find(opened, cuda_module_function, path))();
}

}  // namespace

const CudaModule& cuda_module() {
  static const CudaModule& module = load();  // after a failure the next call tries again
  return module;
}

}  // namespace duet
