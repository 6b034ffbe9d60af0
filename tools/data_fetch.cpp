// duet data fetch: downloads a known data set. Whoever sends the bytes is not trusted, nor the way they came:
// a file is kept only when its unpacked bytes have the known SHA-256.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "core/data/file.h"
#include "core/data/gzip.h"
#include "core/data/lookup.h"
#include "core/data/sha256.h"
#include "core/data/verify.h"
#include "core/error.h"
#include "tools/console.h"
#include "tools/data.h"
#include "tools/download.h"
#include "tools/json_text.h"
#include "tools/options.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string name, data_dir;
  std::vector<std::string> mirrors;  // instead of the built-in ones
  bool force = false, json = false;
};

// Why these bytes, packed or not, are not that file; "" when they are.
std::string objection(std::span<const std::uint8_t> bytes, const KnownFile& known) {
  const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte > ' '; });
  if (bytes.empty()) return "the file is empty";
  if (first != bytes.end() && *first == '<') return "a web page came instead of the file";
  try {
    const std::string found =
        is_gzip(bytes) ? sha256(gunzip(bytes, known.bytes, known.name).span()) : sha256(bytes);
    return found == known.sha256 ? "" : fmt::format("its SHA-256 is {}, not {}", found, known.sha256);
  } catch (const Error& error) { return error.what(); }
}

// Tries one mirror after the other. The one that answers well moves to the front, for the next file.
class Mirrors {
 public:
  explicit Mirrors(std::vector<std::string> folders) : folders_(std::move(folders)) {}

  Bytes fetch(const KnownFile& known, std::string_view dataset) {
    std::string reasons;
    for (auto folder = folders_.begin(); folder != folders_.end(); ++folder) {
      const std::string url = fmt::format("{}/{}.gz", *folder, known.name);
      talk("fetching {}\n", url);
      constexpr std::size_t wrapping = 1 << 16;  // what badly packed bytes may add
      HelperAnswer answer = download(url, known.bytes + wrapping);
      if (answer.reason.empty()) answer.reason = objection(answer.bytes.span(), known);
      if (answer.reason.empty()) {
        std::rotate(folders_.begin(), folder, folder + 1);
        return std::move(answer.bytes);
      }
      talk("  {}\n", answer.reason);
      reasons += fmt::format("\n  {}: {}", url, answer.reason);
    }
    fail(ErrorKind::data, "{} could not be fetched:{}", dataset, reasons);
  }

 private:
  std::vector<std::string> folders_;
};

struct Wanted {
  const KnownFile* known;
  fs::path present;  // under any of its names; may be empty
};

// The small ones first: what is wrong with a mirror shows at once.
std::vector<Wanted> wanted_files(const KnownDataset& dataset, const DatasetLocation& present) {
  return {{&dataset.labels[1], present.labels[1]},
          {&dataset.labels[0], present.labels[0]},
          {&dataset.images[1], present.images[1]},
          {&dataset.images[0], present.images[0]}};
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(ErrorKind::other, "{}: cannot be made: {}", folder.string(), error.message());
}

void remove_file(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) fail(ErrorKind::other, "{}: cannot be removed: {}", file.string(), error.message());
}

// Returns whether it had to be fetched.
bool ensure(const Wanted& wanted, const fs::path& folder, Mirrors& mirrors, const Options& options) {
  if (!wanted.present.empty()) {
    const std::string wrong = objection(read_file(wanted.present).span(), *wanted.known);
    if (wrong.empty()) return false;
    if (!options.force)
      fail(ErrorKind::other, "{} exists and is not that of {} ({}); give --force to replace it",
           wanted.present.string(), options.name, wrong);
  }
  const Bytes bytes = mirrors.fetch(*wanted.known, options.name);
  const fs::path target =
      folder / fmt::format("{}{}", wanted.known->name, is_gzip(bytes.span()) ? ".gz" : "");
  make_folder(folder);  // only now: a fetch that fails leaves nothing behind
  AtomicFile file(target);
  file.write(std::as_bytes(bytes.span()));
  file.commit();
  if (!wanted.present.empty() && wanted.present != target) remove_file(wanted.present);
  return true;
}

fs::path target_folder(const Options& options) {
  const fs::path above = options.data_dir.empty() ? user_data_folder() : fs::path(options.data_dir);
  if (above.empty()) fail(ErrorKind::usage, "there is no home folder to keep data in; give --data-dir DIR");
  return above / options.name;
}

// Where all four files are already, so that nothing need be done: anywhere, unless a folder was asked for.
std::optional<fs::path> already_there(const KnownDataset& dataset, const Options& options) {
  if (!options.data_dir.empty()) return std::nullopt;
  const Lookup lookup = look_up(dataset);
  if (!lookup.found || !verify(*lookup.found).ok()) return std::nullopt;
  return lookup.found->folder;
}

void print(const Options& options, const fs::path& folder, const std::vector<std::string>& fetched) {
  if (options.json) {
    const nlohmann::ordered_json object{
        {"name", options.name}, {"folder", folder.string()}, {"fetched", fetched}};
    result("{}\n", json_text(object));
  } else {
    result("{} is {} {}\n", options.name, fetched.empty() ? "already in" : "now in", folder.string());
  }
}

const KnownDataset& require_known(const std::string& name) {
  if (const KnownDataset* dataset = find_known(name)) return *dataset;
  fail(ErrorKind::data, "'{}' is not a data set that can be fetched; {}", name, which_are_known(name));
}

std::vector<std::string> mirror_folders(const KnownDataset& dataset, const Options& options) {
  std::vector<std::string> folders = options.mirrors;
  if (folders.empty()) folders.assign(dataset.mirrors.begin(), dataset.mirrors.end());
  for (std::string& folder : folders) {
    if (folder.find("://") == std::string::npos)
      fail(ErrorKind::usage, "--mirror: '{}' is not the URL of a folder, as in https://example.org/mnist",
           folder);
    while (folder.ends_with('/')) folder.pop_back();
  }
  return folders;
}

void fetch(const Options& options) {
  const KnownDataset& dataset = require_known(options.name);
  Mirrors mirrors(mirror_folders(dataset, options));
  if (const auto folder = already_there(dataset, options)) return print(options, *folder, {});
  const fs::path folder = target_folder(options);
  std::vector<std::string> fetched;
  for (const Wanted& wanted : wanted_files(dataset, files_in(folder)))
    if (ensure(wanted, folder, mirrors, options)) fetched.emplace_back(wanted.known->name);
  print(options, folder, fetched);
}

}  // namespace

Action add_data_fetch(CLI::App& data) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(data, "fetch", "Download a known data set and check it");
  add_argument(command, "NAME", options->name, "mnist or fashion-mnist");
  add_text(command, "--data-dir", options->data_dir, "DIR",
           "Keep it in DIR/NAME; otherwise in ~/.local/share/duet/NAME");
  add_texts(command, "--mirror", options->mirrors, "URL", "Fetch from this folder instead; may be repeated");
  add_flag(command, "--force", options->force, "Replace files that are damaged");
  add_json(command, options->json);
  return [options] { fetch(*options); };
}

}  // namespace duet
