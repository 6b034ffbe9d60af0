// What a page is made of beside its figures: tables and lists, with all text escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace duet {

struct HtmlColumn {
  std::string head;
  std::string classes;  // "number", "sum", or nothing
};

// The first cell of a row is its head.
std::string html_table(std::string_view caption, const std::vector<HtmlColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows);

// <element class="classes">text</element>
std::string html(std::string_view element, std::string_view text, std::string_view classes = {});

}  // namespace duet
