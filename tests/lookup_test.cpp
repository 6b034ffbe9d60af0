// Where data sets are looked for, in folders planted for the purpose. Lookup reads labels alone, so that the
// images there can be small.
#include "core/data/lookup.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/data_files.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

const KnownDataset& fashion() { return *find_known("fashion-mnist"); }

// The real Fashion-MNIST, found before any test changes the environment.
const Lookup& real_fashion() {
  static const Lookup lookup = look_up(fashion());
  return lookup;
}

class LookupTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!real_fashion().found)
      GTEST_SKIP() << "Fashion-MNIST was not found (Debian package dataset-fashion-mnist)";
    fs::create_directories(scratch_ / "here");
    fs::current_path(scratch_ / "here");
    unsetenv("DUET_DATA_PATH");
    setenv("XDG_DATA_HOME", (scratch_ / "xdg").c_str(), 1);
    setenv("HOME", (scratch_ / "home").c_str(), 1);
  }
  void TearDown() override { fs::current_path("/"); }

  // Real labels with images of one pixel, in a folder that is named from the scratch folder.
  fs::path plant(const std::string& folder) {
    fs::create_directories(scratch_ / folder);
    for (int i = 0; i < 2; ++i) {
      fs::copy_file(real_fashion().found->labels[i],
                    scratch_ / folder / real_fashion().found->labels[i].filename());
      write_text(scratch_ / folder / std::string(fashion().images[i].name), idx_images(1, 1, 1));
    }
    return scratch_ / folder;
  }
  fs::path plant_impostor(const std::string& folder) {
    fs::create_directories(scratch_ / folder);
    for (int i = 0; i < 2; ++i) {
      write_text(scratch_ / folder / std::string(fashion().labels[i].name), idx_labels("\x01"));
      write_text(scratch_ / folder / std::string(fashion().images[i].name), idx_images(1, 1, 1));
    }
    return scratch_ / folder;
  }
  std::string not_found(const std::string& spec) {
    return error_of(ErrorKind::data, [&] { find_dataset(spec); });
  }

  ScratchFolder scratch_;
};

TEST_F(LookupTest, LooksInTheOrderThatIsPromised) {
  // From the last place that is looked at to the first: each hides those planted before.
  const std::vector<std::string> places{
      "here/data/fashion-mnist", "xdg/duet/fashion-mnist", "path2", "path1/fashion-mnist", "option",
      "option/FashionMNIST/raw", "option/fashion-mnist"};
  setenv("DUET_DATA_PATH",
         fmt::format("{}:{}", (scratch_ / "path1").string(), (scratch_ / "path2").string()).c_str(), 1);
  for (const std::string& folder : places) {
    plant(folder);
    const DatasetLocation found = find_dataset("fashion-mnist", scratch_ / "option");
    EXPECT_TRUE(fs::equivalent(found.folder, scratch_ / folder)) << found.folder;
    EXPECT_TRUE(found.known);
    EXPECT_EQ(found.name, "fashion-mnist");
    EXPECT_EQ(found.class_names[9], "Ankle boot");
  }
}

TEST_F(LookupTest, UsesTheHomeFolderWhereXdgIsNotSet) {
  unsetenv("XDG_DATA_HOME");
  EXPECT_EQ(user_data_folder(), scratch_ / "home/.local/share/duet");
  setenv("XDG_DATA_HOME", "relative", 1);
  EXPECT_EQ(user_data_folder(), scratch_ / "home/.local/share/duet");
  const fs::path planted = plant("home/.local/share/duet/fashion-mnist");
  EXPECT_EQ(find_dataset("fashion-mnist").folder, planted);
}

TEST_F(LookupTest, PassesOverFilesOfTheSameNamesWithOtherLabels) {
  const fs::path impostor = plant_impostor("option/fashion-mnist"), genuine = plant("xdg/duet/fashion-mnist");
  const Lookup lookup = look_up(fashion(), scratch_ / "option");
  ASSERT_TRUE(lookup.found);
  EXPECT_EQ(lookup.found->folder, genuine);
  ASSERT_EQ(lookup.passed_over.size(), 1u);
  EXPECT_EQ(lookup.passed_over[0],
            impostor.string() + ": the labels in train-labels-idx1-ubyte are not those of fashion-mnist");
}

TEST_F(LookupTest, PassesOverIncompleteAndDamagedFolders) {
  fs::remove(plant("a") / "t10k-images-idx3-ubyte");
  write_text(plant_impostor("b") / "train-labels-idx1-ubyte", "");
  setenv("DUET_DATA_PATH",
         fmt::format("{}::{}", (scratch_ / "a").string(), (scratch_ / "b").string()).c_str(), 1);
  const Lookup lookup = look_up(fashion());
  ASSERT_EQ(lookup.passed_over.size(), 2u);
  EXPECT_EQ(lookup.passed_over[0], (scratch_ / "a").string() + ": t10k-images-idx3-ubyte is missing");
  EXPECT_EQ(lookup.passed_over[1],
            (scratch_ / "b").string() + ": train-labels-idx1-ubyte: the file is empty");
}

TEST_F(LookupTest, TellsTheWaysForwardWhenNothingIsFound) {
  plant("here/data");  // Fashion's files, called the same as MNIST's
  const std::string message = not_found("mnist");
  for (const char* part : {"the data set 'mnist' was not found in", "./data", "/usr/share/datasets",
                           "passed over ./data", "are not those of mnist", "duet data fetch mnist",
                           "DUET_DATA_PATH", "apt install dataset-fashion-mnist"})
    EXPECT_NE(message.find(part), std::string::npos) << part << " is missing from: " << message;
}

