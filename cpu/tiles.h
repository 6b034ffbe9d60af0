// A matrix cut into tiles, by its shape alone.
#pragma once

#include <algorithm>

namespace duet::cpu {

struct Tile {
  int row, column, rows, width;
};

class TileGrid {
 public:
  TileGrid(int rows, int width, int tile_rows, int tile_width)
      : rows_(rows), width_(width), tile_rows_(tile_rows), tile_width_(tile_width) {}

  int down() const { return (rows_ + tile_rows_ - 1) / tile_rows_; }
  int across() const { return (width_ + tile_width_ - 1) / tile_width_; }
  int count() const { return down() * across(); }
  // Tiles of one column of tiles follow each other: they share a panel of the right-hand matrix.
  Tile operator[](int i) const {
    const int row = i % down() * tile_rows_, column = i / down() * tile_width_;
    return {row, column, std::min(tile_rows_, rows_ - row), std::min(tile_width_, width_ - column)};
  }

 private:
  int rows_, width_, tile_rows_, tile_width_;
};

// The register tiles of all kernels divide this many columns.
inline constexpr int panel_width = 64;

}  // namespace duet::cpu
