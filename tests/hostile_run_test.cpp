// Runs whose files are well-formed and odd: what a page and a comparison make of them. What is not of the
// type that we write is as if it were missing.
#include <gtest/gtest.h>

#include <cmath>

#include "report/page.h"
#include "report/run.h"
#include "report/scale.h"
#include "tools/run_comparison.h"

namespace duet {
namespace {

duet::Run run_of(const std::string& record) {
  duet::Run run;
  run.name = "odd";
  run.record = nlohmann::ordered_json::parse(record);
  return run;
}

TEST(HostileRun, FactsOfAnotherType) {
  const RunSummary summary = summarize(run_of(
      R"({"device":7,"precision":[],"epochs":1e300,"seconds":"long","configuration":{"sizes":[1e300,-1,"x"]}})"));
  EXPECT_FALSE(summary.device || summary.precision || summary.seconds);
  EXPECT_EQ(summary.epochs, 0);  // those of its history
  EXPECT_FALSE(summary.hidden || summary.parameters);
  EXPECT_EQ(summarize(run_of(R"({"epochs":18446744073709551615})")).epochs, 0);
  EXPECT_EQ(summarize(run_of(R"({"epochs":-1})")).epochs, 0);
}

TEST(HostileRun, ConfusionOfAnotherType) {
  for (const char* confusion :
       {"7", "\"text\"", "{\"a\":[1]}", "[7]", "[[-1]]", "[[0.5]]", "[[1,18446744073709551615]]"}) {
    EXPECT_FALSE(summarize(run_of(fmt::format(R"({{"test":{{"confusion":{}}}}})", confusion))).test)
        << confusion;
  }
}

TEST(HostileRun, ClassesOfAnotherType) {
  const std::vector<duet::Run> runs = {run_of(R"({"data":{"classes":3}})"),
                                       run_of(R"({"data":{"classes":1e300}})")};
  EXPECT_NO_THROW(check_comparable(runs));
}

TEST(HostileRun, FilesOfAnotherType) {
  for (const char* files : {"7", "{\"a\":1,\"b\":2,\"c\":3}", "[7,8,9]"}) {
    duet::Run run = run_of(fmt::format(R"({{"data":{{"test":"test","files":{}}}}})", files));
    run.test = {{.row = 0, .label = 1, .predicted = 1, .probability = 1}};
    EXPECT_TRUE(pairs_with_first({run, run}).front().test) << files;
  }
}

TEST(HostileRun, SecondsOfAnotherTypeOnItsPage) {
  const std::string seconds = "from start to kept model";
  const RunData none{.data = {}, .missing = "it is not there"};
  EXPECT_NE(report_page(run_of(R"({"seconds":2})"), none).find(seconds), std::string::npos);
  EXPECT_EQ(report_page(run_of(R"({"seconds":"long"})"), none).find(seconds), std::string::npos);
}

// Else there would be no end of ticks.
TEST(HostileRun, ValuesThatDifferInTheLastBit) {
  const double low = 0.1, high = std::nextafter(low, 1);
  const Limits limits = enclosing(low, high, 5);
  ASSERT_GT(limits.high - limits.low, 0.05);
  EXPECT_LT(ticks(limits.low, limits.high, 5).size(), 12U);
}

}  // namespace
}  // namespace duet
