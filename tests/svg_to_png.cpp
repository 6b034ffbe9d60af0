// The program's rasterize() by itself: SCALE, an SVG on standard input, a PNG on standard output.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/data/file.h"
#include "core/error.h"
#include "tools/rasterize.h"

int main(int, char** arguments) {
  try {
    const duet::Bytes svg = duet::read_stream(STDIN_FILENO, std::size_t{1} << 30, "standard input");
    const std::string_view text(reinterpret_cast<const char*>(svg.data()), svg.size());
    const duet::Bytes png = duet::rasterize(text, std::strtod(arguments[1], nullptr));
    return std::fwrite(png.data(), 1, png.size(), stdout) == png.size() ? 0 : 1;
  } catch (const duet::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_code();
  }
}
