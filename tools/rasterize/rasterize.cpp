// duet-rasterize SCALE: reads an SVG from standard input and writes it to standard output as a PNG on white,
// SCALE pixels a unit, exit status 0; or writes there the reason why it could not, exit status 1. Nothing
// that the SVG refers to is loaded.
#include <cairo.h>
#include <fmt/format.h>
#include <librsvg/rsvg.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/write_all.h"

namespace {

template <auto function>
struct Call {
  template <class T>
  void operator()(T* object) const {
    function(object);
  }
};
using Svg = std::unique_ptr<RsvgHandle, Call<g_object_unref>>;
using Surface = std::unique_ptr<cairo_surface_t, Call<cairo_surface_destroy>>;
using Context = std::unique_ptr<cairo_t, Call<cairo_destroy>>;

void check(gboolean went_well, GError* error) {
  if (went_well) return;
  const std::unique_ptr<GError, Call<g_error_free>> owned(error);
  std::string message = owned->message;
  while (message.ends_with('\n')) message.pop_back();  // an XML parser's
  throw std::runtime_error(message);
}

void check(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS) throw std::runtime_error(cairo_status_to_string(status));
}

std::string read_all() {
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

cairo_status_t append(void* png, const unsigned char* data, unsigned size) {
  auto& to = *static_cast<std::string*>(png);
  to.insert(to.end(), data, data + size);
  return CAIRO_STATUS_SUCCESS;
}

std::string png_of(const std::string& text, double scale) {
  GError* error = nullptr;
  const Svg svg(rsvg_handle_new_from_data(reinterpret_cast<const guint8*>(text.data()), text.size(), &error));
  check(svg != nullptr, error);
  double width = 0, height = 0;
  if (!rsvg_handle_get_intrinsic_size_in_pixels(svg.get(), &width, &height))
    throw std::runtime_error("its width and height are not in pixels");
  // In pixels; cairo takes 32767 of them and refuses more.
  const double columns = std::ceil(width * scale), rows = std::ceil(height * scale);
  if (!(columns >= 1 && rows >= 1 && columns <= 32767 && rows <= 32767))
    throw std::runtime_error(fmt::format("{} x {} pixels cannot be", columns, rows));
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(columns), static_cast<int>(rows)));
  const Context context(cairo_create(surface.get()));
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  const RsvgRectangle whole = {0, 0, columns, rows};
  check(rsvg_handle_render_document(svg.get(), context.get(), &whole, &error), error);
  check(cairo_status(context.get()));
  std::string png;
  check(cairo_surface_write_to_png_stream(surface.get(), append, &png));
  return png;
}

}  // namespace

int main(int argc, char** argv) {
  const double scale = argc == 2 ? std::strtod(argv[1], nullptr) : 0;
  if (!(scale > 0)) {
    fmt::print(stderr, "usage: duet-rasterize SCALE <SVG >PNG\n");
    return 2;
  }
  try {
    const bool written = duet::write_all(STDOUT_FILENO, png_of(read_all(), scale));
    std::_Exit(written ? 0
                       : 1);  // fontconfig and Pango keep what they loaded; the system takes it back sooner
  } catch (const std::exception& error) {
    duet::write_all(STDOUT_FILENO, error.what());
    return 1;
  }
}
