// The PTX of one fat binary, parsed: its kernels, and what a launch must know of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duet::cuda_double {

struct Parameter {
  std::size_t offset, bytes;  // in the block of parameters
};

struct Code;  // of a kernel, decoded (decode.h)

struct Kernel {
  std::string name;  // as mangled: what __cudaRegisterFunction calls deviceName
  std::vector<Parameter> parameters;
  std::size_t parameter_bytes = 0;    // of all
  std::size_t static_shared = 0;      // bytes
  std::uint32_t most_threads = 1024;  // of a block: .maxntid, from __launch_bounds__
  std::shared_ptr<const Code> code;
};

struct Module {
  int target = 0;  // 75 of sm_75
  std::map<std::string, Kernel, std::less<>> kernels;
};

// Throws std::runtime_error with the line where it does not understand.
Module parse_ptx(std::string_view text);

}  // namespace duet::cuda_double
