// When a checkpoint is due.
#include "tools/checkpoint_clock.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace duet::test {
namespace {

TEST(CheckpointClock, EveryEpoch) {
  CheckpointClock clock("epoch");
  EXPECT_TRUE(clock.is_due_at_epoch());
  EXPECT_FALSE(clock.is_due({.epoch = 0, .steps_done = 391, .steps = 391}));
  clock.restart(0);
  EXPECT_TRUE(clock.is_due_at_epoch());
}

TEST(CheckpointClock, ShortEpochsShareOne) {
  CheckpointClock clock("epoch");
  clock.restart(1000);  // 2 % of a day
  EXPECT_FALSE(clock.is_due_at_epoch());
}

TEST(CheckpointClock, EverySoManySteps) {
  CheckpointClock clock("500");
  EXPECT_EQ(clock.steps(), 500);
  EXPECT_TRUE(clock.is_due({.epoch = 1, .steps_done = 100, .steps = 400}));
  EXPECT_FALSE(clock.is_due({.epoch = 1, .steps_done = 400, .steps = 400}));
  clock.restart(1000);  // whoever asks for so many gets them
  EXPECT_TRUE(clock.is_due({.epoch = 1, .steps_done = 100, .steps = 400}));
  EXPECT_FALSE(clock.is_due_at_epoch());
}

TEST(CheckpointClock, EverySoManySeconds) {
  EXPECT_FALSE(CheckpointClock("1000s").is_due({.epoch = 0, .steps_done = 1, .steps = 1}));
  CheckpointClock clock("0.001s");
  while (!clock.is_due({.epoch = 0, .steps_done = 1, .steps = 1})) {}
  EXPECT_FALSE(clock.is_due_at_epoch());
}

TEST(CheckpointClock, AnythingElseSaysWhatItMayBe) {
  for (const char* every : {"", "0", "-1", "5m", "s", "0s", "epochs", "1e3"}) {
    try {
      CheckpointClock{every};
      ADD_FAILURE() << every;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_NE(std::string(error.what()).find("--checkpoint-every"), std::string::npos) << error.what();
    }
  }
  try {
    CheckpointClock{"5m"};
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "--checkpoint-every '5m' is neither 'epoch' nor a number of steps nor seconds as in '30s'");
  }
}

}  // namespace
}  // namespace duet::test
