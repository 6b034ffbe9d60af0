// A training that goes on from its state at any step ends as one that never stopped: the same weights,
// moments, results and reports, bit for bit, for any number of threads.
#include <gtest/gtest.h>

#include <cstring>

#include "core/trainer.h"
#include "tests/backends.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

constexpr int examples = 350, held_out = 50, batch = 64;  // 5 steps an epoch, the last of 44 rows
constexpr int steps = 5, epochs = 3;

struct Ended {
  TrainerState state;
  std::vector<EpochReport> reports;
  std::vector<Result> last_results;
};

class Job {
 public:
  explicit Job(int threads, TrainerConfig config = {.batch = batch})
      : backend_(cpu_backend(threads)), config_(config) {}

  Trainer trainer(TrainerState start) {
    const ResidentExamples on_device(*backend_, data_.images, data_.labels, 255);
    return {*backend_,
            config_,
            {on_device, {Part::train, held_out, examples - held_out}},
            {on_device, {Part::train, 0, held_out}},
            std::move(start)};
  }
  TrainerState beginning() const { return {.layers = glorot_layers({30, 40, 20, 4}, 3)}; }

  // To the end, but stops where the watch has seen so many steps of all epochs.
  Ended run(TrainerState start, int stop_after = INT_MAX) {
    Trainer training = trainer(std::move(start));
    Ended ended;
    EpochEnd end = EpochEnd::completed;
    while (end == EpochEnd::completed && training.epochs_completed() < epochs) {
      end =
          training.run_epoch([&](const Progress& p) { return p.epoch * steps + p.steps_done < stop_after; });
      if (end == EpochEnd::completed) ended.reports.push_back(training.report());
    }
    ended.last_results.assign(training.step_results().begin(), training.step_results().end());
    ended.state = training.state();
    return ended;
  }

 private:
  LabelledImages data_ = small_data(examples, 5, 6, 4);
  std::unique_ptr<Backend> backend_;
  TrainerConfig config_;
};

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

void expect_same(const std::vector<Layer>& a, const std::vector<Layer>& b, const char* what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t l = 0; l < a.size(); ++l) {
    EXPECT_TRUE(same_bits(a[l].weight, b[l].weight)) << what << ' ' << l;
    EXPECT_TRUE(same_bits(a[l].bias, b[l].bias)) << what << ' ' << l;
  }
}

void expect_same(const TrainerState& a, const TrainerState& b) {
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.step, b.step);
  expect_same(a.layers, b.layers, "weights");
  expect_same(a.mean, b.mean, "means");
  expect_same(a.variance, b.variance, "variances");
}

TEST(Resume, AtEveryStepWithOtherThreadsIsAsIfItHadNotStopped) {
  const TrainerConfig config{.batch = batch, .slice_ends_at = 1};
  Job undisturbed(1);
  const Ended whole = undisturbed.run(undisturbed.beginning());
  ASSERT_EQ(whole.reports.size(), std::size_t{epochs});
  EXPECT_LT(whole.reports.back().train.loss, 1.2) << "nothing was learned, so that equal bits mean nothing";
  for (int step = 1; step < epochs * steps; ++step) {
    SCOPED_TRACE(step);
    Job first(2, config);
    const TrainerState stopped = first.run(first.beginning(), step).state;
    EXPECT_EQ(stopped.epoch * steps + stopped.step, step);
    Job second(step % 3 + 1);
    const Ended ended = second.run(stopped);
    expect_same(ended.state, whole.state);
    EXPECT_TRUE(same_bits(ended.last_results, whole.last_results));
    ASSERT_GE(ended.reports.size(), 1U);
    for (std::size_t back = 1; back <= ended.reports.size(); ++back) {
      const EpochReport &a = *(ended.reports.end() - back), &b = *(whole.reports.end() - back);
      EXPECT_EQ(a.epoch, b.epoch);
      EXPECT_EQ(a.train.loss, b.train.loss);
      EXPECT_EQ(a.validation->loss, b.validation->loss);
      EXPECT_GE(a.examples_per_second, 0);
    }
  }
}

TEST(Resume, TheWeightsOfTheLastGoodEpochComeWithIt) {
  Job job(1, {.batch = batch, .slice_ends_at = 1});
  const TrainerState at_epoch = job.run(job.beginning(), steps).state;  // all steps made, not yet validated
  EXPECT_EQ(at_epoch.step, steps);
  const TrainerState later = job.run(job.beginning(), steps + 2).state;
  EXPECT_EQ(later.step, 2);
  expect_same(later.last_good, at_epoch.layers, "weights at the end of epoch 0");
  Trainer resumed = job.trainer(later);
  expect_same(resumed.layers(), later.last_good, "what is kept where the epoch comes to nothing");
}

TEST(Resume, SlicesEndWhereTheyAreTold) {
  Job job(1, {.batch = batch, .slice_ends_at = 3});
  Trainer training = job.trainer(job.beginning());
  std::vector<int> ends;
  while (training.epochs_completed() < epochs) {
    training.run_epoch(
        [&](const Progress& p) { return ends.push_back(p.epoch * steps + p.steps_done), true; });
  }
  for (const int multiple : {3, 6, 9, 12, 15}) {
    EXPECT_TRUE(std::find(ends.begin(), ends.end(), multiple) != ends.end()) << multiple;
  }
}

}  // namespace
}  // namespace duet::test
