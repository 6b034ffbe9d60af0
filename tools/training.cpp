#include "tools/training.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/atomic_file.h"
#include "core/devices.h"
#include "core/error.h"
#include "core/model/safetensors.h"
#include "core/printable.h"
#include "core/trainer.h"
#include "report/run.h"
#include "report/test_predictions.h"
#include "tools/checkpoint_clock.h"
#include "tools/checkpoint_files.h"
#include "tools/checkpoints.h"
#include "tools/console.h"
#include "tools/device.h"
#include "tools/epoch_lines.h"
#include "tools/forecast.h"
#include "tools/initial_layers.h"
#include "tools/interrupt.h"
#include "tools/json_text.h"
#include "tools/network.h"
#include "tools/progress_view.h"
#include "tools/report.h"
#include "tools/run_folder.h"
#include "tools/train_options.h"
#include "tools/training_logs.h"
#include "tools/training_record.h"

namespace duet {
namespace {

using Clock = std::chrono::steady_clock;

class Training {
 public:
  Training(const TrainOptions& options, std::optional<Resumption> resumed, Clock::time_point start)
      : options_(options),
        start_(start),
        goes_on_(resumed.has_value()),
        clock_(options.checkpoint_every),
        known_products_(resumed ? std::move(resumed->known_products) : ProductsOfDevice{}),
        device_(open_tuned_device(options.device, known_products_)),
        data_(load_training_data(options.data)),
        places_(places_of(options, data_)),
        logs_(options, data_),
        lines_(options.json, options.quiet),
        spent_before_(resumed ? resumed->seconds : 0) {
    TrainerState state = resumed ? go_on(*resumed) : begin();
    record_.sizes = sizes_of(state.layers);
    record_.config = options.config;
    record_.epochs_asked = options.epochs;
    record_.init_from = options.init_from;
    record_.device = device_.backend->info();
    const ResidentExamples training = put_on_backend(data_.train.part);
    const ResidentExamples validation =
        data_.validation.part == data_.train.part ? training : put_on_backend(data_.validation.part);
    TrainerConfig config = options.config;
    config.slice_ends_at = clock_.steps();
    trainer_ = std::make_unique<Trainer>(*device_.backend, config, Selection{training, data_.train},
                                         Selection{validation, data_.validation}, std::move(state));
    // A new folder's only when it is there: they may be in it.
    if (!folder_->is_new()) open_logs(resumed ? resumed->written.log_steps : "");
    if (!goes_on_) begin_run();
    folder_->stay();
  }

  void run() {
    if (!options_.quiet) talk_of_device("Training", device_);
    if (const std::string note = note_of_shared_rows(data_); !note.empty() && !options_.quiet) {
      talk("duet: {}\n", note);
    }
    logs_.examples();
    const EpochEnd end = saying_how_to_go_on([&] { return run_epochs(); });
    record_.stopped_at = trainer_->diverged_at();
    if (end == EpochEnd::stopped) record_.signal = InterruptGuard::signal();
    const bool stopped = end == EpochEnd::stopped;
    const bool is_kept = !stopped || (record_.epochs > 0 && !folder_->is_to_replace_a_run());
    if (stopped) {
      tell_what_becomes_of_it(is_kept);
      checkpoint();
    }
    if (is_kept) keep();
    finish(end);
  }

 private:
  // Of a training that was stopped.
  void tell_what_becomes_of_it(bool is_kept) const {
    if (record_.epochs == 0) return talk("duet: stopped before the first epoch ended\n");
    talk("duet: stopped after {} of {} epochs; {}\n", record_.epochs, options_.epochs,
         is_kept ? "the model as it was then is being tested and kept"
                 : "the earlier run stays until this one has ended");
  }

  TrainerState begin() {
    StoredLayers initial = initial_layers(options_, data_, *device_.backend);
    record_.created = utc_now();
    record_.init_sha256 = initial.sha256;
    folder_ = std::make_unique<RunFolder>(
        RunFolderRequest{.out = options_.out, .data = data_.location.name, .force = options_.force});
    checkpoints_ = std::make_unique<Checkpoints>(folder_->checkpoints(), std::max(1, options_.keep));
    return {.layers = std::move(initial.layers)};
  }

