// duet train: reads data, trains, evaluates, and keeps what came of it in a run folder.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/devices.h"
#include "core/error.h"
#include "core/mlp.h"
#include "core/trainer.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/device.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/network.h"
#include "tools/options.h"
#include "tools/run_folder.h"
#include "tools/step_log.h"
#include "tools/training_data.h"
#include "tools/training_record.h"

namespace duet {
namespace {

using Clock = std::chrono::steady_clock;

struct TrainOptions {
  DataRequest data;
  std::vector<int> hidden = default_hidden;
  TrainerConfig config;
  int epochs = 10;
  std::string shuffle = "epoch";
  DeviceRequest device;
  std::string out, init_from, log_steps;
  bool force = false, json = false, quiet = false;
  bool hidden_given = false;
};

// The lines of the published tutorial. They are results; with --json they are talk, since then standard
// output is the object alone.
class EpochLines {
 public:
  explicit EpochLines(const TrainOptions& options)
      : json_(options.json), quiet_(options.quiet), live_(!options.quiet && talks_to_terminal()) {}

  void progress(const Progress& p, int epochs) const {
    if (live_) talk("\repoch {}/{}, step {}/{} ", p.epoch + 1, epochs, p.steps_done, p.steps);
  }
  void clear_progress() const {
    if (live_) talk("\r\033[K");
  }
  void epoch(const EpochReport& r) {
    clear_progress();
    print(fmt::format("Epoch: {}\n", r.epoch));
    print(metrics_line("Training", r.train));
    if (r.validation) print(metrics_line("Validation", *r.validation));
  }
  void test(const Evaluation& e) {
    print(fmt::format("Test loss: {:.3f}, Test accuracy: {:.3f}\n", e.loss, e.accuracy));
  }
  void object(const nlohmann::ordered_json& json) { write(json_text(json) + "\n"); }
  // Standard output that could not be written ends no training; it is told when all is kept.
  void report_unwritable(const std::filesystem::path& kept) const {
    if (unwritable_) fail(ErrorKind::other, "{}; the run is kept in {}", unwritable_->what(), kept.string());
  }

 private:
  static std::string metrics_line(std::string_view name, const Metrics& m) {
    return fmt::format("{0} loss: {1:.3f}, {0} accuracy: {2:.3f}\n", name, m.loss_of_batches,
                       m.accuracy_of_batches);
  }
  void print(const std::string& line) {
    if (quiet_ || unwritable_) return;
    json_ ? talk("{}", line) : write(line);
  }
  void write(const std::string& text) {
    try {
      write_result(text);
      flush_results();  // whoever watches through a pipe sees each epoch when it ends
    } catch (const Error& error) { unwritable_ = error; }
  }
  bool json_, quiet_, live_;
  std::optional<Error> unwritable_;
};

bool is_tested(const TrainingData& data, Part part) { return data.test && data.test->part == part; }

// Fails where there is no room for the training, or for the test after it.
void check_room(const TrainOptions& options, const TrainingData& data, Backend& backend,
                const LayerSizes& sizes) {
  MemoryNeeds needs = memory_of_training(backend, options.config, sizes, {data.part(data.train), data.train},
                                         {data.part(data.validation), data.validation});
  if (backend.free_memory().of_host) {
    // Beside what is on the device the host keeps the weights once, as the layers of the model (measured, 4.0
    // times the parameters and what a batch needs); pixels move, but for those of the test.
    if (options.init_from.empty()) {
      needs.network += bytes_of([&](Arena& arena) { book_parameters(arena, sizes, backend.prefers()); });
    }
    for (const LabelledImages* part : std::set{&data.part(data.train), &data.part(data.validation)}) {
      if (!is_tested(data, part == &data.data.train ? Part::train : Part::test)) {
        needs.data -= part->images.pixels().size();
      }
    }
  }
  check_memory(backend, "the training", needs);
  if (data.test) {
    check_memory(backend, "the test",
                 memory_of_evaluation(backend, sizes, data.part(*data.test), *data.test));
  }
}

// The network's first weights: from a file, or Glorot uniform and of no file.
StoredLayers initial_layers(const TrainOptions& options, const TrainingData& data, Backend& backend) {
  const LayerSizes sizes = network_sizes(options.hidden, data);
  if (options.init_from.empty()) {
    check_room(options, data, backend, sizes);  // before weights are made, which takes long
    return {.layers = glorot_layers(sizes, options.config.seed), .sha256 = {}};
  }
  StoredLayers stored = load_layers(options.init_from);
  const LayerSizes found = sizes_of(stored.layers);
  if (found.front() != sizes.front() || found.back() != sizes.back()) {
    fail(ErrorKind::data, "--init-from: {} goes from {} inputs to {} classes, and the data has {} and {}",
         options.init_from, found.front(), found.back(), sizes.front(), sizes.back());
  }
  if (options.hidden_given && found != sizes) {
    fail(ErrorKind::usage,
         "--init-from: {} has other hidden layers than --hidden; leave --hidden away to take the file's",
         options.init_from);
  }
  check_room(options, data, backend, found);
  return stored;
}

class Training {
 public:
  explicit Training(const TrainOptions& options)
      : options_(options),
        device_(open_tuned_device(options.device)),
        data_(load_training_data(options.data)),
        lines_(options) {
    StoredLayers initial = initial_layers(options, data_, *device_.backend);
    record_.created = utc_now();
    record_.sizes = sizes_of(initial.layers);
    record_.config = options.config;
    record_.epochs_asked = options.epochs;
    record_.init_from = options.init_from;
    record_.init_sha256 = initial.sha256;
    folder_ = std::make_unique<RunFolder>(
        RunFolderRequest{.out = options.out, .data = data_.location.name, .force = options.force});
    const ResidentExamples training = put_on_backend(data_.train.part);
    const ResidentExamples validation =
        data_.validation.part == data_.train.part ? training : put_on_backend(data_.validation.part);
    trainer_ = std::make_unique<Trainer>(*device_.backend, options.config, Selection{training, data_.train},
                                         Selection{validation, data_.validation}, std::move(initial.layers));
    // Last of all: it may be in the run folder, and an old one is emptied.
    if (!options.log_steps.empty()) {
      step_log_ =
          std::make_unique<StepLog>(options.log_steps, options.force ? IfThere::replace : IfThere::fail);
    }
  }

