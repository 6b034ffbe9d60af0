#include "tools/text_table.h"

#include <algorithm>
#include <span>
#include <sstream>
#include <utility>

#include "core/printable.h"

namespace duet {
namespace {

constexpr int gap = 2;  // between columns

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

// In characters of UTF-8.
int width_of(const std::string& text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), begins_character));
}

int width_of(const Column& column) {
  int width = width_of(column.head);
  for (const std::string& cell : column.cells) width = std::max(width, width_of(cell));
  return width;
}

// Where character `index` begins.
std::size_t offset_of(const std::string& text, int index) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (begins_character(text[at]) && index-- == 0) break;
  }
  return at;
}

// Runs often differ at the end of their names, so both ends stay.
std::string cut_in_the_middle(const std::string& text, int width) {
  const int length = width_of(text);
  if (length <= width) return text;
  const int kept = width - 2, front = (kept + 1) / 2;
  return text.substr(0, offset_of(text, front)) + ".." +
         text.substr(offset_of(text, length - (kept - front)));
}

std::string padded(const std::string& text, int width, Align align) {
  const std::string space(static_cast<std::size_t>(std::max(0, width - width_of(text))), ' ');
  return align == Align::left ? text + space : space + text;
}

std::string line_of(const std::vector<const Column*>& columns, int row) {
  std::string line;
  for (const Column* column : columns) {
    const std::string& cell = row < 0 ? column->head : column->cells[static_cast<std::size_t>(row)];
    if (!line.empty()) line += std::string(gap, ' ');
    line += padded(cell, width_of(*column), column->align);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
}

std::string lines_of(const std::vector<const Column*>& columns) {
  std::string text;
  for (int row = -1; row < static_cast<int>(columns.front()->cells.size()); ++row) {
    text += line_of(columns, row);
  }
  return text;
}

}  // namespace

std::string table(std::vector<Column> columns, int width) {
  for (Column& column : columns) {
    column.head = printable(column.head);
    for (std::string& cell : column.cells) cell = printable(cell);
  }
  Column& names = columns.front();
  for (std::string& name : names.cells) name = cut_in_the_middle(name, std::max(12, width / 3));
  std::string text;
  std::vector<const Column*> beside = {&names};
  int used = width_of(names);
  for (const Column& column : std::span(columns).subspan(1)) {
    const int more = gap + width_of(column);
    if (used + more > width && beside.size() > 1) {
      text += lines_of(beside) + '\n';
      beside = {&names};
      used = width_of(names);
    }
    beside.push_back(&column);
    used += more;
  }
  return text + lines_of(beside);
}

std::string wrapped(const std::string& text, int width) {
  std::istringstream words(printable(text));
  std::string lines, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && width_of(line) + 1 + width_of(word) > width) {
      lines += line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return lines + line + '\n';
}

}  // namespace duet