  TrainerState go_on(Resumption& resumed) {
    check_same_data(resumed, data_);
    check_fits(resumed, data_);
    if (const std::string note = note_of_other_kernels(resumed, device_.backend->info()); !note.empty()) {
      talk("duet: {}\n", note);
    }
    check_room(*device_.backend, forecast(options_, data_, *device_.backend, resumed.state.layers));
    record_.created = resumed.created;
    record_.init_sha256 = resumed.init_sha256;
    record_.epochs = resumed.state.epoch;
    folder_ = std::make_unique<RunFolder>(resumed.run, resumed.state.epoch, resumed.written.history,
                                          std::move(resumed.lock));
    if (record_.epochs > 0) {
      const std::vector<EpochReport> history = read_history(folder_->history_file(), true);
      record_.last = history.back();
      if (const int best = best_epoch(history); best >= 0) {
        check_best_model();
        best_accuracy_ = history[static_cast<std::size_t>(best)].validation->accuracy;
      }
    }
    checkpoints_ = std::make_unique<Checkpoints>(folder_->checkpoints(), std::max(1, options_.keep));
    return std::move(resumed.state);
  }

  // Of the epochs before.
  void check_best_model() const {
    const std::filesystem::path& file = folder_->best_file();
    if (std::error_code ignored; !std::filesystem::exists(file, ignored)) {
      return talk("duet: {} is gone: the best model of the epochs so far is lost\n", file.string());
    }
    try {
      SafetensorsFile(file).check();
    } catch (const Error& error) {
      fail(ErrorKind::model, "{}: {}: take it from a copy, or remove it and do without", file.string(),
           error.what());
    }
  }

  // `written`: the SHA-256 of the log of steps that is gone on with.
  void open_logs(const std::string& written) {
    if (!goes_on_) return logs_.begin();
    logs_.go_on(std::int64_t{record_.epochs} * trainer_->steps_per_epoch(), written);
  }

  // With a checkpoint, so that the folder appears with it. Those of another training that was to replace a
  // run here, and came to no end, stay until there is one.
  void begin_run() {
    const std::vector<std::filesystem::path> others = checkpoints_in(folder_->checkpoints());
    try {
      checkpoint();
      checkpoints_->wait();
      if (const std::optional<Error> trouble = checkpoints_->take_trouble()) throw Error(*trouble);
      checkpoints_->remove(others);
      folder_->appear();
      checkpoints_->move_to(folder_->checkpoints());
      if (folder_->is_new()) open_logs("");
    } catch (...) {
      checkpoints_->move_to(folder_->checkpoints());  // which may have appeared already
      checkpoints_->remove_all_but(others);           // the folder then goes with them
      throw;
    }
  }

  double seconds() const {
    return spent_before_ + std::chrono::duration<double>(Clock::now() - start_).count();
  }

  void checkpoint() {
    const Clock::time_point start = Clock::now();
    checkpoints_->wait();  // and gives back its copy, before there is another
    std::vector<std::filesystem::path> files = folder_->logs();
    std::ranges::move(logs_.files(), std::back_inserter(files));
    const Written written{.history = folder_->history_sha256(), .log_steps = logs_.sha256_of_steps()};
    checkpoints_->save({trainer_->state(), describe(options_, places_, record_, data_, written,
                                                    known_products_.known(), seconds())},
                       trainer_->steps_per_epoch(), std::move(files));
    clock_.restart(std::chrono::duration<double>(Clock::now() - start).count());
  }

  // The model of the first epoch with the highest validation accuracy is kept apart, as best_epoch() has it.
  void keep_if_best(const EpochReport& epoch) {
    if (!epoch.validation || !(epoch.validation->accuracy > best_accuracy_)) return;
    best_accuracy_ = epoch.validation->accuracy;
    Model best = model_of(trainer_->layers(), data_);
    best.training = json_text(model_record(record_, data_), one_line);
    checkpoints_->set_best(std::move(best), folder_->best_file());
  }

  // What cannot be written ends the training, and loses nothing that a checkpoint has.
  template <class Work>
  std::invoke_result_t<const Work&> saying_how_to_go_on(const Work& work) {
    try {
      return work();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::other) throw;
      fail(ErrorKind::other, "{}; when that is mended: duet resume {}", error.what(),
           shell_word(folder_->path().string()));
    }
  }

  // A full disk, and the like, is no reason to lose a training; but whoever looks is to know.
  void tell_trouble(ProgressView& view) {
    if (const std::optional<Error> trouble = checkpoints_->take_trouble()) {
      view.erase();
      talk("duet: no checkpoint: {}; the training goes on\n", trouble->what());
    }
  }

  // The host keeps only the pixels that the test needs.
  ResidentExamples put_on_backend(Part part) {
    LabelledImages& from = part == Part::train ? data_.data.train : data_.data.test;
    return data_.is_tested(part)
               ? ResidentExamples(*device_.backend, from.images, from.labels, pixel_divisor)
               : ResidentExamples(*device_.backend, std::move(from.images), from.labels, pixel_divisor);
  }

  EpochEnd run_epochs() {
    ProgressView view(options_);
    EpochEnd end = EpochEnd::completed;
    while (end == EpochEnd::completed && trainer_->epochs_completed() < options_.epochs)
      end = run_epoch(view);
    return end;
  }

