// One instruction while it is decoded. A builder (opcodes.h) takes the modifiers that it knows, asks for the
// registers of the operands and emits what is to run; a modifier or an operand that nobody took is not
// supported.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/cuda_double/ptx/decoder.h"

namespace duet::cuda_double::ptx {

class Line {
 public:
  Line(Decoder& decoder, const Statement& statement);

  std::string_view opcode() const { return opcode_; }
  bool take(std::string_view modifier);
  void ignore(std::initializer_list<std::string_view> modifiers);
  template <class T>
  T take_one(std::initializer_list<std::pair<std::string_view, T>> choices) {
    for (const auto& [modifier, choice] : choices) {
      if (take(modifier)) return choice;
    }
    unsupported("its modifiers");
  }
  Type take_type();                // the first one that is left
  bool has_type(Type type) const;  // among the modifiers left

  std::size_t operands() const { return statement_.operands.size(); }
  const Operand& operand(std::size_t index);
  // The register that holds the operand as a `type`: itself, or one made for it.
  std::uint32_t source(const Operand& operand, Type type);
  std::uint32_t source(std::size_t index, Type type) { return source(operand(index), type); }
  // The register that takes a result; a wider one gets it extended. "_" takes nothing.
  std::uint32_t destination(const Operand& operand, Type type);
  std::uint32_t destination(std::size_t index, Type type) { return destination(operand(index), type); }
  std::uint32_t temporary(Type type) { return decoder_.names().allocate(type); }
  std::uint32_t number(std::uint64_t bits, Type type) { return decoder_.constant(size_of(type), bits); }
  const Variable* variable(const Operand& operand) { return decoder_.find_variable(operand.text); }
  const Register* register_of(const Operand& operand) { return decoder_.names().find_register(operand.text); }

  Instruction& emit(Run run, std::initializer_list<std::uint32_t> at);  // null: not supported
  void branch_to(std::size_t index);  // of the last instruction: the label that is its target
  void finish();                      // after the builder
  [[noreturn]] void unsupported(std::string_view what) const;

 private:
  struct Extension {
    std::uint32_t to, from;
    Run run;
  };
  std::uint32_t literal(const Operand& operand, Type type);
  std::uint32_t named(const Operand& operand, Type type);

  Decoder& decoder_;
  const Statement& statement_;
  std::string_view opcode_;
  std::vector<std::string_view> modifiers_;
  std::vector<Extension> extensions_;  // behind the instruction
  std::vector<bool> taken_;            // which operands
  std::uint32_t guard_ = no_register;
};

}  // namespace duet::cuda_double::ptx
