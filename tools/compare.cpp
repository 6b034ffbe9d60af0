// duet compare: runs side by side, what differs between them, and whether the difference is more than chance.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "report/figures.h"
#include "report/run.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/figure_file.h"
#include "tools/json_text.h"
#include "tools/options.h"
#include "tools/run_comparison.h"
#include "tools/terminal_picture.h"
#include "tools/text_table.h"

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

struct CompareOptions {
  std::vector<std::string> runs;
  OutputFile chart;
  bool json = false;
};

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
std::string cell(const std::optional<T>& value, const char* format = "{}") {
  return value ? fmt::format(fmt::runtime(format), *value) : "-";
}

std::string cell_of_test(const std::optional<TestScore>& test) {
  if (!test) return "-";
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", test->accuracy(), test->interval().low,
                     test->interval().high);
}

std::vector<Column> columns_of(const std::vector<RunSummary>& runs) {
  std::vector<Column> columns = {{"run", {}, Align::left},
                                 {"device", {}, Align::left},
                                 {"precision", {}, Align::left},
                                 {"hidden", {}, Align::left},
                                 {"parameters", {}},
                                 {"epochs", {}},
                                 {"seconds", {}},
                                 {"training loss", {}},
                                 {"best validation", {}},
                                 {"in epoch", {}},
                                 {"test accuracy (95 %)", {}}};
  for (const RunSummary& run : runs) {
    const std::string cells[] = {
        run.name,
        cell(run.device),
        cell(run.precision),
        cell(run.hidden),
        cell(run.parameters),
        cell(std::optional(run.epochs)),
        cell(run.seconds, "{:.1f}"),
        cell(run.training_loss, "{:.4f}"),
        run.best_validation ? fmt::format("{:.4f}", run.best_validation->accuracy) : "-",
        run.best_validation ? fmt::format("{}", run.best_validation->epoch) : "-",
        cell_of_test(run.test)};
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].cells.push_back(cells[i]);
  }
  return columns;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "-" : json_text(value, one_line);
}

std::vector<Column> columns_of(const std::vector<RunSummary>& runs,
                               const std::vector<Difference>& differences) {
  std::vector<Column> columns = {{"run", {}, Align::left}};
  for (const RunSummary& run : runs) columns[0].cells.push_back(run.name);
  for (const Difference& difference : differences) {
    Column& column = columns.emplace_back(Column{difference.key, {}});
    for (const Json& value : difference.values) column.cells.push_back(text_of(value));
  }
  return columns;
}

std::string sentence(const RunPair& pair) {
  if (!pair.test) return fmt::format("{} and {}: {}.", pair.first, pair.second, pair.why_not);
  const McNemar& test = *pair.test;
  const std::string counts = fmt::format(
      "{} and {}, on the same {} test examples: {} that only {} had right, {} that only {} had right;",
      pair.first, pair.second, pair.examples, test.only_first, pair.first, test.only_second, pair.second);
  const std::string chance = fmt::format("a difference this large happens by chance with probability {}",
                                         test.p < 1e-4 ? "below 0.0001" : fmt::format("{:.2g}", test.p));
  if (!pair.differs()) return fmt::format("{} {}: these runs may well be equally good.", counts, chance);
  return fmt::format("{} {}: on data like this {} is better.", counts, chance,
                     test.only_first > test.only_second ? pair.first : pair.second);
}

void print_comparison(const std::vector<RunSummary>& runs, const std::vector<Difference>& differences,
                      const std::vector<RunPair>& pairs) {
  const int width = terminal_columns();
  result("{}\n", table(columns_of(runs), width));
  if (differences.empty()) {
    result("Their configurations are the same.\n");
  } else {
    result("What differs in their configurations:\n\n{}", table(columns_of(runs, differences), width));
  }
  for (const RunPair& pair : pairs) result("\n{}", wrapped(sentence(pair), width));
  if (std::count_if(pairs.begin(), pairs.end(), [](const RunPair& pair) { return pair.test.has_value(); }) >
      1) {
    result("\n{}", wrapped("One in twenty such tests finds a difference where there is none.", width));
  }
  for (const RunSummary& run : runs) {
    if (!run.finished) result("\n{}", wrapped(run.name + " is still being written, or was killed.", width));
  }
}