  void run(Clock::time_point start) {
    if (!options_.quiet) talk_of_device("Training", device_);
    if (const std::string note = note_of_shared_rows(data_); !note.empty() && !options_.quiet) {
      talk("duet: {}\n", note);
    }
    EpochEnd end = EpochEnd::completed;
    while (end == EpochEnd::completed && trainer_->epochs_completed() < options_.epochs) end = run_epoch();
    lines_.clear_progress();
    record_.epochs = trainer_->epochs_completed();
    record_.stopped_at = trainer_->diverged_at();
    if (end == EpochEnd::stopped) record_.signal = InterruptGuard::signal();
    const bool stopped = end == EpochEnd::stopped, nothing_to_keep = stopped && record_.epochs == 0;
    if (nothing_to_keep) {
      talk("duet: stopped before the first epoch ended; nothing was kept\n");
    } else if (stopped) {
      talk("duet: stopped after {} of {} epochs; the model as it was then is tested and kept\n",
           record_.epochs, options_.epochs);
    }
    if (!nothing_to_keep) keep(start);
    finish(end);
  }

 private:
  // The host keeps only the pixels that the test needs.
  ResidentExamples put_on_backend(Part part) {
    LabelledImages& from = part == Part::train ? data_.data.train : data_.data.test;
    return is_tested(data_, part)
               ? ResidentExamples(*device_.backend, from.images, from.labels, pixel_divisor)
               : ResidentExamples(*device_.backend, std::move(from.images), from.labels, pixel_divisor);
  }

  EpochEnd run_epoch() {
    const EpochEnd end = trainer_->run_epoch([&](const Progress& progress) {
      lines_.progress(progress, options_.epochs);
      return InterruptGuard::signal() == 0;
    });
    if (step_log_ && end != EpochEnd::stopped) step_log_->append(trainer_->step_results());
    if (end == EpochEnd::completed) {
      record_.last = trainer_->report();
      folder_->append_history(to_json(trainer_->report()));
      lines_.epoch(trainer_->report());
    }
    return end;
  }

