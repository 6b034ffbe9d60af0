// A figure as a file: SVG, or PNG made of it.
#pragma once

#include "report/svg.h"
#include "tools/output_file.h"

namespace duet {

// Before the work is done. Throws Error(usage) where the name ends in neither .svg nor .png, Error(other)
// where a file is in the way.
void check_figure_file(const OutputFile& file);

// Throws Error(other). A PNG has two pixels for one of the figure's units.
void write_figure(const Svg& figure, const OutputFile& file);

}  // namespace duet
