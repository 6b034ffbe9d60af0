#include "report/html.h"

#include <fmt/format.h>

#include "report/svg.h"

namespace duet {
namespace {

std::string class_attribute(std::string_view classes) {
  return classes.empty() ? std::string() : fmt::format(" class=\"{}\"", classes);
}

}  // namespace

std::string html(std::string_view element, std::string_view text, std::string_view classes) {
  return fmt::format("<{0}{1}>{2}</{0}>\n", element, class_attribute(classes), escape(text));
}

// A region of its own that scrolls where a phone is too narrow, so keys must reach it.
std::string html_table(std::string_view caption, const std::vector<HtmlColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows) {
  std::string text = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\">\n<table>\n<thead><tr>",
      escape(caption));
  for (const HtmlColumn& column : columns) {
    text += fmt::format("<th scope=\"col\"{}>{}</th>", class_attribute(column.classes), escape(column.head));
  }
  text += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : rows) {
    text += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string classes = class_attribute(columns[i].classes);
      text += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", classes, escape(row[i]))
                     : fmt::format("<td{}>{}</td>", classes, escape(row[i]));
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table>\n</div>\n";
}

}  // namespace duet
