// A run folder as it is read: whole, still being written, damaged, none.
#include "report/run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

constexpr const char* metrics =
    R"({"loss":0.5,"accuracy":0.75,"loss_of_batches":0.25,"accuracy_of_batches":1})";

std::string epoch_line(int epoch, const std::string& train = metrics,
                       const std::string& validation = metrics) {
  return fmt::format(
      R"({{"epoch":{},"train":{},"validation":{},"learning_rate":0.001,"examples_per_second":10.5,"seconds":2}})"
      "\n",
      epoch, train, validation);
}

class RunTest : public testing::Test {
 protected:
  ScratchFolder scratch_;
  fs::path folder_ = scratch_ / "some run";
  void SetUp() override { fs::create_directory(folder_); }

  void write(const std::string& name, const std::string& text) { write_text(folder_ / name, text); }
  void write_record(const std::string& test = R"({"loss":0.125,"accuracy":0.5})") {
    write("run.json", R"({"format":1,"data":{"classes":3},"b":1,"a":2,"test":)" + test + "}\n");
  }
  void write_model() {
    Model model;
    model.layers.push_back({1, 3, Activation::none, {1, 2, 3}, {0, 0, 0}});
    model.height = model.width = 1;
    model.class_names = {"x", "y", "z"};
    save_model(model, folder_ / "model.safetensors");
  }
  // Said without the folder's name.
  std::string fault(ErrorKind kind = ErrorKind::data) {
    try {
      load_run(folder_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      const std::string sentence = error.what();
      EXPECT_EQ(sentence.find(folder_.string()), 0U) << sentence;
      return sentence.substr(folder_.string().size());
    }
    return "no error";
  }
};

TEST_F(RunTest, Whole) {
  write_record();
  write("history.jsonl", epoch_line(0) + epoch_line(1));
  write("test_predictions.csv", "row,label,predicted,probability\n5,2,2,0.5\n6,0,1,0.75\n");
  write_model();
  for (const fs::path& folder : {folder_, folder_ / ""}) {
    const duet::Run run = load_run(folder);
    EXPECT_EQ(run.name, "some run");
    EXPECT_TRUE(run.finished());
    EXPECT_EQ(std::next(run.record.begin(), 2).key(), "b");  // as it was written
    ASSERT_EQ(run.history.size(), 2U);
    const EpochReport& epoch = run.history[1];
    EXPECT_EQ(epoch.epoch, 1);
    EXPECT_EQ(epoch.train.loss, 0.5);
    EXPECT_EQ(epoch.train.accuracy, 0.75);
    EXPECT_EQ(epoch.train.loss_of_batches, 0.25);
    EXPECT_EQ(epoch.validation->accuracy_of_batches, 1);
    EXPECT_EQ(epoch.learning_rate, 0.001);
    EXPECT_EQ(epoch.examples_per_second, 10.5);
    EXPECT_EQ(epoch.seconds, 2);
    EXPECT_EQ(run.model->class_names[2], "z");
    ASSERT_EQ(run.test->size(), 2U);
    const Evaluation evaluation = evaluation_of(run);
    EXPECT_EQ(evaluation.classes, 3);
    EXPECT_EQ(evaluation.loss, 0.125);
    EXPECT_EQ(evaluation.accuracy, 0.5);
    EXPECT_EQ(evaluation.confusion, (std::vector<std::uint32_t>{0, 1, 0, 0, 0, 0, 0, 0, 1}));
    EXPECT_EQ(evaluation.answers[1].predicted, 1);
    EXPECT_EQ(evaluation.answers[1].probability, 0.75F);
  }
}

TEST_F(RunTest, StillBeingWritten) {
  const std::string second = epoch_line(1);
  write("history.jsonl", "");
  EXPECT_TRUE(load_run(folder_).history.empty());
  for (const std::size_t written :
       {std::size_t{0}, std::size_t{1}, second.size() / 2, second.size() - 1, second.size()}) {
    write("history.jsonl", epoch_line(0) + second.substr(0, written));
    const duet::Run run = load_run(folder_);
    EXPECT_FALSE(run.finished());
    EXPECT_FALSE(run.model || run.test);
    EXPECT_EQ(run.history.size(), written == second.size() ? 2U : 1U) << written;
  }
}

TEST_F(RunTest, WithoutTestAndWithoutValidation) {
  write_record("null");
  write("history.jsonl", epoch_line(0, metrics, "null"));
  const duet::Run run = load_run(folder_);
  EXPECT_FALSE(run.history[0].validation);
  EXPECT_FALSE(run.test);
}

TEST_F(RunTest, WhatWasNotFiniteIsNotANumber) {
  write("history.jsonl",
        epoch_line(0, metrics,
                   R"({"loss":null,"accuracy":0.1,"loss_of_batches":null,"accuracy_of_batches":0})"));
  const duet::Run run = load_run(folder_);
  EXPECT_TRUE(std::isnan(run.history[0].validation->loss));
  EXPECT_EQ(run.history[0].validation->accuracy, 0.1);
}

TEST_F(RunTest, AModelAlone) {
  write_model();
  const duet::Run run = load_run(folder_);
  EXPECT_FALSE(run.finished());
  EXPECT_EQ(run.model->classes(), 3);
}

TEST_F(RunTest, NoRun) {
  EXPECT_EQ(fault(), " is not a run folder: it has neither run.json nor history.jsonl nor model.safetensors");
  fs::remove(folder_);
  EXPECT_EQ(fault(), " is not a folder: give a run folder, as 'duet train' leaves it");
  write_text(folder_, "");
  EXPECT_EQ(fault(), " is not a folder: give a run folder, as 'duet train' leaves it");
}

TEST_F(RunTest, DamagedHistory) {
  const auto fault_of = [&](const std::string& text) {
    write("history.jsonl", text);
    return fault();
  };
  EXPECT_EQ(fault_of("{}\n"), "/history.jsonl: line 1: it has no 'epoch'");
  EXPECT_EQ(fault_of(epoch_line(0) + "\n"), "/history.jsonl: line 2: it is not a JSON object");
  EXPECT_EQ(fault_of(epoch_line(0) + epoch_line(0)), "/history.jsonl: line 2: it is not about epoch 1");
  EXPECT_EQ(fault_of(epoch_line(0, "[]")), "/history.jsonl: line 1: 'train' is not a JSON object");
  EXPECT_EQ(fault_of(epoch_line(0, R"({"loss":"1"})")), "/history.jsonl: line 1: 'loss' is not a number");
  write_record("null");
  EXPECT_EQ(fault_of(epoch_line(0) + "{"), "/history.jsonl: line 2 is cut off");
}

TEST_F(RunTest, DamagedRecord) {
  write("run.json", "{\"format\":1,");
  EXPECT_EQ(fault(), "/run.json: it is not valid JSON (at its byte 13)");
  write("run.json", "{}");
  EXPECT_EQ(fault(), "/run.json: it has no 'format'");
  write("run.json", "{\"format\":2}");
  EXPECT_EQ(fault(), "/run.json: its format is 2, and this version reads 1");
}

TEST_F(RunTest, PredictionsOfAnotherRun) {
  write("test_predictions.csv", "row,label,predicted,probability\n5,2,2,0.5\n");
  write_record();
  EXPECT_EQ(fault(),
            "/test_predictions.csv is of another run: its accuracy is 1.000000, and run.json says 0.5");
  write_record("null");
  EXPECT_EQ(fault(),
            "/test_predictions.csv is of another run: its accuracy is 1.000000, and run.json says nothing");
}

TEST_F(RunTest, DamagedModelAndPredictions) {
  write_model();
  write("test_predictions.csv", "row,label,predicted,probability\n5,3,2,0.5\n");
  EXPECT_EQ(fault(), "/test_predictions.csv: line 2: label: 3 is out of range (0 to 2)");
  write("model.safetensors", "");
  EXPECT_NE(fault(ErrorKind::model), "no error");
}

}  // namespace
}  // namespace duet
