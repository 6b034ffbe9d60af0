#include "tools/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <vector>

#include "core/data/sha256.h"
#include "core/error.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

Model tiny_model(float bias) {
  Model model;
  model.layers.push_back({1, 1, Activation::none, {1.0f}, {bias}});
  model.height = model.width = 1;
  model.class_names = {"only"};
  return model;
}

const std::string table_header =
    "epoch,train_loss,train_accuracy,train_loss_of_batches,train_accuracy_of_batches,validation_loss,"
    "validation_accuracy,validation_loss_of_batches,validation_accuracy_of_batches,learning_rate,"
    "examples_per_second,seconds\n";

float bias_of(const std::filesystem::path& path) { return load_model(path).layers[0].bias[0]; }

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

std::string error_of(const RunFolderRequest& request) {
  try {
    RunFolder folder(request);
    folder.appear();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::other);
    return error.what();
  }
  return "no error";
}

void make_earlier_run(const std::filesystem::path& path) {
  RunFolder run({path, "mnist"});
  run.appear();
  run.append_history({{"epoch", 0}, {"run", "earlier"}});
  run.keep(tiny_model(1), {{"seed", 1}}, "earlier answers\n");
}

// Puts the process into the scratch folder, for the default folder runs/ is relative.
class RunFolderTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::current_path(scratch_.path()); }
  void TearDown() override { std::filesystem::current_path(before_); }

 private:
  ScratchFolder scratch_;
  std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(RunFolderTest, HoldsModelRecordAndHistory) {
  {
    RunFolder run({"a/b/run/", "mnist"});
    EXPECT_FALSE(std::filesystem::exists("a/b/run"));
    run.appear();
    run.append_history({{"epoch", 0}, {"loss", 0.25}});
    EXPECT_EQ(read_text("a/b/run/history.jsonl"), "{\"epoch\":0,\"loss\":0.25}\n");  // while training goes on
    EXPECT_EQ(read_text("a/b/run/history.csv"), table_header + "0,,,,,,,,,,,\n");
    run.append_history({{"epoch", 1},
                        {"train", {{"loss", 0.1}, {"accuracy", 1.0 / 3}}},
                        {"validation", nullptr},
                        {"seconds", 1e-5}});
    run.keep(tiny_model(3), {{"seed", 22}, {"batch", 128}}, "answers\n");
  }
  EXPECT_EQ(names_in("a/b/run"), (std::set<std::string>{"history.csv", "history.jsonl", "model.safetensors",
                                                        "run.json", "test_predictions.csv"}));
  EXPECT_EQ(bias_of("a/b/run"), 3);
  EXPECT_TRUE(read_text("a/b/run/run.json")
                  .starts_with("{\n  \"seed\": 22,\n  \"batch\": 128,\n  \"checksums\": {\n"));
  EXPECT_EQ(read_text("a/b/run/history.jsonl"),
            "{\"epoch\":0,\"loss\":0.25}\n"
            "{\"epoch\":1,\"train\":{\"loss\":0.1,\"accuracy\":0.3333333333333333},\"validation\":null,"
            "\"seconds\":1e-05}\n");
  EXPECT_EQ(read_text("a/b/run/history.csv"),
            table_header + "0,,,,,,,,,,,\n1,0.1,0.3333333333333333,,,,,,,,,1e-05\n");
  EXPECT_EQ(read_text("a/b/run/test_predictions.csv"), "answers\n");
}

TEST_F(RunFolderTest, TheBestModelStandsBesideAnEarlierRunsUntilKept) {
  {
    RunFolder run({"run", "mnist"});
    run.appear();
    EXPECT_EQ(run.best_file(), "run/best.safetensors");
    save_model(tiny_model(1), run.best_file());
    run.keep(tiny_model(2), {}, "");
  }
  RunFolder next({"run", "mnist", true});
  next.appear();
  save_model(tiny_model(3), next.best_file());
  EXPECT_EQ(bias_of("run/best.safetensors"), 1);
  next.keep(tiny_model(4), {}, "");
  EXPECT_EQ(bias_of("run/best.safetensors"), 3);
}