Json to_json(const RunSummary& run) {
  Json json = {{"name", run.name},
               {"folder", run.folder},
               {"finished", run.finished},
               {"device", or_null(run.device)},
               {"precision", or_null(run.precision)},
               {"hidden", or_null(run.hidden)},
               {"parameters", or_null(run.parameters)},
               {"epochs", run.epochs},
               {"seconds", or_null(run.seconds)},
               {"training_loss", or_null(run.training_loss)}};
  json["best_validation"] = nullptr;
  if (run.best_validation) {
    json["best_validation"] = {{"accuracy", run.best_validation->accuracy},
                               {"epoch", run.best_validation->epoch}};
  }
  json["test"] = nullptr;
  if (run.test) {
    json["test"] = {{"right", run.test->right},
                    {"examples", run.test->examples},
                    {"accuracy", run.test->accuracy()},
                    {"interval", {run.test->interval().low, run.test->interval().high}}};
  }
  return json;
}

Json to_json(const RunPair& pair) {
  Json json = {{"first", pair.first}, {"second", pair.second}};
  if (pair.test) {
    json["examples"] = pair.examples;
    json["only_first"] = pair.test->only_first;
    json["only_second"] = pair.test->only_second;
    json["p"] = pair.test->p;
    json["differs"] = pair.differs();
  } else {
    json["why_not"] = pair.why_not;
  }
  return json;
}

void print_json(const std::vector<RunSummary>& runs, const std::vector<Difference>& differences,
                const std::vector<RunPair>& pairs) {
  Json json = {{"runs", Json::array()}, {"differences", Json::object()}, {"pairs", Json::array()}};
  for (const RunSummary& run : runs) json["runs"].push_back(to_json(run));
  for (const Difference& difference : differences) json["differences"][difference.key] = difference.values;
  for (const RunPair& pair : pairs) json["pairs"].push_back(to_json(pair));
  result("{}\n", json_text(json));
}

// Accuracy of every run, on its validation where it had one; else of its training, and then its name says so.
Svg chart_of(const std::vector<Run>& runs) {
  CurveChart chart{.title = "Validation accuracy",
                   .quantity = "accuracy",
                   .curves = {},
                   .best_epoch = -1,
                   .from_zero = false};
  for (const Run& run : runs) {
    const bool validated = best_epoch(run.history) >= 0;
    Curve curve{.name = validated ? run.name : run.name + " (training)",
                .values = {},
                .colour = static_cast<int>(chart.curves.size()),
                .dashed = chart.curves.size() % 2 == 1};
    for (const EpochReport& epoch : run.history) {
      curve.values.push_back(validated && epoch.validation ? epoch.validation->accuracy
                                                           : epoch.train.accuracy);
    }
    chart.curves.push_back(std::move(curve));
  }
  return draw_curves(chart);
}

void run_compare(const CompareOptions& options) {
  if (options.runs.size() < 2) {
    fail(ErrorKind::usage, "RUN: '{}' alone cannot be compared; give two run folders or more",
         options.runs.front());
  }
  if (!options.chart.path.empty()) check_figure_file(options.chart);
  std::vector<Run> runs;
  runs.reserve(options.runs.size());
  for (const std::string& folder : options.runs) runs.push_back(load_run(folder));
  name_apart(runs);
  check_comparable(runs);
  std::vector<RunSummary> summaries;
  summaries.reserve(runs.size());
  for (const Run& run : runs) summaries.push_back(summarize(run));
  const auto print = options.json ? print_json : print_comparison;
  print(summaries, differences_of(runs), pairs_with_first(runs));
  if (!options.chart.path.empty()) write_figure(chart_of(runs), options.chart);
}

}  // namespace

Action add_compare(CLI::App& program) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App& command = add_command(
      program, "compare", "Say how runs differ, and whether one is better than another by more than chance");
  add_arguments(command, "RUN", options->runs,
                "Run folders, two or more; the others are tested against the first");
  add_output_file(command, options->chart, "Draw their curves on one chart, FILE.svg or FILE.png");
  add_json(command, options->json);
  return [options] { run_compare(*options); };
}

}  // namespace duet
