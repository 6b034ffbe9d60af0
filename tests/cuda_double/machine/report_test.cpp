// Reports are kept until somebody takes them, and a process that ends with some fails.
#include "tests/cuda_double/machine/report.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/cuda_double/machine/work.h"

namespace duet::cuda_double {
namespace {

bool speaks_last = false;
__attribute__((destructor)) void speak_last() {
  if (speaks_last) report(Check::leak, "one allocation");
}

std::vector<std::string> texts_taken() {
  std::vector<std::string> texts;
  for (const Report& finding : take_reports()) texts.push_back(finding.text);
  return texts;
}

TEST(Reports, AreTakenOnceOldestFirstAndNoTextTwice) {
  report(Check::race, "b");
  report(Check::bounds, "a");
  report(Check::race, "b");
  const std::vector<Report> taken = take_reports();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].text, "b");
  EXPECT_EQ(name_of(taken[0].check), "race");
  EXPECT_EQ(name_of(taken[1].check), "bounds");
  EXPECT_TRUE(take_reports().empty());
  report(Check::race, "b");
  EXPECT_EQ(texts_taken(), std::vector<std::string>{"b"}) << "what was taken may come again";
}

TEST(Reports, OfAWorkAreTwentyAndThatThereWereMore) {
  for (const WorkNumber number : {1u, 2u}) {
    const Work work{number, "flood " + std::to_string(number), nullptr};
    const Running running(work);
    for (int i = 0; i < 50; ++i) report(Check::race, work.name + ", " + std::to_string(i));
  }
  const std::vector<std::string> texts = texts_taken();
  ASSERT_EQ(texts.size(), 42u);
  EXPECT_EQ(texts[19], "flood 1, 19");
  EXPECT_EQ(texts[20], "flood 1: and more, which are not listed");
  EXPECT_EQ(texts[41], "flood 2: and more, which are not listed");
  for (int i = 0; i < 50; ++i) report(Check::misuse, std::to_string(i));
  EXPECT_EQ(texts_taken().size(), 50u) << "of no work";
}

TEST(Works, TheInnermostRunsAndNamesStay) {
  EXPECT_EQ(Running::now(), nullptr);
  {
    const Work outer{11, "outer", nullptr}, inner{12, "inner", nullptr};
    const Running first(outer);
    {
      const Running second(inner);
      EXPECT_EQ(Running::now(), &inner);
    }
    EXPECT_EQ(Running::now(), &outer);
  }
  EXPECT_EQ(Running::now(), nullptr);
  EXPECT_EQ(name_of_work(12), "inner");
}

using ReportsAtTheEnd = testing::Test;

TEST(ReportsAtTheEnd, MakeTheProcessFail) {
  const auto end = [](int status) {
    report(Check::race, "nobody took this");
    std::exit(status);
  };
  EXPECT_EXIT(end(0), testing::ExitedWithCode(86), "double of CUDA: race: nobody took this\n");
  EXPECT_EXIT(end(3), testing::ExitedWithCode(3), "double of CUDA: race: nobody took this\n");
}

TEST(ReportsAtTheEnd, CountWhereHandlersAndDestructorsMakeThem) {
  const auto handler = [] {
    std::atexit([] { report(Check::leak, "one allocation"); });
    std::exit(0);
  };
  EXPECT_EXIT(handler(), testing::ExitedWithCode(86), "double of CUDA: leak: one allocation\n");
  const auto destructor = [](int status) {
    speaks_last = true;
    std::exit(status);
  };
  EXPECT_EXIT(destructor(0), testing::ExitedWithCode(86), "double of CUDA: leak: one allocation\n");
  EXPECT_EXIT(destructor(3), testing::ExitedWithCode(3), "double of CUDA: leak: one allocation\n");
}

TEST(ReportsAtTheEnd, NoneChangesNoStatus) {
  const auto end = [](int status) {
    report(Check::race, "taken");
    take_reports();
    std::exit(status);
  };
  EXPECT_EXIT(end(0), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(end(3), testing::ExitedWithCode(3), "");
}

}  // namespace
}  // namespace duet::cuda_double