TEST_F(RunFolderTest, TheBestModelOfAKilledReplacementIsNotTheNextOnes) {
  make_earlier_run("run");
  save_model(tiny_model(3), "run/.best.safetensors.new");
  RunFolder run({"run", "mnist", true});
  run.appear();
  run.append_history({{"epoch", 0}});
  run.keep(tiny_model(2), {{"seed", 2}}, "");
  EXPECT_FALSE(std::filesystem::exists("run/best.safetensors"));
}

TEST_F(RunFolderTest, ARecordStaysUntilATrainingThatGoesOnHasBegun) {
  make_earlier_run("run");
  const std::string record = read_text("run/run.json");
  {
    RunFolder refused("run", 1, "", std::make_unique<FolderLock>("run"));
    EXPECT_EQ(read_text("run/run.json"), record);
  }
  EXPECT_EQ(read_text("run/run.json"), record);
  RunFolder run("run", 1, "", std::make_unique<FolderLock>("run"));
  run.stay();
  EXPECT_FALSE(std::filesystem::exists("run/run.json"));
}

TEST_F(RunFolderTest, NamesItselfAfterTimeAndData) {
  RunFolder run({{}, "fashion-mnist"});
  run.appear();
  EXPECT_TRUE(std::regex_match(run.path().string(), std::regex("runs/\\d{8}-\\d{6}-fashion-mnist")))
      << run.path();
}

TEST_F(RunFolderTest, RunsOfTheSameSecondDoNotMeet) {
  std::vector<std::unique_ptr<RunFolder>> runs;
  std::set<std::string> paths;
  for (int i = 0; i < 5; ++i) {
    runs.push_back(std::make_unique<RunFolder>(RunFolderRequest{{}, "mnist"}));
    runs.back()->appear();
    paths.insert(runs.back()->path());
  }
  EXPECT_EQ(paths.size(), 5u);
}

TEST_F(RunFolderTest, LeavesNothingWhereItDidNotAppear) {
  {
    const RunFolder named({"a/b", "mnist"}), unnamed({{}, "mnist"});
    write_text(named.path() / "checkpoint", "half written");
    EXPECT_EQ(names_in("a").size(), 1u);
    EXPECT_EQ(names_in("a").begin()->front(), '.');
  }
  EXPECT_EQ(names_in("."), std::set<std::string>{});
}

TEST_F(RunFolderTest, RemovesNothingOfOthers) {
  std::filesystem::create_directory("empty");
  std::filesystem::create_directory("a");
  {
    const RunFolder in_empty({"empty", "mnist"}), nested({"a/b/c", "mnist"});
    write_text("a/b/notes.txt", "mine");
  }
  EXPECT_TRUE(std::filesystem::is_empty("empty"));
  EXPECT_EQ(names_in("a/b"), std::set<std::string>{"notes.txt"});
}

TEST_F(RunFolderTest, RefusesAnEarlierRun) {
  make_earlier_run("run");
  EXPECT_EQ(error_of({"run", "mnist"}),
            "run exists already: choose another --out, or replace it with --force");
  EXPECT_EQ(bias_of("run"), 1);
}

TEST_F(RunFolderTest, ForceReplacesAnEarlierRunOnlyWhenKept) {
  make_earlier_run("run");
  write_text("run/notes.txt", "mine");
  const auto unchanged = [] {
    return bias_of("run") == 1 && read_text("run/history.jsonl") == "{\"epoch\":0,\"run\":\"earlier\"}\n" &&
           read_text("run/history.csv") == table_header + "0,,,,,,,,,,,\n" &&
           read_text("run/test_predictions.csv") == "earlier answers\n" &&
           read_text("run/run.json").starts_with("{\n  \"seed\": 1,\n  \"checksums\": {\n");
  };
  {
    RunFolder run({"run", "mnist", true});
    run.appear();
    run.append_history({{"epoch", 0}});
    EXPECT_TRUE(unchanged());
  }
  EXPECT_TRUE(unchanged());
  EXPECT_EQ(names_in("run").size(), 6u);
  {
    RunFolder run({"run", "mnist", true});
    run.appear();
    run.append_history({{"epoch", 0}});
    run.keep(tiny_model(2), {{"seed", 2}}, "answers\n");
    EXPECT_EQ(read_text("run/test_predictions.csv"), "answers\n");
    run.append_history({{"epoch", 1}});
    run.keep(tiny_model(3), {{"seed", 2}}, "");
  }
  EXPECT_EQ(bias_of("run"), 3);
  EXPECT_EQ(read_text("run/history.jsonl"), "{\"epoch\":0}\n{\"epoch\":1}\n");
  EXPECT_EQ(read_text("run/history.csv"), table_header + "0,,,,,,,,,,,\n1,,,,,,,,,,,\n");
  EXPECT_EQ(names_in("run"), (std::set<std::string>{"history.csv", "history.jsonl", "model.safetensors",
                                                    "notes.txt", "run.json"}));
}

