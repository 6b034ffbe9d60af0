// The words of a PTX text, one after another.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace duet::cuda_double::ptx {

struct Token {
  enum Kind { word, string, sign, end } kind = end;
  std::string_view text;  // a string's without its quotes
  int line = 0;
  bool is(std::string_view other) const { return kind != string && text == other; }
};

// Words are names, numbers, opcodes with all their modifiers (ld.global.v4.f32) and directives (.reg);
// every other character is a sign by itself. Comments are left out.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) { advance(); }
  const Token& peek() const { return next_; }
  Token take() {
    const Token token = next_;
    advance();
    return token;
  }
  bool take_if(std::string_view text) {
    const bool there = next_.is(text);
    if (there) advance();
    return there;
  }
  void expect(std::string_view text);  // throws where something else comes
  std::string_view take_word();
  long long take_number();
  [[noreturn]] void fail(const std::string& what) const;

 private:
  void advance();
  void skip_blanks();

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  Token next_;
};

}  // namespace duet::cuda_double::ptx
