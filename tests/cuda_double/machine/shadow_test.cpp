// Little stories of who accesses what, in which order, and what must be reported of each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cuda_double/machine/reports_taken.h"
#include "tests/cuda_double/machine/story.h"

namespace duet::cuda_double {
namespace {

struct Case {
  const char* about;
  const char* story;
  const char* reported;  // in this report, the only one; "": nothing is
};

void expect_reported(const Case& c, bool in_shared_memory) {
  {
    Story story(in_shared_memory);
    story.tell_all(c.story);
  }
  const std::string taken = reports_taken();
  SCOPED_TRACE(fmt::format("{} ({}){}", c.about, c.story, in_shared_memory ? ", in shared memory" : ""));
  if (*c.reported == 0) {
    EXPECT_EQ(taken, "");
  } else {
    EXPECT_NE(taken.find(c.reported), std::string::npos) << taken;
    EXPECT_EQ(taken.find('\n'), std::string::npos) << taken;
  }
}

// Of one block: they hold in shared memory, too.
constexpr Case in_a_block[] = {
    {"a thread alone", "w0.1@0 r0.1@0 w0.1@0 a0.1@0 r0.1@0", ""},
    {"different words", "w0.1@0 w0.2@4 r0.1@0 r0.2@4", ""},
    {"reads", "r0.1@0 r0.2@0 r0.99@0", ""},

    {"read after a write", "w0.1@0 r0.2@0",
     "race: kernel 2: block 0, thread 2 reads what block 0, thread 1 wrote, in no order, 0 bytes into"},
    {"write after a write", "w0.1@8 w0.40@8",
     "race: kernel 2: block 0, thread 40 writes what block 0, thread 1 wrote, in no order, 8 bytes into"},
    {"write after a read", "r0.1@0 w0.2@0", "thread 2 writes what block 0, thread 1 read,"},
    {"a barrier between", "w0.1@0 |0 r0.40@0 |0 w0.70@0", ""},
    {"a barrier before both", "|0 w0.1@0 r0.40@0", "race"},
    {"a barrier that is missing the second time", "w0.1@0 |0 r0.2@0 w0.1@0",
     "race: kernel 2: block 0, thread 1 writes what block 0, thread 2 read"},

    {"a warp's synchronisation between", "w0.1@0 ~0.0 r0.2@0 ~0.0 w0.3@0", ""},
    {"another warp's does not help", "w0.1@0 ~0.1 r0.2@0", "race"},
    {"nor does one's own against another warp", "w0.1@0 ~0.0 ~0.1 r0.40@0", "race"},
    {"lanes of one instruction", "w0.1@0 w0.2@0", "race"},

    {"several readers of a warp", "r0.1@0 r0.2@0 w0.2@0",
     "thread 2 writes what block 0, thread 2 and others read"},
    {"which then synchronises", "r0.1@0 r0.2@0 ~0.0 w0.2@0", ""},
    {"several readers of a block", "r0.1@0 r0.40@0 ~0.1 w0.40@0", "and others read"},
    {"which then passes a barrier", "r0.1@0 r0.40@0 |0 w0.40@0", ""},
    {"readers before a barrier are done", "r0.1@0 r0.40@0 |0 r0.7@0 w0.7@0", ""},
    {"readers after it are not", "r0.1@0 |0 r0.40@0 w0.1@0", "race"},
    {"the first of two readers", "r0.40@0 r0.1@0 w0.1@0", "race"},

    {"atomic operations", "a0.1@0 a0.2@0 a0.40@0", ""},
    {"atomic after a plain write", "w0.1@0 a0.2@0", "thread 2 updates what block 0, thread 1 wrote"},
    {"atomic after a plain read", "r0.1@0 a0.2@0", "race"},
    {"plain read after atomic ones", "a0.2@0 a0.1@0 r0.1@0",
     "thread 1 reads what block 0, thread 1 and others updated"},
    {"plain write after an atomic", "a0.1@0 w0.2@0", "race"},
    {"a thread's plain write, and atomics of all", "w0.1@0 a0.1@0 a0.40@0",
     "thread 40 updates what block 0, thread 1 wrote"},
    {"a thread's plain read, and atomics of all", "r0.1@0 a0.1@0 a0.40@0",
     "thread 40 updates what block 0, thread 1 read"},
    {"a plain write, a barrier, and atomics of all", "w0.1@0 |0 a0.1@0 a0.40@0", ""},
    {"a barrier after atomic ones", "a0.2@0 a0.40@0 |0 r0.1@0 w0.1@0", ""},

    {"nobody wrote it", "r0.1@32",
     "uninitialised: kernel 2: block 0, thread 1 reads what nobody wrote, 32 bytes into"},
    {"nobody wrote the end of it", "r0.1@24/16", "reads what nobody wrote, 32 bytes into"},
    {"nobody wrote what is updated", "a0.1@32", "uninitialised"},
    {"a thread wrote it", "w0.1@32/16 r0.1@44 a0.1@40", ""},
    {"two findings in one access", "w0.1@0 r0.2@0/16", "race"},

    {"bytes of a word", "w0.1@0/1 w0.2@1/1 w0.3@2/2 r0.1@0/1 r0.2@1/1", ""},
    {"bytes of a word that nobody wrote", "w0.1@32/1 w0.1@34/2 r0.1@32/1 r0.1@34/2", ""},
    {"one byte is missing", "w0.1@32/1 w0.1@34/2 r0.1@32/4",
     "uninitialised: kernel 2: block 0, thread 1 reads what nobody wrote, 33 bytes into"},
    {"one byte of a word twice", "w0.1@1/1 w0.2@1/1",
     "race: kernel 2: block 0, thread 2 writes what block 0, thread 1 wrote, in no order, 1 bytes into"},
    {"a word with a byte in it", "w0.1@0 r0.2@3/1", "race"},
    {"a byte of a word, and the word", "r0.1@3/1 w0.2@0", "race"},
    {"bytes in place", "r0.1@0/1 r0.2@1/1 w0.1@0/1 w0.2@1/1", ""},
    {"across words", "w0.1@2/4 r0.2@6/2", ""},
    {"across words, and one byte more", "w0.1@2/4 r0.2@5/2", "race"},
    {"bytes become a word again", "w0.1@0/1 w0.2@1/1 |0 w0.3@0 r0.3@2/1 r0.3@0", ""},
    {"and are forgotten", "r0.1@0/1 |0 w0.2@0 r0.3@0", "what block 0, thread 2 wrote"},
    {"after a race the word is the last writer's", "w0.1@0 w0.2@0 r0.2@0 w0.2@0", "race"},
};

TEST(Shadow, OfABlock) {
  for (const Case& c : in_a_block) {
    expect_reported(c, false);
    expect_reported(c, true);
  }
}

constexpr Case between_blocks[] = {
    {"different words", "w0.1@0 w1.1@4 |0 r0.2@0", ""},
    {"reads", "r0.1@0 r1.1@0 r2.1@0", ""},
    {"read after a write", "w0.1@0 r1.1@0", "block 1, thread 1 reads what block 0, thread 1 wrote"},
    {"write after a write", "w0.1@0 w1.1@0", "race"},
    {"write after a read", "r0.1@0 w1.1@0", "race"},
    {"write after reads, one's own last", "r0.1@0 r1.1@0 |1 w1.1@0",
     "what block 1, thread 1 and others read"},
    {"barriers do not help", "w0.1@0 |0 |1 r1.1@0", "race"},
    {"nor do a warp's", "w0.1@0 ~0.0 ~1.0 r1.1@0", "race"},
    {"atomic operations", "a0.1@0 a1.1@0 a2.1@0", ""},
    {"plain read after an atomic", "a0.1@0 r1.1@0", "race"},

    // The last block to end, 28 is the counter.
    {"one thread a block", "w0.0@0 f0.0 a0.0@28 a1.0@28 f1.0 r1.0@0", ""},
    {"and no fence behind the write", "w0.0@0 a0.0@28 a1.0@28 f1.0 r1.0@0", "race"},
    {"and the fence in front of the write", "f0.0 w0.0@0 a0.0@28 a1.0@28 f1.0 r1.0@0", "race"},
    {"and no fence in front of the read", "w0.0@0 f0.0 a0.0@28 a1.0@28 r1.0@0", "race"},
    {"and the write behind the atomic", "f0.0 a0.0@28 w0.0@0 f0.0 a1.0@28 f1.0 r1.0@0", "race"},
    {"and the counters are two", "w0.0@0 f0.0 a0.0@28 a1.0@24 f1.0 r1.0@0", "race"},
    {"and nobody counts", "w0.0@0 f0.0 r0.0@28 r1.0@28 f1.0 r1.0@0", "race"},
    {"and the reader counts first", "a1.0@28 w0.0@0 f0.0 a0.0@28 f1.0 r1.0@0", "race"},
    {"and the reader counts between two others", "f2.0 a2.0@28 a1.0@28 w0.0@0 f0.0 a0.0@28 f1.0 r1.0@0",
     "race"},
    {"and another thread than counted makes the fence", "w0.0@0 f0.0 a0.0@28 a1.0@28 f1.1 |1 r1.0@0", "race"},
    {"and the reader is another thread", "w0.0@0 f0.0 a0.0@28 a1.0@28 f1.0 r1.1@0", "race"},
    {"and the writer is", "w0.1@0 f0.1 a0.0@28 a1.0@28 f1.0 r1.0@0", "race"},
    {"one block counts twice", "w0.0@0 f0.0 a0.0@28 w0.0@4 f0.0 a0.0@28 a1.0@28 f1.0 r1.0@0/8", ""},

    {"all threads of a block",
     "w0.1@0 w0.40@4 f0.1 f0.40 |0 a0.0@28 |0 w1.1@8 f1.1 |1 a1.0@28 |1 f1.1 f1.40 r1.40@0 r1.1@4", ""},
    {"one fence behind the barrier", "w0.1@0 w0.40@4 |0 f0.0 a0.0@28 |1 a1.0@28 f1.0 |1 r1.40@0 r1.1@4", ""},
    {"no fence behind the write", "w0.1@0 |0 a0.0@28 |1 a1.0@28 |1 f1.1 r1.1@0", "race"},
    {"only the first warp's fence", "w0.40@0 f0.0 |0 a0.0@28 |1 a1.0@28 |1 f1.1 r1.1@0", "race"},
    {"no barrier before the atomic", "w0.1@0 f0.1 a0.0@28 |1 a1.0@28 |1 f1.1 r1.1@0", "race"},
    {"no barrier behind the atomic", "w0.1@0 f0.1 |0 a0.0@28 |1 a1.0@28 f1.1 r1.1@0", "race"},
    {"a write after the block has counted", "f0.0 |0 a0.0@28 |0 w0.1@0 a1.0@28 f1.0 r1.0@0", "race"},
    {"a block that did not count", "w0.0@0 f0.0 a0.0@28 w2.0@4 a1.0@28 f1.0 r1.0@4", "race"},

    {"the last of all writes what all have read",
     "r0.0@0 f0.0 a0.0@28 r1.0@0 f1.0 a1.0@28 r2.0@0 f2.0 a2.0@28 r3.0@0 f3.0 a3.0@28 f3.0 w3.0@0", ""},
    {"not the last of all does",
     "r0.0@0 f0.0 a0.0@28 r1.0@0 f1.0 a1.0@28 r3.0@0 r2.0@0 f2.0 a2.0@28 f2.0 w2.0@0", "race"},
    {"the last of all writes what one has read", "r0.0@0 f0.0 a0.0@28 a3.0@28 f3.0 w3.0@0", ""},
};

TEST(Shadow, BetweenBlocks) {
  for (const Case& c : between_blocks) expect_reported(c, false);
}

constexpr Case between_works[] = {
    {"in order", "w0.1@0 k3 r1.7@0 w1.7@0 c4 r@0/32 w@0/64 k5 r0.1@60", ""},
    {"a kernel reads what another wrote", "w0.1@0 k3!2 r0.1@0",
     "race: kernel 3: block 0, thread 1 reads what kernel 2 wrote, in no order, 0 bytes into an allocation "
     "of 64 bytes"},
    {"writes what another wrote", "w0.1@0 k3!2 w0.1@0", "writes what kernel 2 wrote"},
    {"writes what another read", "r0.1@0 k3!2 w0.1@0", "writes what kernel 2 read"},
    {"reads what another read", "r0.1@0 k3!2 r0.1@0", ""},
    {"updates what another updated", "a0.1@0 k3!2 a0.1@0", ""},
    {"reads what another updated", "a0.1@0 k3!2 r0.1@0", "race"},
    {"other words", "w0.1@0 r0.1@8 k3!2 w0.1@4", ""},

    {"a copy reads what a kernel wrote", "w0.1@4 c3!2 r@0/32",
     "race: copy 3 reads what kernel 2 wrote, in no order, 4 bytes into an allocation of 64 bytes"},
    {"a kernel writes what a copy reads", "c3 r@0/32 k4!3 w0.1@0",
     "kernel 4: block 0, thread 1 writes what copy 3 read"},
    {"a copy over a copy", "c3 w@0/16 c4!3 w@12/16",
     "copy 4 writes what copy 3 wrote, in no order, 12 bytes into"},
    {"a copy beside a copy, in one word", "c3 w@0/14 c4!3 w@14/2", ""},
    {"a copy of what nobody wrote", "c3 r@0/64",
     "uninitialised: copy 3 reads what nobody wrote, 32 bytes into an allocation of 64 bytes"},
    {"a library's call reads its own", "c3 w@32/32 r@40/8 w@40/8", ""},

    {"two readers, the first unordered", "r0.1@0 k3!2 r0.1@0 k4!2 w0.1@0", "writes what kernel 2 read"},
    {"two readers, the last unordered", "r0.1@0 k3!2 r0.1@0 k4!3 w0.1@0", "writes what kernel 3 read"},
    {"two readers, in order", "r0.1@0 k3!2 r0.1@0 k4 w0.1@0", ""},
    {"a reader of each between two of one", "r0.1@0 k3!2 r0.1@0 k4!2 r0.1@0 k5!2 w0.1@0",
     "what kernel 2 read"},
};

TEST(Shadow, BetweenWorks) {
  for (const Case& c : between_works) expect_reported(c, false);
}

}  // namespace
}  // namespace duet::cuda_double
