#include "core/trainer.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "core/error.h"

namespace duet {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double slice_seconds = 0.05;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<Result> read_results(Backend& backend, const Vec<Result>& from, int steps) {
  std::vector<Result> results(static_cast<std::size_t>(steps));
  copy_out<Result>(backend, results, from.data);
  return results;
}

// What a trainer has on its backend beside examples and their order.
TrainingBuffers book(Arena& arena, const LayerSizes& sizes, const TrainerConfig& config, const Split& rows,
                     const Preferences& prefers) {
  return book_training(arena, sizes, std::min(config.batch, rows.count),
                       count_steps(rows.count, config.batch), prefers);
}

ValidationBuffers book_validation(Arena& arena, const LayerSizes& sizes, const Split& rows, int batch) {
  return {book_activations(arena, sizes, std::min(batch, rows.count)),
          arena.vec<Result>(count_steps(rows.count, batch))};
}

std::vector<Op> shuffle(const TrainerConfig& config, Vec<std::uint32_t> order) {
  return {Shuffle{config.seed, order}};
}

std::vector<Op> validation_step(const Parameters& parameters, const ValidationBuffers& on,
                                const Batch& batch) {
  std::vector<Op> program = forward(parameters, on.outputs, batch);
  program.push_back(
      SoftmaxCrossEntropy{first_rows(on.outputs.back(), batch.rows), batch, false, {}, on.results, {}});
  return program;
}

}  // namespace

MemoryNeeds memory_of_training(Backend& backend, const TrainerConfig& config, const LayerSizes& sizes,
                               const HostSelection& training, const HostSelection& validation) {
  const Preferences prefers = backend.prefers();
  Arena arena;
  const auto examples = [&](const HostSelection& of) {
    return book_examples(arena, of.data.images, of.data.labels.size(), 1);
  };
  const Examples trained = examples(training);
  const Examples validated = validation.rows.part == training.rows.part ? trained : examples(validation);
  const Vec<std::uint32_t> order = book_order(arena, training.rows);
  const Vec<std::uint32_t> validation_order = book_order(arena, validation.rows);
  MemoryNeeds needs{.data = arena.size(),
                    .weights = bytes_of([&](Arena& a) { book_parameters(a, sizes, prefers); }),
                    .gradients = bytes_of([&](Arena& a) { book_gradients(a, sizes, prefers); }),
                    .batch_is_chosen = true};
  needs.moments = 2 * needs.weights;

  const TrainingBuffers on = book(arena, sizes, config, training.rows, prefers);
  const int rows_of_evaluation = prefers.rows_of_evaluation;
  const ValidationBuffers validating = book_validation(arena, sizes, validation.rows, rows_of_evaluation);
  needs.activations = arena.size() - needs.total();
  needs.workspace = backend.bytes_to_compile(shuffle(config, order));
  needs.workspace += bytes_of_sweep(backend, training.rows.count, config.batch, [&](int rows) {
    return training_step(on, {trained, order, config.batch, rows}, prefers);
  });
  needs.workspace += bytes_of_sweep(backend, validation.rows.count, rows_of_evaluation, [&](int rows) {
    return validation_step(on.parameters, validating,
                           {validated, validation_order, rows_of_evaluation, rows});
  });
  return needs;
}

Trainer::Trainer(Backend& backend, const TrainerConfig& config, const Selection& training,
                 const Selection& validation, TrainerState start)
    : backend_(backend),
      config_(config),
      layers_(std::move(start.layers)),
      training_data_(training.data),
      validation_data_(validation.data),
      order_(backend, training.rows),
      validation_order_(backend, validation.rows),
      buffers_(allocate(backend,
                        [&](Arena& arena) {
                          return book(arena, sizes_of(layers_), config, training.rows, backend.prefers());
                        })),
      validation_buffers_(allocate(backend,
                                   [&](Arena& arena) {
                                     return book_validation(arena, sizes_of(layers_), validation.rows,
                                                            backend.prefers().rows_of_evaluation);
                                   })),
      shuffle_(backend.compile(shuffle(config, order_.order()))),
      training_(backend, training.rows.count, config.batch,
                [&](int rows) {
                  const Batch batch{training_data_.examples(), order_.order(), config.batch, rows};
                  return training_step(buffers_.second, batch, backend.prefers());
                }),
      validation_(backend, validation.rows.count, backend.prefers().rows_of_evaluation, [&](int rows) {
        return validation_step(buffers_.second.parameters, validation_buffers_.second,
                               {validation_data_.examples(), validation_order_.order(),
                                backend.prefers().rows_of_evaluation, rows});
      }) {
  for (const ResidentExamples& data : {training.data, validation.data}) {
    if (const int classes = layers_.back().outputs; data.largest_label() >= classes) {
      fail(ErrorKind::data, "there is a label {}, beyond the {} classes (0 to {}) of the network",
           data.largest_label(), classes, classes - 1);
    }
  }
  if (start.step < 0 || start.step > training_.steps() ||
      start.results.size() != static_cast<std::size_t>(start.step)) {
    fail(ErrorKind::model, "its step {} of an epoch of {} steps has {} results", start.step,
         training_.steps(), start.results.size());
  }
  upload(backend, buffers_.second.parameters, layers_);
  if (!start.mean.empty()) upload(backend, buffers_.second.m, start.mean);
  if (!start.variance.empty()) upload(backend, buffers_.second.v, start.variance);
  if (start.step > 0) layers_ = std::move(start.last_good);
  epochs_completed_ = start.epoch;
  steps_done_ = start.step;
  results_ = std::move(start.results);
}

