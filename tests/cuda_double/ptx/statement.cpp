#include "tests/cuda_double/ptx/statement.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstdlib>
#include <string>
#include <utility>

namespace duet::cuda_double::ptx {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t digits(Tokens& tokens, std::string_view text, int base) {
  if (!text.empty() && text.back() == 'U') text.remove_suffix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) tokens.fail(fmt::format("number '{}'", text));
  return number;
}

// 12, 0x1f, 0b101, 017, 0f3F800000 and 0d3FF0000000000000 (floats by their bits), 1.5
Operand read_number(Tokens& tokens, bool negative) {
  const std::string_view text = tokens.take_word();
  Operand operand;
  const char prefix = text.size() > 2 && text[0] == '0' ? text[1] : '\0';
  if (prefix == 'f' || prefix == 'F') {
    operand.kind = Operand::real;
    operand.value =
        double{std::bit_cast<float>(static_cast<std::uint32_t>(digits(tokens, text.substr(2), 16)))};
  } else if (prefix == 'd' || prefix == 'D') {
    operand.kind = Operand::real;
    operand.value = std::bit_cast<double>(digits(tokens, text.substr(2), 16));
  } else if (text.find('.') != text.npos) {
    operand.kind = Operand::real;
    operand.value = std::strtod(std::string(text).c_str(), nullptr);
  } else {
    operand.kind = Operand::integer;
    const bool hexadecimal = prefix == 'x' || prefix == 'X', binary = prefix == 'b' || prefix == 'B';
    const bool octal = text.size() > 1 && text[0] == '0' && is_digit(text[1]);
    operand.number = static_cast<std::int64_t>(digits(tokens, hexadecimal || binary ? text.substr(2) : text,
                                                      hexadecimal ? 16
                                                      : binary    ? 2
                                                      : octal     ? 8
                                                                  : 10));
  }
  if (negative) {
    operand.number = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(operand.number));
    operand.value = -operand.value;
  }
  return operand;
}

Operand read_operand(Tokens& tokens);

std::vector<Operand> read_list(Tokens& tokens, std::string_view close) {
  std::vector<Operand> list;
  while (!tokens.take_if(close)) {
    if (!list.empty()) tokens.expect(",");
    list.push_back(read_operand(tokens));
  }
  return list;
}

// [base], [base+12], [base+-12], [12]
Operand read_address(Tokens& tokens) {
  Operand operand = read_operand(tokens);
  if (operand.kind != Operand::name && operand.kind != Operand::integer) tokens.fail("an address");
  operand.kind = Operand::address;
  tokens.expect("]");
  return operand;
}

Operand read_operand(Tokens& tokens) {
  Operand operand;
  for (const auto& [open, close] : {std::pair{"{", "}"}, {"(", ")"}}) {
    if (!tokens.take_if(open)) continue;
    operand.kind = Operand::list;
    operand.parts = read_list(tokens, close);
    return operand;
  }
  if (tokens.take_if("[")) return read_address(tokens);
  operand.negated = tokens.take_if("!");
  const bool negative = tokens.take_if("-");
  if (tokens.peek().text.empty()) tokens.fail("an operand is missing");
  if (is_digit(tokens.peek().text[0])) return read_number(tokens, negative);
  operand.text = tokens.take_word();
  if (tokens.take_if("+")) {
    operand.number = read_number(tokens, tokens.take_if("-")).number;
  } else if (tokens.take_if("|")) {
    Operand pair;
    pair.kind = Operand::pair;
    pair.parts = {operand, read_operand(tokens)};
    return pair;
  }
  return operand;
}

}  // namespace

Statement read_statement(Tokens& tokens, std::optional<Token> opcode) {
  Statement statement;
  if (!opcode && tokens.take_if("@")) {
    statement.guard_negated = tokens.take_if("!");
    statement.guard = tokens.take_word();
  }
  if (!opcode) opcode = tokens.take();
  statement.opcode = opcode->text;
  statement.line = opcode->line;
  while (!tokens.take_if(";")) {
    if (!statement.operands.empty()) tokens.expect(",");
    statement.operands.push_back(read_operand(tokens));
  }
  return statement;
}

}  // namespace duet::cuda_double::ptx
