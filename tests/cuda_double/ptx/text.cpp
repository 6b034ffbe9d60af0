#include "tests/cuda_double/ptx/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace duet::cuda_double::ptx {
namespace {

bool is_of_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '%' || c == '.';
}

}  // namespace

void Tokens::fail(const std::string& what) const {
  throw std::runtime_error(fmt::format("PTX, line {}: {}", next_.line, what));
}

void Tokens::expect(std::string_view text) {
  if (!take_if(text)) fail(fmt::format("'{}' instead of '{}'", next_.text, text));
}

std::string_view Tokens::take_word() {
  if (next_.kind != Token::word) fail(fmt::format("'{}' is no word", next_.text));
  return take().text;
}

long long Tokens::take_number() {
  const std::string_view text = take_word();
  long long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) fail(fmt::format("'{}' is no number", text));
  return number;
}

void Tokens::skip_blanks() {
  const auto is_at = [this](std::string_view what) { return text_.substr(at_, what.size()) == what; };
  while (at_ < text_.size()) {
    if (text_[at_] == '\n') ++line_;
    if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    } else if (is_at("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (is_at("/*")) {
      const std::size_t end = std::min(text_.find("*/", at_), text_.size() - 2) + 2;
      line_ += static_cast<int>(std::count(text_.begin() + at_, text_.begin() + end, '\n'));
      at_ = end;
    } else {
      break;
    }
  }
}

void Tokens::advance() {
  skip_blanks();
  next_ = {Token::end, {}, line_};
  if (at_ == text_.size()) return;
  std::size_t end = at_ + 1;
  if (text_[at_] == '"') {
    end = text_.find('"', end);
    if (end == text_.npos) fail("a string without end");
    next_ = {Token::string, text_.substr(at_ + 1, end - at_ - 1), line_};
    at_ = end + 1;
    return;
  }
  next_.kind = is_of_word(text_[at_]) ? Token::word : Token::sign;
  if (next_.kind == Token::word) {
    while (end < text_.size() && (is_of_word(text_[end]) || text_.substr(end, 2) == "::")) {
      end += text_[end] == ':' ? 2 : 1;
    }
  }
  next_.text = text_.substr(at_, end - at_);
  at_ = end;
}

}  // namespace duet::cuda_double::ptx
