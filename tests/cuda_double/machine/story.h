// For tests: a few words say who accesses what in which order, and then it happens.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "tests/cuda_double/machine/shadow.h"

namespace duet::cuda_double {

// A story is a row of
//   w0.1@8     block 0, thread 1 writes the four bytes from 8 on; /n: n bytes; r: reads, a: updates
//   atomically w@8/16     the work, which has no threads, does so f0.1       block 0, thread 1 makes a fence
//   |0         block 0 passes a barrier
//   ~0.1       block 0, warp 1 synchronises
//   k3 c4!3    kernel 3 begins, of four blocks; work 4 begins, a copy, that is in no order with work 3
// Before each, work 1 has written the first 32 bytes of 64; then kernel 2 begins.
class Story {
 public:
  explicit Story(bool of_shared_memory) {
    if (of_shared_memory) {
      begin("k2");
      shared_.emplace(*work_, 64);
      shared_->access(AccessKind::store, 0, 32, {});
      tell("|0");
    } else {
      at_ = DeviceMemory::instance().allocate(64).value();
      begin("c1");
      tell("w@0/32");
      begin("k2");
    }
  }
  ~Story() {
    if (!shared_) DeviceMemory::instance().free(at_);
  }
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  void tell_all(const std::string& story) {
    std::istringstream words(story);
    for (std::string word; words >> word;) tell(word);
  }

 private:
  void tell(const std::string& word) {
    unsigned block = 0, thread = 0, offset = 0, bytes = 4;
    const char* const text = word.c_str() + 1;
    const auto fits = [&](int fields, int expected) { ASSERT_EQ(fields, expected) << word; };
    switch (word[0]) {
      case 'k':
      case 'c': return begin(word);
      case '|': fits(std::sscanf(text, "%u", &block), 1), ++barriers_[block]; return;
      case '~': fits(std::sscanf(text, "%u.%u", &block, &thread), 2), ++syncs_[{block, thread}]; return;
      case 'f':
        fits(std::sscanf(text, "%u.%u", &block, &thread), 2), kernel_->fence(agent(block, thread));
        return;
      default: break;
    }
    const AccessKind kind = word[0] == 'w'   ? AccessKind::store
                            : word[0] == 'r' ? AccessKind::load
                                             : AccessKind::atomic;
    if (text[0] == '@') {
      ASSERT_EQ(std::sscanf(text, "@%u/%u", &offset, &bytes), 2) << word;
      DeviceMemory& memory = DeviceMemory::instance();
      ASSERT_TRUE(kind == AccessKind::load ? memory.readable(at_ + offset, bytes) != nullptr
                                           : memory.writable(at_ + offset, bytes) != nullptr);
    } else {
      ASSERT_GE(std::sscanf(text, "%u.%u@%u/%u", &block, &thread, &offset, &bytes), 3) << word;
      if (shared_) return shared_->access(kind, offset, bytes, agent(block, thread));
      kernel_->access(kind, at_ + offset, bytes, agent(block, thread));
    }
  }

  void begin(const std::string& word) {
    unsigned number = 0, unordered = 0;
    ASSERT_GE(std::sscanf(word.c_str() + 1, "%u!%u", &number, &unordered), 1) << word;
    kernel_.reset();
    running_.reset();
    static WorkNumber last = 0;  // of all stories
    const WorkNumber excepted = unordered != 0 ? numbers_.at(unordered) : 0;
    numbers_[number] = ++last;
    work_.emplace(Work{last, (word[0] == 'k' ? "kernel " : "copy ") + std::to_string(number),
                       [excepted](WorkNumber earlier) { return earlier != excepted; }});
    running_.emplace(*work_);
    if (word[0] == 'k') kernel_.emplace(*work_, 4);
    barriers_.clear();
    syncs_.clear();
  }

  Agent agent(unsigned block, unsigned thread) {
    return {block, thread, barriers_[block], syncs_[{block, thread / 32}], nullptr, 0};
  }

  Address at_ = 0;
  std::optional<SharedShadow> shared_;
  std::map<unsigned, WorkNumber> numbers_;
  std::map<unsigned, unsigned> barriers_;
  std::map<std::pair<unsigned, unsigned>, unsigned> syncs_;
  std::optional<Work> work_;
  std::optional<Running> running_;
  std::optional<KernelShadow> kernel_;
};

}  // namespace duet::cuda_double
