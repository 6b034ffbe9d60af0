#include "core/printable.h"

#include <gtest/gtest.h>

namespace duet {
namespace {

TEST(Printable, LeavesTextOfAnyLanguage) {
  for (const char* text :
       {"", "a b", "\u00a0 Zebra, \u00e9, \u4e2d\u6587, \u05d0", "\u202f\u2030\u206a", "\xff\xe2\x80"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, TakesWhatATerminalMightObey) {
  EXPECT_EQ(printable(std::string("\x1b[31m\a\0\x7f\t\n", 10)), "?[31m?????");
  EXPECT_EQ(printable("a\u009b2J\u0080"), "a?2J?");
  EXPECT_EQ(printable("\u202a\u202ecod.exe\u2066\u2069"), "??cod.exe??");
}

TEST(Printable, KeepsWhatItIsToldTo) { EXPECT_EQ(printable("a\n\tb", "\n"), "a\n?b"); }

TEST(ShellWord, IsOneWordThatIsNoOption) {
  EXPECT_EQ(shell_word("runs/20260101-120000-mnist"), "runs/20260101-120000-mnist");
  EXPECT_EQ(shell_word("a b'c"), "'a b'\\''c'");
  EXPECT_EQ(shell_word("-x"), "./-x");
  EXPECT_EQ(shell_word("- $x"), "'./- $x'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace duet