  void keep(Clock::time_point start) {
    Model model = model_of(std::move(*trainer_).layers(), data_);
    trainer_.reset();  // makes room for the test
    if (data_.test) record_.test = test(model, *data_.test);
    record_.device = device_.backend->info();  // only now it knows all that its libraries were asked for
    model.training = json_text(model_record(record_, data_), one_line);
    record_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    nlohmann::ordered_json json = to_json(record_, data_);
    folder_->keep(model, json, "");
    if (record_.test) lines_.test(*record_.test);  // now that a result which cannot be written loses nothing
    if (options_.json) {
      json["run"] = folder_->path().string();
      lines_.object(json);
    }
    lines_.report_unwritable(folder_->path());
    if (!options_.quiet) talk("Kept in {}\n", folder_->path().string());
  }

  // Nothing where the loss is not finite, which is no reason to lose the weights.
  std::optional<Evaluation> test(const Model& model, const Split& rows) {
    try {
      return evaluate(*device_.backend, model, data_.part(rows), rows);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::model) throw;
      if (!record_.stopped_at) talk("duet: {}\n", error.what());  // else finish() says that training diverged
      return std::nullopt;
    }
  }

  void finish(EpochEnd end) {
    flush_results();
    if (record_.stopped_at) {
      const std::string kept =
          record_.epochs == 0
              ? "the initial weights are kept"
              : fmt::format("the weights at the end of epoch {} are kept", record_.epochs - 1);
      fail(ErrorKind::diverged, "the loss of step {} is not finite; {} in {}; try a smaller --learning-rate",
           *record_.stopped_at, kept, folder_->path().string());
    }
    if (end == EpochEnd::stopped) throw StoppedBySignal{InterruptGuard::signal()};
  }

  const TrainOptions& options_;
  InterruptGuard guard_;  // first of all: a signal while data is read leaves no half-made folder either
  OpenedDevice device_;
  TrainingData data_;
  std::unique_ptr<RunFolder> folder_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<StepLog> step_log_;
  EpochLines lines_;
  TrainingRecord record_;
};

void declare_options(CLI::App& command, TrainOptions& o) {
  constexpr Range<double> decay = {.low = 0, .high = 1, .open_low = false, .open_high = true};
  add_data_argument(command, o.data.data);
  add_hidden(command, o.hidden)->each([&o](const std::string&) { o.hidden_given = true; });
  add_real(command, "--learning-rate", o.config.learning_rate, {1e-30, 1000}, "Adam's step size");
  add_real(command, "--beta1", o.config.beta1, decay, "Decay of Adam's mean of gradients");
  add_real(command, "--beta2", o.config.beta2, decay, "Decay of Adam's mean of squared gradients");
  add_real(command, "--epsilon", o.config.epsilon, {1e-30, 1}, "Keeps Adam's division from zero");
  add_batch(command, o.config.batch);
  add_integer(command, "--epochs", o.epochs, {1, 1'000'000}, "Times through the training examples");
  add_integer(command, "--seed", o.config.seed, {0, INT64_MAX}, "Of the initial weights and the shuffles");
  add_choice(command, "--shuffle", o.shuffle, {"epoch", "none"}, "Anew before every epoch, or never");
  add_splits(command, o.data);
  add_device_options(command, o.device);
  add_data_dir(command, o.data.data_dir);
  add_text(command, "--out", o.out, "DIR", "The run folder; otherwise runs/TIME-DATA");
  add_text(command, "--init-from", o.init_from, "FILE",
           "Initial weights from a safetensors file or a run folder");
  add_text(command, "--log-steps", o.log_steps, "FILE", "Write loss and accuracy of every step");
  command.add_flag("--force", o.force, "Replace what an earlier run left in --out and --log-steps");
  command.add_flag("--json", o.json, "Print one JSON object; the epoch lines go to standard error");
  command.add_flag("--quiet", o.quiet, "No epoch lines, no progress; errors always");
}

}  // namespace

Action add_train(CLI::App& program) {
  const Clock::time_point start = Clock::now();
  CLI::App* command =
      program.add_subcommand("train", "Train a network on a data set, and keep it in a run folder");
  auto options = std::make_shared<TrainOptions>();
  declare_options(*command, *options);
  return [options, start] {
    options->config.shuffle = options->shuffle == "epoch";
    Training(*options).run(start);
  };
}

}  // namespace duet