TEST_F(RunFolderTest, RefusesWhatCannotBeAFolderOfItsOwn) {
  write_text("file", "text");
  EXPECT_EQ(error_of({"file", "mnist"}), "file exists and is not a folder: choose another --out");
  EXPECT_EQ(error_of({"file", "mnist", true}), "file exists and is not a folder: choose another --out");
  EXPECT_NE(error_of({"file/run", "mnist"}).find("cannot write file/run: Not a directory"),
            std::string::npos);
  EXPECT_NE(error_of({"/proc/run", "mnist"}).find("cannot write /proc/run: "), std::string::npos);
  for (const std::string name : {"model.safetensors", "best.safetensors", "run.json", "history.jsonl",
                                 "history.csv", "test_predictions.csv"}) {
    std::filesystem::create_directories("run/" + name);
    EXPECT_NE(error_of({"run", "mnist", true}).find("run/" + name + " is not a regular file"),
              std::string::npos);
    std::filesystem::remove("run/" + name);
  }
  EXPECT_EQ(names_in("."), (std::set<std::string>{"file", "run"}));
}

TEST_F(RunFolderTest, AFolderThatCannotBeWrittenIsKnownBeforeTraining) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::create_directory("sealed");
  std::filesystem::permissions("sealed", std::filesystem::perms{0555});
  EXPECT_NE(error_of({"sealed", "mnist"}).find("Permission denied"), std::string::npos);
}

TEST_F(RunFolderTest, AHistoryThatCannotBeBegunLeavesNothing) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  make_earlier_run("run");
  std::filesystem::create_symlink("/dev/full", "run/.history.csv.new");
  EXPECT_EQ(error_of({"run", "mnist", true}), "cannot write run/.history.csv.new: No space left on device");
  EXPECT_EQ(names_in("run").size(), 5u);
}

TEST_F(RunFolderTest, AHistoryLineThatIsLostIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  make_earlier_run("run");
  std::filesystem::create_symlink("/dev/full", "run/.history.jsonl.new");
  RunFolder run({"run", "mnist", true});
  run.appear();
  try {
    run.append_history({{"epoch", 0}});
    FAIL() << "written";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::other);
    EXPECT_NE(std::string(error.what()).find("No space left on device"), std::string::npos) << error.what();
  }
}

TEST_F(RunFolderTest, OneThatIsTakenMeanwhileIsNotReplaced) {
  RunFolder run({"run", "mnist"});
  std::filesystem::create_directory("run");
  write_text("run/notes.txt", "mine");
  try {
    run.appear();
    FAIL() << "replaced";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "run was made by somebody else meanwhile: choose another --out");
  }
}

TEST_F(RunFolderTest, HasOneWriterAtATime) {
  RunFolder run({"run", "mnist"});
  run.appear();
  run.append_history({{"epoch", 0}});
  const std::string taken = fmt::format("run is being written by process {}: wait", getpid());
  EXPECT_EQ(error_of({"run", "mnist", true}).substr(0, taken.size()), taken);
}

TEST_F(RunFolderTest, AppearsBesideWhatAKilledProcessOfItsNumberLeft) {
  const std::string left = fmt::format(".run.duet-{}-0", getpid());
  std::filesystem::create_directory(left);
  {
    RunFolder run({"run", "mnist"});
    run.appear();
    run.stay();
  }
  EXPECT_EQ(names_in("."), (std::set<std::string>{left, "run"}));
}

