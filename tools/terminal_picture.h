// Pictures as text.
#pragma once

#include <string>
#include <vector>

#include "core/data/picture.h"

namespace duet {

struct Tile {
  Picture picture;
  std::string caption;  // cut to the picture's width
};

enum class Shading {
  ascii,       // ten characters from ' ' to '@', one for two pixels
  half_blocks  // upper half blocks in 24 greys, for UTF-8 terminals
};

// As many tiles side by side as fit in so many columns; a picture wider than that is scaled down.
std::string draw(const std::vector<Tile>& tiles, int columns, Shading shading);

// Of standard output.
int terminal_columns();  // 80 where it is no terminal and COLUMNS is not set
Shading terminal_shading();

}  // namespace duet