  EpochEnd run_epoch(ProgressView& view) {
    const auto watch = [&](const Progress& progress) {
      if (InterruptGuard::signal() != 0) return false;
      const bool is_due = InterruptGuard::take_wish_for_checkpoint() || clock_.is_due(progress);
      if (is_due) checkpoints_->wait();  // so that what was wrong with the last one is told before the next
      tell_trouble(view);
      if (is_due) checkpoint();
      view.between_slices(*trainer_, progress);
      return true;
    };
    const EpochEnd end = trainer_->run_epoch(watch, view.looks());
    if (end != EpochEnd::stopped) logs_.steps(trainer_->step_results());
    if (end == EpochEnd::completed) {
      record_.last = trainer_->report();
      record_.epochs = trainer_->epochs_completed();
      keep_if_best(trainer_->report());
      folder_->append_history(to_json(trainer_->report()));
      logs_.epoch(trainer_->report());
      view.make_way();
      lines_.epoch(trainer_->report());
      view.epoch(trainer_->report(), trainer_->step_results());
      // Epochs that are over before the disk has answered share a checkpoint; what the last one made is kept
      // otherwise.
      const bool is_last = trainer_->epochs_completed() == options_.epochs && options_.keep == 0;
      if (clock_.is_due_at_epoch() && !is_last && !checkpoints_->is_busy()) checkpoint();
    }
    return end;
  }

  void keep() {
    Model model = model_of(std::move(*trainer_).layers(), data_);
    trainer_.reset();      // makes room for the test,
    checkpoints_->wait();  // and so does its copy
    if (data_.test) record_.test = test(model, *data_.test);
    record_.device = device_.backend->info();  // only now it knows all that its libraries were asked for
    model.training = json_text(model_record(record_, data_), one_line);
    record_.seconds = seconds();
    nlohmann::ordered_json json = saying_how_to_go_on([&] {
      checkpoints_->write_best();
      for (const std::filesystem::path& file : logs_.files()) sync_to_disk(file);
      return folder_->keep(model, to_json(record_, data_), test_csv());
    });
    checkpoints_->move_to(folder_->checkpoints());
    if (record_.signal == 0 && options_.keep == 0) checkpoints_->remove_all_but({});
    if (record_.test) lines_.test(*record_.test);  // now that a result which cannot be written loses nothing
    if (options_.json) {
      json["run"] = folder_->path().string();
      lines_.object(json);
    }
    lines_.report_unwritable(folder_->path());
    if (!options_.quiet) talk("Kept in {}\n", folder_->path().string());
    if (record_.test) logs_.test(*record_.test, model.class_names);
    if (options_.report) report();
  }

  void report() {
    const std::string page = write_report({.run = folder_->path().string(),
                                           .data = {options_.data.data, options_.data.data_dir},
                                           .output = {.path = "", .force = options_.force || goes_on_}});
    if (!options_.quiet) talk("The report is {}\n", page);
  }

  // Nothing where there was no test.
  std::string test_csv() const {
    if (!record_.test) return {};
    return to_csv(test_predictions(*data_.test, data_.part(*data_.test).labels, record_.test->answers));
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
    checkpoints_->wait();
    const std::optional<Error> trouble = checkpoints_->take_trouble();
    if (trouble) talk("duet: no checkpoint: {}\n", trouble->what());
    if (end != EpochEnd::stopped) return;
    if (!trouble) talk("duet: to go on: duet resume {}\n", shell_word(folder_->path().string()));
    throw StoppedBySignal{InterruptGuard::signal()};
  }

  const TrainOptions& options_;
  Clock::time_point start_;  // of the command
  bool goes_on_;             // with what an earlier command began, and its report is this one's
  CheckpointClock clock_;
  InterruptGuard guard_;  // first of all: a signal while data is read leaves no half-made folder either
  KnownProducts known_products_;  // before the device, which asks it
  OpenedDevice device_;
  TrainingData data_;
  Places places_;
  std::unique_ptr<RunFolder> folder_;
  std::unique_ptr<Checkpoints> checkpoints_;
  std::unique_ptr<Trainer> trainer_;
  TrainingLogs logs_;  // destroyed before folder_, in which they may be
  EpochLines lines_;
  TrainingRecord record_;
  double spent_before_;        // seconds, by the commands that this one goes on from
  double best_accuracy_ = -1;  // of validation, so far
};

}  // namespace

void train(const TrainOptions& options, Clock::time_point start) {
  Training(options, std::nullopt, start).run();
}

void resume(Resumption resumed, Clock::time_point start) {
  const TrainOptions options = resumed.options;
  Training(options, std::move(resumed), start).run();
}

}  // namespace duet
