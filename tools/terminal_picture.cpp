#include "tools/terminal_picture.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "tools/terminal.h"

namespace duet {
namespace {

constexpr int gap = 2;  // columns between tiles

// A character covers two pixels, one above the other. Each line is exactly as wide as the picture.
std::vector<std::string> ascii_lines(const Picture& picture) {
  constexpr std::string_view shades = " .:-=+*#%@";
  const Picture flat = scale_by_area(picture, (picture.height + 1) / 2, picture.width);
  std::vector<std::string> lines;
  for (int y = 0; y < flat.height; ++y) {
    std::string line;
    for (int x = 0; x < flat.width; ++x) line += shades[flat.grey[y * flat.width + x] * shades.size() / 256];
    lines.push_back(line);
  }
  return lines;
}

// The 24 greys of terminals with 256 colours are numbers 232 to 255.
std::vector<std::string> half_block_lines(const Picture& picture) {
  const auto colour = [&](int y, int x) {
    return y < picture.height ? 232 + picture.grey[static_cast<std::size_t>(y) * picture.width + x] * 24 / 256
                              : 232;
  };
  std::vector<std::string> lines;
  for (int y = 0; y < picture.height; y += 2) {
    std::string line;
    for (int x = 0; x < picture.width; ++x)
      line += fmt::format("\x1b[38;5;{};48;5;{}m\u2580", colour(y, x), colour(y + 1, x));
    lines.push_back(line + "\x1b[0m");
  }
  return lines;
}

Picture fit(const Picture& picture, int columns) {
  if (picture.width <= columns) return picture;
  return scale_by_area(picture, std::max(1, picture.height * columns / picture.width), columns);
}

void draw_row(std::string& text, std::span<const Tile> tiles, int columns, Shading shading) {
  std::vector<std::vector<std::string>> pictures;
  std::string captions;
  for (const Tile& tile : tiles) {
    const Picture picture = fit(tile.picture, columns);
    pictures.push_back(shading == Shading::ascii ? ascii_lines(picture) : half_block_lines(picture));
    captions += fmt::format("{:<{}.{}}{:{}}", tile.caption, picture.width, picture.width, "", gap);
  }
  captions.erase(captions.find_last_not_of(' ') + 1);
  text += captions + '\n';
  for (std::size_t line = 0; line < pictures.front().size(); ++line) {
    for (std::size_t i = 0; i < pictures.size(); ++i)
      text += fmt::format("{:{}}{}", "", i > 0 ? gap : 0, pictures[i][line]);
    text += '\n';
  }
}

}  // namespace

std::string draw(const std::vector<Tile>& tiles, int columns, Shading shading) {
  std::string text;
  const int width = std::min(tiles.front().picture.width, columns);
  const auto across = static_cast<std::size_t>(std::max(1, (columns + gap) / (width + gap)));
  for (std::size_t first = 0; first < tiles.size(); first += across) {
    const std::size_t count = std::min(across, tiles.size() - first);
    if (first > 0) text += '\n';
    draw_row(text, std::span(tiles).subspan(first, count), columns, shading);
  }
  return text;
}

int terminal_columns() { return terminal_size(STDOUT_FILENO).columns; }

Shading terminal_shading() {
  return is_terminal(STDOUT_FILENO) && wants_colour() && speaks_utf8() ? Shading::half_blocks
                                                                       : Shading::ascii;
}

}  // namespace duet
