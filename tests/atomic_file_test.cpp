#include "core/atomic_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "tests/scratch_folder.h"

namespace duet {
namespace {

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  return names;
}

std::string error_of_writing(const std::filesystem::path& target, const std::string& text) {
  try {
    write_file_atomically(target, text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::other);
    return error.what();
  }
  return "no error";
}

// While it lives, no file of this process grows beyond `bytes`: a disk that fills up, as a program sees it.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int);
};

TEST(AtomicFile, CreatesAndReplaces) {
  const ScratchFolder folder;
  write_file_atomically(folder / "a", "first");
  EXPECT_EQ(read_text(folder / "a"), "first");
  write_file_atomically(folder / "a", "second, longer");
  EXPECT_EQ(read_text(folder / "a"), "second, longer");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"a"});
}

TEST(AtomicFile, WritesBesideARelativeName) {
  const ScratchFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_file_atomically("a", "text");
  std::filesystem::current_path(before);
  EXPECT_EQ(read_text(folder / "a"), "text");
}

TEST(AtomicFile, OldFileStaysUntilCommit) {
  const ScratchFolder folder;
  write_text(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write(std::as_bytes(std::span(std::string_view("new"))));
    EXPECT_EQ(read_text(folder / "a"), "old");
    EXPECT_EQ(names_in(folder.path()).size(), 2u);
  }
  EXPECT_EQ(read_text(folder / "a"), "old");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"a"});
}

TEST(AtomicFile, OldFileStaysWhenTheDiskIsFull) {
  const ScratchFolder folder;
  write_text(folder / "a", "old");
  std::string sentence;
  {
    const FileSizeLimit limit(4096);
    sentence = error_of_writing(folder / "a", std::string(10000, 'x'));
  }
  EXPECT_EQ(sentence, "cannot write " + (folder / "a").string() + ": File too large");
  EXPECT_EQ(read_text(folder / "a"), "old");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"a"});
}

TEST(AtomicFile, TwoAtOnceDoNotMeet) {
  const ScratchFolder folder;
  AtomicFile one(folder / "a"), other(folder / "a");
  one.write(std::as_bytes(std::span(std::string_view("one"))));
  other.write(std::as_bytes(std::span(std::string_view("other"))));
  one.commit();
  EXPECT_EQ(read_text(folder / "a"), "one");
  other.commit();
  EXPECT_EQ(read_text(folder / "a"), "other");
  EXPECT_EQ(names_in(folder.path()), std::vector<std::string>{"a"});
}

TEST(AtomicFile, MissingFolder) {
  const ScratchFolder folder;
  EXPECT_NE(error_of_writing(folder / "none/a", "text").find("none/a: No such file or directory"),
            std::string::npos);
}

TEST(AtomicFile, RefusesWhatIsNoRegularFile) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "a");
  EXPECT_NE(error_of_writing(folder / "a", "text").find("not a regular file"), std::string::npos);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);  // in place of /dev/null, which a mistake would cost
  EXPECT_NE(error_of_writing(folder / "pipe", "text").find("not a regular file"), std::string::npos);
}

TEST(AtomicFile, FollowsALink) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "elsewhere");
  write_text(folder / "elsewhere/a", "old");
  std::filesystem::create_symlink(folder / "elsewhere/a", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_text(folder / "elsewhere/a"), "new");
}

TEST(AtomicFile, PermissionsFollowTheUmask) {
  const ScratchFolder folder;
  const mode_t before = umask(0027);
  write_file_atomically(folder / "a", "text");
  umask(before);
  EXPECT_EQ(std::filesystem::status(folder / "a").permissions(), std::filesystem::perms{0640});
}

TEST(Leftovers, OfProcessesThatAreNoMoreGo) {
  ScratchFolder folder;
  const pid_t gone = fork();
  if (gone == 0) _exit(0);
  waitpid(gone, nullptr, 0);
  const std::string living = fmt::format(".duet-{}-0.tmp", getpid());
  for (const std::string& name : {fmt::format(".duet-{}-3.tmp", gone), living, std::string(".duet-x-0.tmp"),
                                  std::string(".duet-7.tmp")}) {
    write_text(folder / name, "text");
  }
  remove_leftovers(folder.path());
  remove_leftovers(folder / "nowhere");
  const std::vector<std::string> names = names_in(folder.path());
  EXPECT_EQ(std::set(names.begin(), names.end()),
            (std::set<std::string>{living, ".duet-7.tmp", ".duet-x-0.tmp"}));
}

}  // namespace
}  // namespace duet
