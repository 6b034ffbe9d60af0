// From the statements of a kernel to its code: names become places of registers, numbers become registers
// that hold them, labels become targets.
#pragma once

#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/cuda_double/ptx/code.h"
#include "tests/cuda_double/ptx/declaration.h"
#include "tests/cuda_double/ptx/names.h"
#include "tests/cuda_double/ptx/statement.h"

namespace duet::cuda_double::ptx {

// What the double does not know. Its kernel is kept, and refused when it is started.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Decoder {
 public:
  // `outside`: what the module declares.
  explicit Decoder(const std::map<std::string_view, Declaration>& outside) : outside_(outside) {}

  Names& names() { return names_; }
  void open_scope() { names_.open(); }
  void close_scope() { names_.close(code_.instructions); }
  void declare(const Declaration& variable);
  void label(std::string_view name) {
    names_.label(name, static_cast<std::int64_t>(code_.instructions.size()));
  }
  void branch_table(std::string_view name, const std::vector<std::string_view>& labels);
  // In the source, of what follows (places.h); 0 changes nothing.
  void place(std::uint32_t number) { place_ = number != 0 ? number : place_; }
  void add(const Statement& statement);
  void refuse(int line, std::string_view what);  // the kernel, when it is started
  Code finish();

  // For Line.
  std::uint32_t constant(std::size_t size, std::uint64_t bits);
  std::uint32_t special(Special what, std::size_t size);
  const Variable* find_variable(std::string_view name);
  Instruction& emit();
  void branch_from_last(std::string_view label) { names_.branch(label, code_.instructions.size() - 1); }

 private:
  const std::map<std::string_view, Declaration>& outside_;
  Names names_;
  Code code_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::uint32_t> constants_;
  std::map<std::pair<std::size_t, Special>, std::uint32_t> specials_;
  std::uint32_t place_ = 0;
  int ptx_line_ = 0;
};

}  // namespace duet::cuda_double::ptx
