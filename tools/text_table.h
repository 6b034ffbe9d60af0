// Tables and sentences for a terminal of some width, which a file's text cannot make do anything.
#pragma once

#include <string>
#include <vector>

namespace duet {

enum class Align { left, right };

struct Column {
  std::string head;
  std::vector<std::string> cells;
  Align align = Align::right;
};

// The first column names the rows: what is too long of it is cut out of its middle, and where not all columns
// have room beside each other, the rest follows below, beside the names again.
std::string table(std::vector<Column> columns, int width);

// Lines broken between words.
std::string wrapped(const std::string& text, int width);

}  // namespace duet
