#include "report/svg.h"

#include <fmt/format.h>
#include <nettle/base64.h>

#include <algorithm>
#include <cstdint>

#include "report/style.h"

namespace duet {
namespace {

// Hundredths of a pixel, without zeros that say nothing.
std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string title_element(std::string_view title) {
  return title.empty() ? std::string() : fmt::format("<title>{}</title>", escape(title));
}

std::string base64(std::span<const unsigned char> bytes) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  base64_encode_raw(text.data(), bytes.size(), bytes.data());
  return text;
}

// The code point that begins at text[at], and its length in bytes; length 0 where there is none.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

CodePoint code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return {};
  std::uint32_t value = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  return overlong || surrogate || value > 0x10ffff ? CodePoint{} : CodePoint{value, length};
}

bool is_xml(std::uint32_t c) {
  return c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f && c != 0xfffe && c != 0xffff);
}

// In ems. Characters of other scripts are taken for square.
double width_of(const CodePoint& c) {
  if (c.length == 0 || c.value >= 0x1100) return c.value >= 0x1f000 ? 1.4 : 1;
  if (c.value >= 0x7f) return 0.8;
  const char ascii = static_cast<char>(c.value);
  if (std::string_view("mwMW@%&").find(ascii) != std::string_view::npos) return 1;
  if (std::string_view(" ijlIJftr.,:;'|!-()[]/").find(ascii) != std::string_view::npos) return 0.4;
  return (ascii >= 'A' && ascii <= 'Z') || ascii == '<' || ascii == '>' || ascii == '=' ? 0.8 : 0.64;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point(text, at);
    if (c.length == 0 || !is_xml(c.value)) {
      out += "\xef\xbf\xbd";
    } else if (c.value == '&') {
      out += "&amp;";
    } else if (c.value == '<') {
      out += "&lt;";
    } else if (c.value == '>') {
      out += "&gt;";
    } else if (c.value == '"') {
      out += "&quot;";
    } else if (c.value == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(at, c.length);
    }
    at += std::max<std::size_t>(c.length, 1);
  }
  return out;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point(text, at);
    width += width_of(c);
    at += std::max<std::size_t>(c.length, 1);
  }
  return size * width;
}

std::string fitted(std::string_view text, double width) {
  if (text_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t next = end + std::max<std::size_t>(code_point(text, end).length, 1);
    if (text_width(text.substr(0, next)) + text_width("…") > width) break;
    end = next;
  }
  return std::string(text.substr(0, end)) + "…";
}

void Svg::line(Point from, Point to, std::string_view classes) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n", number(from.x),
                       number(from.y), number(to.x), number(to.y), classes);
}

void Svg::polyline(std::span<const Point> points, std::string_view classes) {
  body_ += "<polyline points=\"";
  for (const Point& p : points) body_ += fmt::format("{},{} ", number(p.x), number(p.y));
  body_ += fmt::format("\" class=\"{}\"/>\n", classes);
}

void Svg::rectangle(Box box, std::string_view classes, std::string_view title, double opacity) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"", number(box.x),
                       number(box.y), number(box.width), number(box.height), classes);
  if (opacity < 1) body_ += fmt::format(" fill-opacity=\"{}\"", number(opacity));
  body_ += title.empty() ? "/>\n" : fmt::format(">{}</rect>\n", title_element(title));
}

void Svg::circle(Point centre, double radius, std::string_view classes, std::string_view title) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{}\"", number(centre.x),
                       number(centre.y), number(radius), classes);
  body_ += title.empty() ? "/>\n" : fmt::format(">{}</circle>\n", title_element(title));
}

void Svg::text(Point at, std::string_view text, Anchor anchor, std::string_view classes) {
  constexpr const char* names[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  body_ +=
      fmt::format("<text x=\"{}\" y=\"{}\"{}", number(at.x), number(at.y), names[static_cast<int>(anchor)]);
  if (!classes.empty()) body_ += fmt::format(" class=\"{}\"", classes);
  body_ += fmt::format(">{}</text>\n", escape(text));
}

void Svg::vertical_text(Point at, std::string_view text) {
  body_ += fmt::format(
      "<text transform=\"translate({} {}) rotate(-90)\" text-anchor=\"middle\" class=\"soft\">{}</text>\n",
      number(at.x), number(at.y), escape(text));
}

void Svg::png(Box box, std::span<const unsigned char> file, std::string_view title) {
  body_ += fmt::format(
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"pixels\" preserveAspectRatio=\"none\" "
      "href=\"data:image/png;base64,{}\">{}</image>\n",
      number(box.x), number(box.y), number(box.width), number(box.height), base64(file),
      title_element(title));
}

void Svg::open_group(std::string_view classes, std::string_view title) {
  body_ += fmt::format("<g class=\"{}\">{}\n", classes, title_element(title));
}

void Svg::close_group() { body_ += "</g>\n"; }

std::string Svg::root(std::string_view head) const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" "
      "role=\"img\" aria-label=\"{2}\">\n{3}{4}</svg>\n",
      number(width_), number(height_), escape(label_), head, body_);
}

std::string Svg::element() const { return root(""); }

std::string Svg::file() const {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
         root(fmt::format("<style>\n{}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
                          chart_css));
}

}  // namespace duet
