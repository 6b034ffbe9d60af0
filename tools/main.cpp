// duet: runs what the command line asks for, turns errors into sentences and exit codes.
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include "core/error.h"
#include "core/write_all.h"
#include "tools/command_line.h"
#include "tools/console.h"
#include "tools/interrupt.h"

namespace duet {
namespace {

constexpr int out_of_memory = static_cast<int>(ErrorKind::memory);
constexpr std::string_view memory_sentence = "out of memory; try smaller layers or less data";

// Where memory is lacking even to tidy up: nlohmann's JSON takes some to be destroyed. Takes none itself.
[[noreturn]] void end() noexcept {
  try {
    if (const std::exception_ptr escaped = std::current_exception()) std::rethrow_exception(escaped);
  } catch (const std::bad_alloc&) {
    for (const std::string_view part :
         {std::string_view("duet: "), memory_sentence, std::string_view("\n")}) {
      write_all(STDERR_FILENO, part);
    }
    _exit(out_of_memory);
  } catch (...) {}
  std::abort();
}

int run(int argc, char** argv) {
  std::set_terminate(end);
  mallopt(M_ARENA_MAX, 1);  // else each thread reserves 64 MiB of addresses, of which ulimit -v counts all
  occupy_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // then a file-size limit fails a write, and the write says so
  parse_command_line(argc, argv)();
  flush_results();
  return 0;
}

int report(int exit_code, std::string_view sentence) {
  std::fflush(stdout);
  talk("duet: {}\n", sentence);
  return exit_code;
}

}  // namespace
}  // namespace duet

int main(int argc, char** argv) {
  try {
    return duet::run(argc, argv);
  } catch (const duet::Error& error) {
    return duet::report(error.exit_code(), error.what());
  } catch (const duet::StoppedBySignal& stopped) {
    return 128 + stopped.signal;
  } catch (const std::bad_alloc&) {
    return duet::report(duet::out_of_memory, duet::memory_sentence);
  } catch (const std::exception& error) {
    return duet::report(static_cast<int>(duet::ErrorKind::other), error.what());
  }
}
