// DUET_ISA caps the kernels, and what is refused is refused with a sentence.
#include "cpu/isa.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace duet::cpu {
namespace {

TEST(Isa, BaselineIsAlwaysThereAndFirst) {
  ASSERT_FALSE(usable_kernels().empty());
  EXPECT_STREQ(usable_kernels().front()->name, "baseline");
  EXPECT_STREQ(kernels_up_to("baseline").name, "baseline");
}

TEST(Isa, WithoutACapTheBestIsTaken) { EXPECT_STREQ(kernels_up_to("").name, usable_kernels().back()->name); }

TEST(Isa, ACapGivesTheBestThatIsNotAboveIt) {
  for (const Kernels* kernels : usable_kernels()) EXPECT_EQ(&kernels_up_to(kernels->name), kernels);
  EXPECT_EQ(&kernels_up_to("avx512"), usable_kernels().back());  // also where the machine has less
}

TEST(Isa, AnotherWordIsAnError) {
  try {
    kernels_up_to("sse9");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_STREQ(error.what(), "DUET_ISA is 'sse9'; it takes baseline, avx2 or avx512");
  }
}

}  // namespace
}  // namespace duet::cpu
