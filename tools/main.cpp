// duet: runs what the command line asks for, turns errors into sentences and exit codes.
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>

#include "core/error.h"
#include "tools/command_line.h"
#include "tools/console.h"
#include "tools/interrupt.h"

namespace duet {
namespace {

int run(int argc, char** argv) {
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
    return duet::report(static_cast<int>(duet::ErrorKind::memory),
                        "out of memory; try smaller layers or less data");
  } catch (const std::exception& error) {
    return duet::report(static_cast<int>(duet::ErrorKind::other), error.what());
  }
}