TrainerState Trainer::state() {
  const TrainingBuffers& on = buffers_.second;
  TrainerState state{.epoch = epochs_completed_, .step = steps_done_, .layers = layers_};
  if (state.epoch == 0 && state.step == 0) return state;  // no moments yet
  state.mean = state.variance = state.layers;
  if (steps_done_ > 0) download(backend_, on.parameters, state.layers);  // else they are layers_
  download(backend_, on.m, state.mean);
  download(backend_, on.v, state.variance);
  if (steps_done_ > 0) state.last_good = layers_;
  state.results = read_results(backend_, on.results, steps_done_);
  return state;
}

EpochEnd Trainer::run_epoch(const Watch& watch, Looks looks) {
  const Clock::time_point start = Clock::now();
  if (looks == Looks::yes) forget_results();
  const int epoch = epochs_completed_;
  const Hyper hyper{.learning_rate = config_.learning_rate,
                    .beta1 = config_.beta1,
                    .beta2 = config_.beta2,
                    .epsilon = config_.epsilon,
                    .updates = static_cast<std::uint64_t>(epoch) * training_.steps()};
  copy_in<Hyper>(backend_, buffers_.second.hyper, {&hyper, 1});
  if (config_.shuffle) shuffle_->run(epoch, 1);
  if (steps_done_ > 0) copy_in<Result>(backend_, buffers_.second.results.data, results_);  // resumed
  if (!train(watch, looks)) return EpochEnd::stopped;
  steps_done_ = 0;

  validation_.run(0, validation_.steps());
  results_ = read_results(backend_, buffers_.second.results, training_.steps());
  const std::vector<Result> validation =
      read_results(backend_, validation_buffers_.second.results, validation_.steps());
  const Parameters& parameters = buffers_.second.parameters;
  const int bad = first_not_finite(results_);
  if (bad >= 0 || first_not_finite(validation) >= 0 || !are_finite(backend_, parameters)) {
    const int step = bad >= 0 ? bad : training_.steps() - 1;  // finite on the way, but not where it led
    diverged_at_ = std::int64_t{epoch} * training_.steps() + step + 1;
    results_.resize(static_cast<std::size_t>(step) + 1);
    return EpochEnd::diverged;
  }
  download(backend_, parameters, layers_);  // only now: until then they are the last good ones
  report_.epoch = epoch;
  report_.train = summarize(results_);
  report_.validation = validation.empty() ? std::nullopt : std::optional(summarize(validation));
  report_.learning_rate = config_.learning_rate;
  report_.seconds = seconds_since(start);
  ++epochs_completed_;
  return EpochEnd::completed;
}

// A result that is not zero is then one of this epoch: whatever is looked at from now on was read behind the
// zeros.
void Trainer::forget_results() {
  looked_at_.assign(static_cast<std::size_t>(training_.steps()), Result{});
  copy_in<Result>(backend_, buffers_.second.results.data, looked_at_);
  backend_.wait();
}

std::span<const Result> Trainer::known_results() {
  peek<Result>(backend_, looked_at_, buffers_.second.results.data);
  const auto unknown = std::ranges::find(looked_at_, 0U, &Result::seen);
  return {looked_at_.begin(), unknown};
}

// A device that only takes orders has the whole epoch long before it has done it. Meanwhile the watch goes
// on, until shortly before the end, as far as that can be foretold: wait() misses none of it.
bool Trainer::follow(const Watch& watch, Clock::time_point start) {
  const int steps = training_.steps();
  const double expected = epochs_completed_ > 0 ? order_.order().size / report_.examples_per_second
                                                : 1;  // enough for a first step to be known
  for (;;) {
    const std::span<const Result> known = known_results();
    const double spent = seconds_since(start);
    const double whole = known.empty() ? expected : spent * steps / static_cast<double>(known.size());
    if (whole - spent < 4 * slice_seconds) return true;
    std::this_thread::sleep_for(std::chrono::duration<double>(known.empty() ? 0.001 : slice_seconds));
    if (!watch({epochs_completed_, static_cast<int>(known.size()), steps})) return false;
  }
}

// So many steps may follow those that are done before a slice has to end.
int Trainer::steps_to_end_of_slice() const {
  const int left = training_.steps() - steps_done_;
  if (config_.slice_ends_at == 0) return left;
  const std::int64_t made = std::int64_t{epochs_completed_} * training_.steps() + steps_done_;
  return static_cast<int>(std::min<std::int64_t>(left, config_.slice_ends_at - made % config_.slice_ends_at));
}

// Runs the steps of an epoch in slices. A slice's length depends on the clock, the results do not.
bool Trainer::train(const Watch& watch, Looks looks) {
  const Clock::time_point start = Clock::now();
  const int steps = training_.steps();
  int slice = 1;
  const int resumed_at = steps_done_;
  while (steps_done_ < steps) {
    const Clock::time_point slice_start = Clock::now();
    const int count = std::min(slice, steps_to_end_of_slice());
    training_.run(steps_done_, count);
    steps_done_ += count;
    if (watch && !watch({epochs_completed_, steps_done_, steps})) return false;
    // Twice as long while it is too short: a device that only takes orders gets the whole epoch in a few of
    // them.
    const double seconds = seconds_since(slice_start);
    slice = seconds < slice_seconds / 2 ? std::min(2 * slice, steps)
                                        : std::max(1, static_cast<int>(count * slice_seconds / seconds));
  }
  if (looks == Looks::yes && !follow(watch, start)) return false;
  backend_.wait();
  const int trained = std::max(0, order_.order().size - resumed_at * config_.batch);
  report_.examples_per_second = trained / seconds_since(start);
  return true;
}

}  // namespace duet
