#include "tools/terminal_picture.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <sstream>

namespace duet {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Tile tile(int height, int width, const std::string& caption) {
  return {{height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(height) * width, 255)}, caption};
}

TEST(TerminalPicture, ShadesTwoPixelsInACharacter) {
  const Tile ramp{{2, 4, {0, 100, 200, 255, 0, 100, 200, 255}}, "a"};
  EXPECT_EQ(draw({ramp}, 80, Shading::ascii), "a\n -#@\n");
}

TEST(TerminalPicture, PutsAsManySideBySideAsFit) {
  const std::vector<Tile> tiles{tile(2, 3, "a"), tile(2, 3, "b"), tile(2, 3, "c")};
  EXPECT_EQ(draw(tiles, 13, Shading::ascii), "a    b    c\n@@@  @@@  @@@\n");
  EXPECT_EQ(draw(tiles, 12, Shading::ascii), "a    b\n@@@  @@@\n\nc\n@@@\n");
  EXPECT_EQ(draw(tiles, 3, Shading::ascii), "a\n@@@\n\nb\n@@@\n\nc\n@@@\n");
}

TEST(TerminalPicture, NeverIsWiderThanTheTerminal) {
  for (const int columns : {1, 2, 7, 27, 28, 29, 57, 58, 80})
    for (const std::string& line :
         lines_of(draw({tile(28, 28, "0: Ankle boot of a very long name"), tile(28, 28, "1: Bag")}, columns,
                       Shading::ascii)))
      EXPECT_LE(line.size(), static_cast<std::size_t>(columns));
}

TEST(TerminalPicture, PaintsHalfBlocks) {
  const Tile ramp{{3, 1, {0, 255, 128}}, "a"};
  EXPECT_EQ(draw({ramp}, 80, Shading::half_blocks),
            "a\n"
            "\x1b[38;5;232;48;5;255m\u2580\x1b[0m\n"
            "\x1b[38;5;244;48;5;232m\u2580\x1b[0m\n");
}

TEST(TerminalPicture, PaintsOnlyForATerminal) {
  // Tests run with standard output in a file or pipe, or else in a terminal that is told to be plain.
  setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(terminal_shading(), Shading::ascii);
}

}  // namespace
}  // namespace duet
