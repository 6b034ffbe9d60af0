// Writes SVG: shapes with classes of chart.css, and text that is escaped here and nowhere else. Units are
// pixels of a screen; x goes right, y goes down.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace duet {

struct Point {
  double x = 0, y = 0;
};
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

enum class Anchor { start, middle, end };

// Text of the user's, or of a file, as XML and HTML show it. What is no UTF-8, or no character of XML,
// becomes U+FFFD.
std::string escape(std::string_view text);

// About as wide as `text` is in a font of `size` pixels, or a little more: as in DejaVu Sans, which is wide.
double text_width(std::string_view text, double size = 12);

// As much of `text` as that many pixels hold, with an ellipsis where some was cut.
std::string fitted(std::string_view text, double width);

class Svg {
 public:
  // `label` is what a reader who cannot see it is told.
  Svg(double width, double height, std::string label)
      : width_(width), height_(height), label_(std::move(label)) {}

  void line(Point from, Point to, std::string_view classes);
  void polyline(std::span<const Point> points, std::string_view classes);
  // `title` is shown under the pointer.
  void rectangle(Box box, std::string_view classes, std::string_view title = {}, double opacity = 1);
  void circle(Point centre, double radius, std::string_view classes, std::string_view title = {});
  void text(Point at, std::string_view text, Anchor anchor = Anchor::start, std::string_view classes = {});
  void vertical_text(Point at, std::string_view text);                                  // upwards, centred
  void png(Box box, std::span<const unsigned char> file, std::string_view title = {});  // each pixel a square
  // What is drawn between them belongs together, and shows `title`.
  void open_group(std::string_view classes, std::string_view title);
  void close_group();

  std::string element() const;  // for a page that has chart.css
  std::string file() const;     // on its own, with chart.css and a ground

  double width() const { return width_; }
  double height() const { return height_; }

 private:
  std::string root(std::string_view head) const;

  double width_, height_;
  std::string label_, body_;
};

}  // namespace duet
