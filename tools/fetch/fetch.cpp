// duet-fetch URL MOST_BYTES: downloads one file of at most so many bytes and writes it to standard output,
// exit status 0; or writes there the reason why it could not, exit status 1. Progress goes to standard error
// when that is a terminal. Proxies and certificates are found as curl finds them.
#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "core/write_all.h"

namespace {

struct Transfer {
  std::string name;  // the last part of the URL, for the progress line
  std::size_t most_bytes;
  bool watched;       // by somebody at a terminal
  std::string bytes;  // what has come so far
};

std::size_t keep(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.bytes.size() + size * count > transfer.most_bytes)
    return 0;  // curl gives up: CURLE_WRITE_ERROR
  transfer.bytes.append(data, size * count);
  return size * count;
}

int show_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<const Transfer*>(user);
  if (!transfer.watched || now == 0) return 0;
  const double megabytes = static_cast<double>(now) / 1e6;
  if (total > 0) {
    fmt::print(stderr, "\r\x1b[K{}: {:.1f} of {:.1f} MB, {} %", transfer.name, megabytes,
               static_cast<double>(total) / 1e6, 100 * now / total);
  } else {
    fmt::print(stderr, "\r\x1b[K{}: {:.1f} MB", transfer.name, megabytes);
  }
  return 0;
}

struct Outcome {
  std::string reason;  // empty when the file is there
  bool worth_retrying = false;
};

Outcome judge(CURL* curl, CURLcode code, const char* detail, const Transfer& transfer) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  switch (code) {
    case CURLE_OK: return {};
    case CURLE_HTTP_RETURNED_ERROR:
      return {fmt::format("the server answered {}{}", status,
                          status == 403   ? " (forbidden)"
                          : status == 404 ? " (not found)"
                                          : ""),
              status >= 500 || status == 408 || status == 429};
    case CURLE_WRITE_ERROR: return {fmt::format("more than the {} bytes expected", transfer.most_bytes)};
    case CURLE_PARTIAL_FILE:
      return {fmt::format("the connection was cut after {} bytes", transfer.bytes.size()), true};
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING: return {*detail ? detail : curl_easy_strerror(code), true};
    default: return {*detail ? detail : curl_easy_strerror(code)};
  }
}

Outcome attempt(const std::string& url, Transfer& transfer) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  CURL* curl = handle.get();
  if (!curl) return {"libcurl cannot be started"};
  transfer.bytes.clear();
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "duet");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 15L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1000L);  // bytes a second
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L);     // seconds below it
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, show_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  const CURLcode code = curl_easy_perform(curl);
  if (transfer.watched) fmt::print(stderr, "\r\x1b[K");
  return judge(curl, code, detail, transfer);
}

// What passes by itself (a lost connection, a busy server) is tried three times in all.
Outcome fetch(const std::string& url, Transfer& transfer) {
  Outcome outcome = attempt(url, transfer);
  for (int tries = 1; tries < 3 && outcome.worth_retrying; ++tries) {
    if (transfer.watched) fmt::print(stderr, "{}: {}; trying again\n", transfer.name, outcome.reason);
    std::this_thread::sleep_for(std::chrono::milliseconds(500) * tries);
    outcome = attempt(url, transfer);
  }
  return outcome;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: duet-fetch URL MOST_BYTES\n");
    return 2;
  }
  const std::string url = argv[1];
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Transfer transfer{url.substr(url.find_last_of('/') + 1), std::strtoull(argv[2], nullptr, 10),
                    isatty(STDERR_FILENO) == 1, ""};
  const Outcome outcome = fetch(url, transfer);
  const bool fetched = outcome.reason.empty();
  return duet::write_all(STDOUT_FILENO, fetched ? transfer.bytes : outcome.reason) && fetched ? 0 : 1;
}
