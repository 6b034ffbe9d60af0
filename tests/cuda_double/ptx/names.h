// What the names of a kernel stand for. A name that is declared in inner braces is gone behind them, and
// hides an outer one.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/cuda_double/ptx/code.h"
#include "tests/cuda_double/ptx/types.h"

namespace duet::cuda_double::ptx {

struct Register {
  std::uint32_t at;  // as in Instruction::at
  Type type;
};

struct Variable {
  Space space;
  std::uint64_t address = 0;
  bool is_dynamic = false;  // extern __shared__: an address that the launch knows
};

class Names {
 public:
  Names() : scopes_(1) {}
  void open() { scopes_.emplace_back(); }
  void close(std::vector<Instruction>& code);  // resolves the branches whose labels it knows

  std::uint32_t allocate(Type type, std::size_t count = 1);
  std::size_t register_bytes() const { return register_bytes_; }
  void declare_register(std::string_view name, Type type);
  void declare_registers(std::string_view prefix, Type type, std::uint32_t count);  // prefix0, prefix1 ...
  void declare_variable(std::string_view name, Variable variable) {
    scopes_.back().variables[name] = variable;
  }
  const Register* find_register(std::string_view name);        // null: there is none
  const Variable* find_variable(std::string_view name) const;  // null: there is none

  void label(std::string_view name, std::int64_t instruction) { scopes_.back().labels[name] = instruction; }
  void branch(std::string_view label, std::size_t by) { scopes_.back().branches.emplace_back(label, by); }
  // When all that was opened is closed: a label that is nowhere, or empty.
  std::string_view unresolved() const {
    return scopes_[0].branches.empty() ? std::string_view() : scopes_[0].branches[0].first;
  }

 private:
  struct Range {
    Type type;
    std::uint32_t first, count;
  };
  struct Scope {
    std::map<std::string_view, Register> registers;
    std::map<std::string_view, Range> ranges;  // by prefix
    std::map<std::string_view, Variable> variables;
    std::map<std::string_view, std::int64_t> labels;
    std::vector<std::pair<std::string_view, std::size_t>> branches;
  };
  std::vector<Scope> scopes_;
  std::size_t register_bytes_ = 0;
};

}  // namespace duet::cuda_double::ptx
