// A checkpoint comes back as it was kept; one that is damaged, or is none, is refused.
#include "core/checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "core/error.h"
#include "core/mlp.h"
#include "core/model/model.h"
#include "tests/scratch_folder.h"

namespace duet::test {
namespace {

std::vector<Layer> layers(std::uint64_t seed) { return glorot_layers({6, 5, 3}, seed); }

Checkpoint within_an_epoch() {
  return {.state = {.epoch = 2,
                    .step = 2,
                    .layers = layers(1),
                    .mean = layers(2),
                    .variance = layers(3),
                    .last_good = layers(4),
                    .results = {{0.5F, 100, 128}, {std::numeric_limits<float>::infinity(), 0, 44}}},
          .training = R"({"seed":22})"};
}

bool same(const std::vector<Layer>& a, const std::vector<Layer>& b) {
  bool same = a.size() == b.size();
  for (std::size_t l = 0; same && l < a.size(); ++l) {
    same = a[l].inputs == b[l].inputs && a[l].outputs == b[l].outputs && a[l].activation == b[l].activation &&
           a[l].weight == b[l].weight && a[l].bias == b[l].bias;
  }
  return same;
}

class CheckpointFile : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "checkpoint"; }
  // What loading the file fails with, or nothing.
  std::string fault() const {
    try {
      load_checkpoint(file());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::model);
      return error.what();
    }
    return "";
  }

 private:
  ScratchFolder folder_;
};

TEST_F(CheckpointFile, ComesBackAsItWas) {
  const Checkpoint kept = within_an_epoch();
  save_checkpoint(kept, file());
  const Checkpoint loaded = load_checkpoint(file());
  EXPECT_EQ(loaded.state.epoch, 2);
  EXPECT_EQ(loaded.state.step, 2);
  EXPECT_EQ(loaded.training, kept.training);
  EXPECT_TRUE(same(loaded.state.layers, kept.state.layers));
  EXPECT_TRUE(same(loaded.state.mean, kept.state.mean));
  EXPECT_TRUE(same(loaded.state.variance, kept.state.variance));
  EXPECT_TRUE(same(loaded.state.last_good, kept.state.last_good));
  ASSERT_EQ(loaded.state.results.size(), 2U);
  // The loss to the bit. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison)
  EXPECT_EQ(std::memcmp(loaded.state.results.data(), kept.state.results.data(), 2 * sizeof(Result)), 0);
}

TEST_F(CheckpointFile, OfTheBeginningHasWeightsAlone) {
  save_checkpoint({.state = {.layers = layers(1)}, .training = "{}"}, file());
  const TrainerState state = load_checkpoint(file()).state;
  EXPECT_TRUE(same(state.layers, layers(1)));
  EXPECT_TRUE(state.mean.empty() && state.variance.empty() && state.last_good.empty() &&
              state.results.empty());
}

// As 0.1.0 left it, read by Python: of a network 16-3-2-3, in step 2 of 2 of epoch 3.
TEST(GoldenCheckpoint, OfFormat1) {
  const TrainerState state =
      load_checkpoint(DUET_GOLDEN_FILES "/checkpoint-format-1-of-0.1.0.safetensors").state;
  EXPECT_EQ(state.epoch, 3);
  EXPECT_EQ(state.step, 1);
  ASSERT_EQ(state.layers.size(), 3U);
  EXPECT_EQ(state.layers[0].inputs, 16);
  EXPECT_EQ(state.layers[2].outputs, 3);
  EXPECT_EQ(state.layers[0].weight[1], 0x1.1527d8p-2F);
  EXPECT_EQ(state.mean[0].bias[0], -0x1.7e90f8p-7F);
  EXPECT_EQ(state.variance[1].weight[0], 0x1.652f66p-17F);
  EXPECT_EQ(state.last_good[2].bias[1], 0x1.e6ca5p-6F);
  ASSERT_EQ(state.results.size(), 1U);
  EXPECT_EQ(state.results[0].loss, 0x1.8cd998p-1F);
  EXPECT_EQ(state.results[0].correct, 85U);
  EXPECT_EQ(state.results[0].seen, 125U);
}

TEST_F(CheckpointFile, AnythingElseIsRefused) {
  EXPECT_NE(fault().find("checkpoint: "), std::string::npos) << "a file that is not there: " << fault();
  save_model({.layers = layers(1), .height = 2, .width = 3, .class_names = {"a", "b", "c"}, .training = "{}"},
             file());
  EXPECT_NE(fault().find("not a checkpoint of duet"), std::string::npos) << fault();

  Checkpoint wrong = within_an_epoch();
  wrong.state.variance.pop_back();
  save_checkpoint(wrong, file());
  EXPECT_NE(fault().find("the sizes of its variance are not those of its layers"), std::string::npos)
      << fault();

  wrong = within_an_epoch();
  wrong.state.results.pop_back();
  save_checkpoint(wrong, file());
  EXPECT_NE(fault().find("not one result for each of its 2 steps"), std::string::npos) << fault();
}

TEST_F(CheckpointFile, CutOffAnywhereIsRefused) {
  save_checkpoint(within_an_epoch(), file());
  const auto size = std::filesystem::file_size(file());
  for (const std::uintmax_t length :
       {std::uintmax_t{0}, std::uintmax_t{7}, std::uintmax_t{100}, size / 2, size - 1}) {
    save_checkpoint(within_an_epoch(), file());
    std::filesystem::resize_file(file(), length);
    EXPECT_NE(fault(), "") << length;
  }
}

TEST_F(CheckpointFile, AnyFlippedBitIsRefused) {
  save_checkpoint(within_an_epoch(), file());
  std::fstream bytes(file(), std::ios::in | std::ios::out | std::ios::binary);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file()));
  const auto flip = [&](std::streamoff place) {
    bytes.seekg(place);
    const int byte = bytes.get();
    bytes.seekp(place);
    bytes.put(static_cast<char>(byte ^ 1 << place % 8)).flush();
  };
  for (std::streamoff place = 0; place < size; place += 3) {
    flip(place);
    EXPECT_NE(fault(), "") << place;
    flip(place);
  }
  EXPECT_EQ(fault(), "");
}

}  // namespace
}  // namespace duet::test
