#include "tools/figure_file.h"

#include "core/error.h"
#include "tools/rasterize.h"

namespace duet {
namespace {

bool is_png(const OutputFile& file) { return file.path.ends_with(".png"); }

}  // namespace

void check_figure_file(const OutputFile& file) {
  if (!is_png(file) && !file.path.ends_with(".svg")) {
    fail(ErrorKind::usage, "-o: {} ends in neither .svg nor .png, which say what to make", file.path);
  }
  check_output_file(file);
}

void write_figure(const Svg& figure, const OutputFile& file) {
  if (is_png(file)) {
    write_output_file(file, rasterize(figure.file(), 2).span());
  } else {
    const std::string text = figure.file();
    write_output_file(file, text);
  }
}

}  // namespace duet