TEST_F(LookupTest, SuggestsTheNameThatWasMeant) {
  EXPECT_EQ(not_found("mnits"), "'mnits' is neither a folder nor a known data set; did you mean 'mnist'?");
  EXPECT_EQ(not_found("cifar10"),
            "'cifar10' is neither a folder nor a known data set; known are mnist and fashion-mnist");
}

TEST_F(LookupTest, TakesAFolderInEitherNamingHabit) {
  const fs::path folder = scratch_ / "mine";
  fs::create_directories(folder);
  write_text(folder / "train-images.idx3-ubyte", idx_images(3, 2, 2));
  write_text(folder / "train-labels.idx1-ubyte.gz", gzip(idx_labels("\x01\x06\x02")));
  const DatasetLocation location = find_dataset((folder / "").string());
  EXPECT_EQ(location.name, "mine");
  EXPECT_FALSE(location.known);
  EXPECT_TRUE(location.class_names.empty());
  EXPECT_TRUE(location.images[1].empty());

  const Dataset dataset = load_dataset(location);
  EXPECT_EQ(dataset.train.images.count, 3);
  EXPECT_EQ(dataset.train.labels, (std::vector<std::uint8_t>{1, 6, 2}));
  EXPECT_EQ(dataset.test.images.count, 0);
  EXPECT_EQ(dataset.classes, 7);  // the largest label + 1
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_part(location, Part::test); }),
            location.folder.string() + ": there are no test files in this folder");
}

TEST_F(LookupTest, TakesAFolderWithTestFilesAlone) {
  const fs::path folder = plant("half");
  fs::remove(folder / "train-images-idx3-ubyte");
  fs::remove(folder / real_fashion().found->labels[0].filename());
  const DatasetLocation location = find_dataset(folder);
  EXPECT_TRUE(location.images[0].empty());
  EXPECT_FALSE(location.images[1].empty());
  EXPECT_EQ(location.class_names, fashion().class_names);  // by the labels that there are
  for (const auto& load : {+[](const DatasetLocation& in) { load_part(in, Part::train); },
                           +[](const DatasetLocation& in) { load_dataset(in); }})
    EXPECT_EQ(error_of(ErrorKind::data, [&] { load(location); }),
              folder.string() + ": there are no train files in this folder");
}

TEST_F(LookupTest, KnowsTheClassesOfAFolderByItsLabels) {
  const DatasetLocation location = find_dataset(plant("noisy-fashion"));
  EXPECT_EQ(location.name, "noisy-fashion");
  EXPECT_FALSE(location.known);  // its images may be others
  EXPECT_EQ(location.class_names, fashion().class_names);
}

TEST_F(LookupTest, SaysWhatAFolderHoldsInstead) {
  const std::string wanted =
      "; DATA is a folder of IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, .gz or plain) or a "
      "known "
      "name (mnist, fashion-mnist)";
  fs::create_directories("pictures/3");
  write_text("pictures/3/a.png", "");
  fs::create_directory("tables");
  write_text("tables/a.csv", "");
  fs::create_directory("nothing");
  EXPECT_EQ(not_found("pictures"), "pictures: holds pictures" + wanted);
  EXPECT_EQ(not_found("tables"), "tables: holds CSV files" + wanted);
  EXPECT_EQ(not_found("nothing"), "nothing: holds no IDX files of the usual names" + wanted);
  EXPECT_EQ(not_found("tables/a.csv"),
            "tables/a.csv: is a file (CSV cannot be read yet); DATA is a folder of IDX files or a known name "
            "(mnist, "
            "fashion-mnist)");
}

TEST_F(LookupTest, RefusesAFolderWithHalfAPart) {
  const fs::path folder = plant("half");
  fs::remove(folder / "t10k-images-idx3-ubyte");
  EXPECT_EQ(not_found(folder), folder.string() + ": t10k-images-idx3-ubyte is missing");
}

TEST_F(LookupTest, RefusesDamagedImagesOfAKnownDataset) {
  plant("here/data");
  const DatasetLocation location = find_dataset("fashion-mnist");
  write_text(location.images[0], idx_images(60000, 1, 1));
  EXPECT_EQ(error_of(ErrorKind::data, [&] { load_part(location, Part::train); }),
            location.images[0].string() +
                ": damaged: its SHA-256 is not that of fashion-mnist; remove it and run 'duet data fetch "
                "fashion-mnist'");
}

TEST_F(LookupTest, LoadsTheRealThing) {
  const Dataset dataset = load_dataset(*real_fashion().found);
  EXPECT_EQ(dataset.train.images.count, 60000);
  EXPECT_EQ(dataset.test.images.count, 10000);
  EXPECT_EQ(dataset.test.images.pixels_per_image(), 784);
  EXPECT_EQ(dataset.classes, 10);
  EXPECT_EQ(dataset.train.images_file.sha256, fashion().images[0].sha256);
  EXPECT_EQ(dataset.test.labels_file.sha256, fashion().labels[1].sha256);
  EXPECT_EQ(dataset.train.labels[0], 9);  // an ankle boot, as its authors show it
}

}  // namespace
}  // namespace duet
