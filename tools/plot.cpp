// duet plot: one picture of a run, of data or of a model, as SVG or PNG.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/model/model.h"
#include "report/figures.h"
#include "report/run.h"
#include "report/run_data.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/figure_file.h"
#include "tools/options.h"

namespace duet {
namespace {

namespace fs = std::filesystem;

struct PlotOptions {
  std::string source, kind;
  RunDataRequest data;
  OutputFile output;
};

// What the first argument names; what a figure needs of it is read when it asks.
class Source {
 public:
  explicit Source(const PlotOptions& options) : options_(options) {
    std::error_code ignored;
    if (is_run_folder(options.source)) {
      run_ = load_run(options.source);
    } else if (fs::is_regular_file(options.source, ignored)) {
      model_ = load_model(options.source);
    }
  }

  const Run& run() const {
    if (!run_) {
      fail(ErrorKind::usage, "'{}' is drawn of a run, and {} is {}", options_.kind, options_.source,
           model_ ? "a model's file" : "no run folder");
    }
    return *run_;
  }
  std::span<const EpochReport> history() const {
    if (run().history.empty())
      fail(ErrorKind::data, "{} has no history: no epoch has ended", options_.source);
    return run().history;
  }
  const std::vector<TestPrediction>& test() const {
    if (!run().test || !run().model) {
      fail(ErrorKind::data, "{} has no test predictions: it was trained without test data, or has not ended",
           options_.source);
    }
    return *run().test;
  }
  const Model& model() const {
    if (model_) return *model_;
    if (!run_)
      fail(ErrorKind::usage, "'{}' is drawn of a model or a run, and {} is neither", options_.kind,
           options_.source);
    if (!run_->model) fail(ErrorKind::data, "{} has no model yet", options_.source);
    return *run_->model;
  }
  Dataset data() const {
    if (model_)
      fail(ErrorKind::usage, "'{}' is drawn of data or of a run, and {} is a model's file", options_.kind,
           options_.source);
    if (!run_) return load_dataset(find_dataset(options_.source, options_.data.data_dir));
    RunData found = find_run_data(*run_, options_.data);
    if (!found.data) fail(ErrorKind::data, "{}", found.missing);
    return std::move(*found.data);
  }

 private:
  const PlotOptions& options_;
  std::optional<Run> run_;
  std::optional<Model> model_;
};

Svg classes_of(const Source& source) {
  const Dataset data = source.data();
  std::vector<CountedPart> parts{{"train", count_labels(data.train.labels, data.classes)}};
  if (data.test.images.count > 0) parts.push_back({"test", count_labels(data.test.labels, data.classes)});
  return draw_classes(parts, data.class_names);
}

Svg examples_of(const Source& source) {
  const Dataset data = source.data();
  return draw_examples(data.train, data.class_names);
}

Svg mistakes_of(const Source& source) {
  const std::vector<TestPrediction> mistakes = worst_mistakes(source.test(), mistakes_shown);
  const Dataset data = source.data();
  return draw_mistakes(mistakes, tested_part(source.run(), data).images, source.model().class_names);
}

struct Kind {
  const char* name;
  Svg (*draw)(const Source&);
};
constexpr Kind kinds[] = {
    {"examples", examples_of},
    {"classes", classes_of},
    {"activations", [](const Source&) { return draw_activations(); }},
    {"loss", [](const Source& s) { return draw_loss(s.history()); }},
    {"accuracy", [](const Source& s) { return draw_accuracy(s.history()); }},
    {"per-class",
     [](const Source& s) {
       s.test();
       return draw_class_accuracy(evaluation_of(s.run()), s.model().class_names);
     }},
    {"confusion",
     [](const Source& s) {
       s.test();
       return draw_confusion(evaluation_of(s.run()), s.model().class_names);
     }},
    {"calibration", [](const Source& s) { return draw_calibration(s.test()); }},
    {"mistakes", mistakes_of},
    {"weights", [](const Source& s) { return draw_weights(s.model()); }},
};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds) names.emplace_back(kind.name);
  return names;
}

void plot(const PlotOptions& options) {
  check_figure_file(options.output);
  const Kind* kind =
      std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) { return options.kind == k.name; });
  write_figure(kind->draw(Source(options)), options.output);
}

}  // namespace

Action add_plot(CLI::App& program) {
  CLI::App& command = add_command(program, "plot", "Draw one picture of a run, of data or of a model");
  const auto options = std::make_shared<PlotOptions>();
  add_argument(command, "SOURCE", options->source, "A run folder; for some pictures data or a model's file",
               "RUN|DATA|MODEL");
  require(add_choice(command, "KIND", options->kind, kind_names(), "The picture"));
  require(add_output_file(command, options->output, "FILE.svg or FILE.png"));
  add_run_data(command, options->data);
  return [options] { plot(*options); };
}

}  // namespace duet