TEST_F(RunFolderTest, RemovesWhatTrainingsLeftThatWereKilledBeforeTheirFirstStep) {
  const std::string first = "/checkpoints/000000000000.safetensors", half = "/checkpoints/.duet-7-0.tmp";
  std::filesystem::create_directory("runs");
  const auto leave = [](const std::string& folder, const std::vector<std::string>& files, int hours = 25) {
    const std::string place = "runs/" + folder;
    std::filesystem::create_directories(place);
    for (const std::string& file : files) {
      std::filesystem::create_directories(std::filesystem::path(place + file).parent_path());
      write_text(place + file, "half written");
    }
    std::filesystem::last_write_time(
        place, std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  leave(".20260101-120000-mnist.duet-7-0", {first, half});
  leave(".a.b.duet-712-10", {half});
  leave(".empty.duet-7-0", {});
  const std::vector<std::string> gone = {".20260101-120000-mnist.duet-7-0", ".a.b.duet-712-10",
                                         ".empty.duet-7-0"};

  leave(".young.duet-7-0", {first}, 23);
  leave(".trained.duet-7-0", {first, "/checkpoints/000000000469.safetensors"});
  leave(".notes.duet-7-0", {first, "/notes"});
  leave(".file.duet-7-0", {"/checkpoints"});
  leave(".mine.duet-7-0x", {first});
  leave(".mine.2026-05", {first});
  leave("mine.duet-7-0", {first});
  leave("elsewhere", {first});
  leave(".link.duet-7-0", {});
  std::filesystem::create_directory_symlink("../elsewhere/checkpoints", "runs/.link.duet-7-0/checkpoints");
  leave(".link.duet-7-0", {});
  std::filesystem::create_directory_symlink("elsewhere", "runs/.link.duet-8-0");
  leave(".live.duet-7-0", {first});
  const FolderLock lock("runs/.live.duet-7-0");

  std::set<std::string> expected = names_in("runs");
  for (const std::string& folder : gone) EXPECT_EQ(expected.erase(folder), 1u);
  expected.insert("run");
  const auto count_files = [] {
    const std::filesystem::recursive_directory_iterator all("runs");
    return std::distance(begin(all), end(all));
  };
  const auto before = count_files();
  RunFolder run({"runs/run", "mnist"});
  run.appear();
  EXPECT_EQ(names_in("runs"), expected);
  EXPECT_EQ(count_files(),
            before - 3 - 2 - 3 + 3);  // their folders, their checkpoints/ and what was in there
}

TEST_F(RunFolderTest, RemovesWhatAKilledReplacementLeft) {
  make_earlier_run("run");
  std::filesystem::create_directory("run/.checkpoints.new");
  write_text("run/.checkpoints.new/.duet-2147483647-0.tmp", "half written");
  {
    RunFolder run({"run", "mnist", true});
    run.appear();
    run.append_history({{"epoch", 0}});
    run.keep(tiny_model(2), {{"seed", 2}}, "answers\n");
  }
  EXPECT_FALSE(std::filesystem::exists("run/.checkpoints.new"));
}

TEST_F(RunFolderTest, GoesOnBehindTheEpochsOfACheckpoint) {
  {
    RunFolder run({"run", "mnist"});
    run.appear();
    run.stay();
    for (int epoch = 0; epoch < 3; ++epoch) run.append_history({{"epoch", epoch}});
  }
  write_text("run/history.csv", read_text("run/history.csv") + "half a li");  // as a kill leaves it
  {
    RunFolder run("run", 2, sha256(bytes_of_text("{\"epoch\":0}\n{\"epoch\":1}\n")),
                  std::make_unique<FolderLock>("run"));
    run.append_history({{"epoch", 2}, {"again", true}});
    EXPECT_EQ(run.history_sha256(), sha256(bytes_of_text(read_text("run/history.jsonl"))));
  }
  EXPECT_EQ(read_text("run/history.jsonl"), "{\"epoch\":0}\n{\"epoch\":1}\n{\"epoch\":2,\"again\":true}\n");
  EXPECT_EQ(read_text("run/history.csv"), table_header + "0,,,,,,,,,,,\n1,,,,,,,,,,,\n2,,,,,,,,,,,\n");
  try {
    RunFolder run("run", 5, "", std::make_unique<FolderLock>("run"));
    FAIL() << "more epochs than there are";
  } catch (const Error& error) { EXPECT_EQ(error.kind(), ErrorKind::data); }
  try {
    RunFolder run("run", 3, sha256(bytes_of_text("other lines")), std::make_unique<FolderLock>("run"));
    FAIL() << "another history";
  } catch (const Error& error) { EXPECT_EQ(error.kind(), ErrorKind::model); }
}

}  // namespace
}  // namespace duet
