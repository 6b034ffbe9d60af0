#include <fmt/format.h>

#include <cstdlib>

#include "tests/cuda_double/ptx/decoder.h"
#include "tests/cuda_double/ptx/module.h"
#include "tests/cuda_double/ptx/places.h"
#include "tests/cuda_double/ptx/text.h"

namespace duet::cuda_double {
namespace ptx {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(text) {}
  Module parse();

 private:
  void read_global(std::string_view word, bool is_extern);
  void skip_braces();
  void skip_function();
  void read_file();
  Kernel read_kernel();
  void read_parameters(Kernel& kernel, Decoder& decoder);
  void read_limits(Kernel& kernel, Decoder& decoder);
  void read_body(Decoder& decoder);
  void read_directive(Decoder& decoder, std::string_view word);
  void read_registers(Decoder& decoder);
  void read_place(Decoder& decoder);
  void read_label_or_statement(Decoder& decoder);

  Tokens tokens_;
  Module module_;
  std::map<std::string_view, Declaration> variables_;  // outside of kernels
  Places places_;
  std::shared_ptr<std::vector<SourcePlace>> source_ = std::make_shared<std::vector<SourcePlace>>();
};

Module Parser::parse() {
  for (bool is_extern = false; tokens_.peek().kind != Token::end;) {
    const std::string_view word = tokens_.take_word();
    if (word == ".extern") {
      is_extern = true;
    } else if (word == ".entry") {
      Kernel kernel = read_kernel();
      module_.kernels[kernel.name] = std::move(kernel);
    } else if (word != ".visible" && word != ".weak" && word != ".common") {
      read_global(word, is_extern);
      is_extern = false;
    }
  }
  // The table of files stands behind the kernels.
  *source_ = places_.resolve();
  return std::move(module_);
}

void Parser::read_global(std::string_view word, bool is_extern) {
  if (word == ".version" || word == ".address_size") {
    tokens_.take_word();
  } else if (word == ".target") {
    const std::string_view target = tokens_.take_word();  // sm_90a
    if (!target.starts_with("sm_")) tokens_.fail(fmt::format("target {}", target));
    module_.target = std::atoi(std::string(target.substr(3)).c_str());
    while (tokens_.take_if(",")) tokens_.take_word();
  } else if (word == ".file") {
    read_file();
  } else if (word == ".func") {
    skip_function();
  } else if (word == ".section") {
    tokens_.take_word();
    skip_braces();
  } else if (word == ".global" || word == ".const" || word == ".shared") {
    Declaration variable = read_declaration(tokens_, word);
    variable.is_extern = is_extern;
    variables_[variable.name] = variable;
    while (!tokens_.take_if(";")) tokens_.take();  // what it begins with
  } else {
    tokens_.fail(fmt::format("directive {}", word));
  }
}

void Parser::skip_braces() {
  tokens_.expect("{");
  for (int depth = 1; depth > 0;) {
    const Token token = tokens_.take();
    if (token.kind == Token::end) tokens_.fail("'}' is missing");
    depth += token.is("{") ? 1 : token.is("}") ? -1 : 0;
  }
}

// Declared or defined: a kernel that calls it is refused for its call.
void Parser::skip_function() {
  while (!tokens_.peek().is("{")) {
    if (tokens_.take_if(";")) return;
    if (tokens_.take().kind == Token::end) tokens_.fail("a function without end");
  }
  skip_braces();
}

void Parser::read_file() {
  const auto number = static_cast<std::size_t>(tokens_.take_number());
  const std::string name(tokens_.take().text);
  while (tokens_.take_if(",")) tokens_.take_number();  // its time and size
  places_.name_file(number, name);
}

Kernel Parser::read_kernel() {
  Kernel kernel;
  Decoder decoder(variables_);
  kernel.name = tokens_.take_word();
  if (tokens_.take_if("(")) read_parameters(kernel, decoder);
  read_limits(kernel, decoder);
  read_body(decoder);
  if (const auto label = decoder.names().unresolved(); !label.empty())
    tokens_.fail(fmt::format("no label {}", label));
  auto code = std::make_shared<Code>(decoder.finish());
  kernel.static_shared = code->static_shared;
  code->places = source_;
  kernel.code = std::move(code);
  return kernel;
}

void Parser::read_parameters(Kernel& kernel, Decoder& decoder) {
  while (!tokens_.take_if(")")) {
    if (!kernel.parameters.empty()) tokens_.expect(",");
    tokens_.expect(".param");
    const Declaration parameter = read_declaration(tokens_, ".param");
    const std::size_t offset =
        (kernel.parameter_bytes + parameter.alignment - 1) / parameter.alignment * parameter.alignment;
    kernel.parameters.push_back({offset, parameter.bytes});
    kernel.parameter_bytes = offset + parameter.bytes;
    decoder.names().declare_variable(parameter.name, {Space::param, offset});
  }
}

// What stands between the parameters and the body.
void Parser::read_limits(Kernel& kernel, Decoder& decoder) {
  while (!tokens_.peek().is("{")) {
    const Token directive = tokens_.take();
    std::vector<long long> numbers;
    if (directive.is(".pragma")) {
      tokens_.take();
      tokens_.expect(";");
      continue;
    }
    do numbers.push_back(tokens_.take_number());
    while (tokens_.take_if(","));
    if (directive.is(".maxntid") || directive.is(".reqntid")) {
      kernel.most_threads = 1;
      for (const long long number : numbers) kernel.most_threads *= static_cast<std::uint32_t>(number);
    } else if (!directive.is(".minnctapersm") && !directive.is(".maxnreg")) {
      decoder.refuse(directive.line, directive.text);
    }
  }
}

void Parser::read_body(Decoder& decoder) {
  tokens_.expect("{");
  decoder.open_scope();
  for (int depth = 1; depth > 0;) {
    const Token& next = tokens_.peek();
    if (next.kind == Token::end) tokens_.fail("a kernel without end");
    if (tokens_.take_if("{")) {
      decoder.open_scope();
      ++depth;
    } else if (tokens_.take_if("}")) {
      decoder.close_scope();
      --depth;
    } else if (next.is("@")) {
      decoder.add(read_statement(tokens_));
    } else if (next.text.starts_with('.')) {
      read_directive(decoder, tokens_.take_word());
    } else {
      read_label_or_statement(decoder);
    }
  }
}

void Parser::read_label_or_statement(Decoder& decoder) {
  const Token word = tokens_.take();
  if (!tokens_.take_if(":")) return decoder.add(read_statement(tokens_, word));
  if (!tokens_.take_if(".branchtargets")) return decoder.label(word.text);
  std::vector<std::string_view> labels;
  do labels.push_back(tokens_.take_word());
  while (tokens_.take_if(","));
  tokens_.expect(";");
  decoder.branch_table(word.text, labels);
}

void Parser::read_directive(Decoder& decoder, std::string_view word) {
  const int line = tokens_.peek().line;
  if (word == ".loc") return read_place(decoder);
  if (word == ".reg") {
    read_registers(decoder);
  } else if (word == ".pragma") {
    tokens_.take();
  } else if (word == ".shared" || word == ".local") {
    decoder.declare(read_declaration(tokens_, word));
  } else {
    decoder.refuse(line, word);
    while (!tokens_.peek().is(";")) tokens_.take();
  }
  tokens_.expect(";");
}

// .reg .b32 %r<9>, single;
void Parser::read_registers(Decoder& decoder) {
  const int line = tokens_.peek().line;
  const std::string_view name = tokens_.take_word();
  const auto type = type_named(name.substr(1));
  if (!type) decoder.refuse(line, fmt::format("registers of type {}", name));
  do {
    const std::string_view prefix = tokens_.take_word();
    const bool is_many = tokens_.take_if("<");
    const long long count = is_many ? tokens_.take_number() : 1;
    if (is_many) tokens_.expect(">");
    if (!type) continue;
    if (is_many) {
      decoder.names().declare_registers(prefix, *type, static_cast<std::uint32_t>(count));
    } else {
      decoder.names().declare_register(prefix, *type);
    }
  } while (tokens_.take_if(","));
}

// .loc 1 18 3, function_name $L__info_string0+12, inlined_at 1 28 3
void Parser::read_place(Decoder& decoder) {
  const auto read_position = [this] {
    const auto file = static_cast<int>(tokens_.take_number()), line = static_cast<int>(tokens_.take_number());
    return Places::Position{file, line, static_cast<int>(tokens_.take_number())};
  };
  const Places::Position position = read_position();
  if (!tokens_.take_if(",")) return decoder.place(places_.add(position, nullptr));
  tokens_.expect("function_name");
  tokens_.take_word();
  if (tokens_.take_if("+")) tokens_.take_number();
  tokens_.expect(",");
  tokens_.expect("inlined_at");
  const Places::Position outer = read_position();
  decoder.place(places_.add(position, &outer));
}

}  // namespace
}  // namespace ptx

Module parse_ptx(std::string_view text) { return ptx::Parser(text).parse(); }

}  // namespace duet::cuda_double
