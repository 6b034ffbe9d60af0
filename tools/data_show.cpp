// duet data show: examples as pictures, in the terminal or as one PNG.
#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/picture.h"
#include "core/data/split.h"
#include "tools/console.h"
#include "tools/data.h"
#include "tools/json_text.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/terminal_picture.h"

namespace duet {
namespace {

struct Options {
  std::string data, data_dir, split = "train";
  OutputFile output;
  int count = 9;
  bool json = false;
};

Picture picture_of(const Images& images, int row) {
  const auto pixels = images.image(row);
  return {images.height, images.width, {pixels.begin(), pixels.end()}};
}

std::string class_name(const DatasetLocation& location, int label) {
  const auto i = static_cast<std::size_t>(label);
  return i < location.class_names.size() ? location.class_names[i] : std::to_string(label);
}

// All pictures in rows on a grey ground, each pixel enlarged to a square so that small images can be seen.
Picture contact_sheet(const std::vector<Tile>& tiles) {
  constexpr int border = 8, smallest = 112;
  const int height = tiles.front().picture.height, width = tiles.front().picture.width;
  const int zoom = std::max(1, smallest / std::max(height, width));
  const int count = static_cast<int>(tiles.size());
  const int across = static_cast<int>(std::ceil(std::sqrt(count))), down = (count + across - 1) / across;
  const int step_y = height * zoom + border, step_x = width * zoom + border;
  Picture sheet{down * step_y + border, across * step_x + border, {}};
  check_picture_size(sheet.height, sheet.width, "a sheet of so many pictures");
  sheet.grey.assign(static_cast<std::size_t>(sheet.height) * sheet.width, 96);
  for (int i = 0; i < count; ++i) {
    const int top = border + i / across * step_y, left = border + i % across * step_x;
    for (int y = 0; y < height * zoom; ++y)
      for (int x = 0; x < width * zoom; ++x)
        sheet.grey[static_cast<std::size_t>(top + y) * sheet.width + left + x] =
            tiles[i].picture.grey[static_cast<std::size_t>(y / zoom) * width + x / zoom];
  }
  return sheet;
}

void write_sheet(const std::vector<Tile>& tiles, const Options& options) {
  // A lone example as it is, for duet predict and other programs.
  const Picture picture = tiles.size() == 1 ? tiles.front().picture : contact_sheet(tiles);
  write_output_file(options.output, encode_png(picture));
  if (tiles.size() == 1) {
    talk("1 example in {}\n", options.output.path);
  } else {
    talk("{} examples, row by row, in {}\n", tiles.size(), options.output.path);
  }
}

void show(const Options& options) {
  const Part part = part_of(options.split, "--split");
  if (!options.output.path.empty()) check_output_file(options.output);
  const DatasetLocation location = find_dataset(options.data, options.data_dir);
  const LabelledImages examples = load_part(location, part);
  const Split split = parse_split(options.split, examples.images.count, "--split");

  std::vector<Tile> tiles;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (int row = split.first; row < split.first + std::min(split.count, options.count); ++row) {
    const int label = examples.labels[static_cast<std::size_t>(row)];
    const std::string name = class_name(location, label);
    tiles.push_back({picture_of(examples.images, row), fmt::format("{}: {}", row, name)});
    rows.push_back({{"row", row}, {"label", label}, {"class", name}});
  }
  if (!options.output.path.empty()) write_sheet(tiles, options);
  if (options.json) {
    nlohmann::ordered_json object{{"data", location.name}, {"split", to_string(split)}, {"examples", rows}};
    object["output"] =
        options.output.path.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(options.output.path);
    result("{}\n", json_text(object));
  } else if (options.output.path.empty()) {
    write_result(draw(tiles, terminal_columns(), terminal_shading()));
  }
}

}  // namespace

Action add_data_show(CLI::App& data) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(data, "show", "Show examples as pictures");
  add_data_argument(command, options->data);
  add_text(command, "--split", options->split, "EXPR", "Which examples, as in test or train[10000:]");
  add_integer(command, "--count", options->count, {1, 1000}, "How many");
  add_output_file(command, options->output, "Write one PNG of them; a lone one pixel for pixel");
  add_data_dir(command, options->data_dir);
  add_flag(command, "--json", options->json, "Print one JSON object, without the pictures");
  return [options] { show(*options); };
}

}  // namespace duet
