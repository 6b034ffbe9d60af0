// What a watch may know of an epoch in progress, on a backend as slow to do what it is told as a GPU: it only
// notes the steps, does one each time it is looked at, and shows what the look before asked for.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <thread>

#include "core/trainer.h"
#include "core/unwrap.h"
#include "tests/small_data.h"

namespace duet::test {
namespace {

class LateBackend final : public Backend {
 public:
  DeviceInfo info() const override { return {"late", "none", 0}; }
  Preferences prefers() const override { return {}; }
  FreeMemory free_memory() override { return {SIZE_MAX}; }
  Memory allocate(std::size_t bytes) override {
    const std::size_t size = (bytes / 256 + 1) * 256;
    auto* const data = static_cast<std::byte*>(std::aligned_alloc(256, size));
    std::memset(data, 0, size);
    return {Ptr<std::byte>(data), std::shared_ptr<void>(data, std::free)};
  }
  void copy_in(Ptr<std::byte> to, std::span<const std::byte> from) override {
    told_.push_back([to, kept = std::vector<std::byte>(from.begin(), from.end())] {
      if (!kept.empty()) std::memcpy(unwrap(to), kept.data(), kept.size());
    });
  }
  void copy_out(std::span<std::byte> to, Ptr<const std::byte> from) override {
    wait();
    if (!to.empty()) std::memcpy(to.data(), unwrap(from), to.size());
  }
  void peek(std::span<std::byte> to, Ptr<const std::byte> from) override {
    ++looks;
    if (!seen_.empty()) std::memcpy(to.data(), seen_.data(), to.size());
    std::this_thread::sleep_for(time_of_step);
    do_next();
    seen_.assign(unwrap(from), unwrap(from) + to.size());
  }
  std::size_t bytes_to_compile(std::span<const Op>) override { return 0; }
  std::unique_ptr<Executable> compile(std::span<const Op> step) override {
    return std::make_unique<Program>(*this, std::vector<Op>(step.begin(), step.end()));
  }
  void wait() override {
    while (!told_.empty()) do_next();
    seen_.clear();
  }

  int looks = 0;
  std::chrono::milliseconds time_of_step{0};

 private:
  class Program final : public Executable {
   public:
    Program(LateBackend& backend, std::vector<Op> ops) : backend_(backend), ops_(std::move(ops)) {}
    void run(int first, int count) override {
      for (int step = first; step < first + count; ++step) {
        for (const Op& op : ops_) {
          const auto* const o = std::get_if<SoftmaxCrossEntropy>(&op);
          if (o == nullptr) continue;
          backend_.told_.push_back([result = unwrap(o->results.data) + step,
                                    rows = static_cast<std::uint32_t>(o->logits.rows),
                                    &done = backend_.done_] {
            *result = {static_cast<float>(++done), 0, rows};
          });
        }
      }
    }

   private:
    LateBackend& backend_;
    std::vector<Op> ops_;
  };

  void do_next() {
    if (told_.empty()) return;
    told_.front()();
    told_.pop_front();
  }

  std::deque<std::function<void()>> told_;
  std::vector<std::byte> seen_;
  int done_ = 0;  // steps, whose losses are 1, 2, 3 ... over all epochs
};

constexpr int examples = 40, batch = 4, steps = examples / batch;

Trainer make_trainer(LateBackend& backend) {
  const LabelledImages data = small_data(examples, 2, 3, 3);
  const ResidentExamples on_device(backend, data.images, data.labels, 255);
  return Trainer(backend, {.batch = batch}, {on_device, {Part::train, 0, examples}},
                 {on_device, {Part::train, 0, 0}}, glorot_layers({6, 3}, 1));
}

TEST(KnownResults, AreThoseOfTheFirstStepsOfThisEpoch) {
  LateBackend backend;
  Trainer trainer = make_trainer(backend);
  for (int epoch = 0; epoch < 3; ++epoch) {
    int most = 0;
    const Watch watch = [&](const Progress& progress) {
      for (int look = 0; look < 2; ++look) {
        const std::span<const Result> known = trainer.known_results();
        EXPECT_LE(static_cast<int>(known.size()), progress.steps_done);
        for (std::size_t i = 0; i < known.size(); ++i) {
          EXPECT_EQ(known[i].loss, static_cast<float>(epoch * steps) + static_cast<float>(i + 1));
          EXPECT_EQ(known[i].seen, std::uint32_t{batch});
        }
        most = std::max(most, static_cast<int>(known.size()));
      }
      return true;
    };
    ASSERT_EQ(trainer.run_epoch(watch, Looks::yes), EpochEnd::completed);
    EXPECT_GT(most, 0);
    const double mean = epoch * steps + (steps + 1) / 2.0;  // of all its steps, known in time or not
    EXPECT_DOUBLE_EQ(trainer.report().train.loss, mean);
  }
}

TEST(KnownResults, NobodyLooksUnlessAsked) {
  LateBackend backend;
  Trainer trainer = make_trainer(backend);
  ASSERT_EQ(trainer.run_epoch([](const Progress&) { return true; }), EpochEnd::completed);
  EXPECT_EQ(backend.looks, 0);
}

// A device that has been given all of an epoch is still watched, and can be stopped.
TEST(KnownResults, TheWatchGoesOnWhileTheDeviceWorks) {
  LateBackend backend;
  backend.time_of_step = std::chrono::milliseconds(50);
  Trainer trainer = make_trainer(backend);
  bool is_all_given = false;
  int last_seen = 0;
  const Watch watch = [&](const Progress& progress) {
    last_seen = progress.steps_done;
    const bool goes_on = !is_all_given || last_seen < 3;
    is_all_given = is_all_given || last_seen == steps;
    return goes_on;
  };
  EXPECT_EQ(trainer.run_epoch(watch, Looks::yes), EpochEnd::stopped);
  EXPECT_EQ(last_seen, 3);
}

}  // namespace
}  // namespace duet::test
