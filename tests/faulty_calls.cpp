// For LD_PRELOAD: a system in which some calls fail. Environment variables say which.
//
// DUET_FAULT_CALL: write, read, fsync, rename, renameat2 alone, open (of a file to be written), mkdir,
// truncate or pthread_create.
//
// DUET_FAULT: what becomes of it: the number of an errno; "short": half of the bytes; "end": none are left.
//
// DUET_FAULT_FIRST: the first such call that fares so, counted from 1; DUET_FAULT_EVERY: every how many from
// there on, 0 for this one alone.
//
// DUET_FAULT_PATH: a part of the paths that are meant; otherwise all are.
//
// DUET_FAULT_SEEN: a file that is made when a call first fares so.
//
// Only regular files and folders count, so that what is said on standard output and error is not meant.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

const char* setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int number(const char* name) { return std::atoi(setting(name)); }

void leave_a_sign() {
  const long sign = syscall(SYS_openat, AT_FDCWD, setting("DUET_FAULT_SEEN"), O_WRONLY | O_CREAT, 0666);
  if (sign >= 0) syscall(SYS_close, sign);
}

// Whether this call, of that kind and about that file, is one of those.
bool fares_so(const char* call, const char* path) {
  static std::atomic<int> calls{0};
  if (std::strcmp(call, setting("DUET_FAULT_CALL")) != 0 || !std::strstr(path, setting("DUET_FAULT_PATH"))) {
    return false;
  }
  const int behind = ++calls - number("DUET_FAULT_FIRST"), every = number("DUET_FAULT_EVERY");
  if (behind < 0 || (every == 0 ? behind != 0 : behind % every != 0)) return false;
  leave_a_sign();
  return true;
}

bool fares_so(const char* call, int file) {
  struct stat status = {};
  if (fstat(file, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return false;
  char link[64], path[4096] = "";
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  if (readlink(link, path, sizeof path - 1) < 0) return false;
  return fares_so(call, path);
}

int fail() {
  errno = number("DUET_FAULT");
  return -1;
}

bool is(const char* fault) { return std::strcmp(setting("DUET_FAULT"), fault) == 0; }

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool makes_a_file(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

mode_t mode_behind(va_list arguments, int flags) {
  return flags & O_CREAT ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace

// The C library calls its parameters otherwise.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  if (fares_so("write", file)) {
    if (!is("short")) return fail();
    size = (size + 1) / 2;
  }
  return syscall(SYS_write, file, bytes, size);
}

ssize_t read(int file, void* bytes, size_t size) {
  if (fares_so("read", file)) {
    if (is("end")) return 0;
    if (!is("short")) return fail();
    size = (size + 1) / 2;
  }
  return syscall(SYS_read, file, bytes, size);
}

int fsync(int file) { return fares_so("fsync", file) ? fail() : next<decltype(fsync)>("fsync")(file); }

int rename(const char* from, const char* to) noexcept {
  return fares_so("rename", to) ? fail() : next<decltype(rename)>("rename")(from, to);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return fares_so("rename", to) ? fail()
                                : next<decltype(renameat)>("renameat")(from_folder, from, to_folder, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return fares_so("rename", to) || fares_so("renameat2", to)
             ? fail()
             : next<decltype(renameat2)>("renameat2")(from_folder, from, to_folder, to, flags);
}

int mkdir(const char* path, mode_t mode) noexcept {
  return fares_so("mkdir", path) ? fail() : next<decltype(mkdir)>("mkdir")(path, mode);
}

int truncate(const char* path, off_t size) noexcept {
  return fares_so("truncate", path) ? fail() : next<decltype(truncate)>("truncate")(path, size);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* argument) noexcept {
  return fares_so("pthread_create", "")
             ? number("DUET_FAULT")
             : next<decltype(pthread_create)>("pthread_create")(thread, attributes, run, argument);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_behind(arguments, flags);
  va_end(arguments);
  if (makes_a_file(flags) && fares_so("open", path)) return fail();
  return next<decltype(open)>("open")(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_behind(arguments, flags);
  va_end(arguments);
  if (makes_a_file(flags) && fares_so("open", path)) return fail();
  return next<decltype(openat)>("openat")(folder, path, flags, mode);
}
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
