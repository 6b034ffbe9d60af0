#include "report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.h"
#include "core/version.h"
#include "report/figures.h"
#include "report/html.h"
#include "report/recipe.h"
#include "report/record.h"
#include "report/scale.h"
#include "report/scores.h"
#include "report/style.h"

namespace duet {
namespace {

std::string card(const Svg& figure) {
  return fmt::format("<figure class=\"card\">\n{}</figure>\n", figure.element());
}

std::string figures(const std::string& cards) {
  return cards.empty() ? cards : fmt::format("<div class=\"figures\">\n{}</div>\n", cards);
}

std::string section(std::string_view title, const std::string& content) {
  return content.empty() ? content : fmt::format("<section>\n{}{}</section>\n", html("h2", title), content);
}

std::string note(std::string_view sentence) { return html("p", sentence, "note"); }

std::string share(const std::optional<double>& value) { return value ? fmt::format("{:.4f}", *value) : "–"; }

std::vector<std::string> class_names_of(const Run& run, const RunData& data) {
  if (run.model) return run.model->class_names;
  return data.data ? data.data->class_names : std::vector<std::string>{};
}

// The figures and tables of one run, section by section.
class Page {
 public:
  Page(const Run& run, const RunData& data)
      : run_(run), data_(data), class_names_(class_names_of(run, data)), best_(best_epoch(run.history)) {
    if (run.test && run.model) evaluation_ = evaluation_of(run);
  }

  std::string text() const {
    std::string page = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"generator\" content=\"duet "
        "{}\">\n<title>{}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n",
        version, escape(title()), page_css, chart_css);
    page += fmt::format("<header>\n{}{}{}{}</header>\n<main>\n", html("h1", title()),
                        html("p", origin(), "soft"), numbers(), notes());
    page += section("How it learned", learning());
    page += section("How well it does on the test", test());
    page += section("The data", data());
    page += section("The model", model());
    page += section("To do it again", recipe());
    page +=
        fmt::format("</main>\n<footer>Made by duet {} from the run folder {}.</footer>\n</body>\n</html>\n",
                    version, escape(run_.name));
    return page;
  }

 private:
  std::string title() const {
    std::string text = field(run_.record, "/data/name").value_or(run_.name);
    if (run_.model) {
      text += fmt::format(" through {}", run_.model->inputs());
      for (const Layer& layer : run_.model->layers) text += fmt::format("-{}", layer.outputs);
    }
    return text;
  }

  std::string origin() const {
    std::string text = fmt::format("Run {}", run_.name);
    if (const auto created = field(run_.record, "/created")) text += ", trained " + *created;
    if (const auto device = field(run_.record, "/device")) text += " on " + *device;
    if (const auto hardware = field(run_.record, "/hardware")) text += " (" + *hardware + ")";
    return text + ".";
  }

  std::string notes() const {
    std::string text;
    if (!run_.finished()) {
      text += note(
          "There is no run.json: this run is still being written, or it ended before anything was kept. What "
          "follows "
          "is what its history says so far.");
    }
    if (const auto step = field(run_.record, "/stopped_at")) {
      text += note(fmt::format(
          "Training diverged: the loss of step {} was not finite. The weights are those of the last epoch "
          "that ended before.",
          *step));
    }
    if (const auto signal = field(run_.record, "/signal")) {
      text += note(fmt::format("Training was stopped by signal {} after {} of {} epochs.", *signal,
                               field(run_.record, "/epochs").value_or("?"),
                               field(run_.record, "/configuration/epochs").value_or("?")));
    }
    if (run_.history.empty())
      text += note("There is no history: no epoch has ended, or history.jsonl is missing.");
    if (!data_.data) text += note("Pictures that need the data are left out: " + data_.missing);
    if (run_.finished() && !run_.test) {
      text += note(
          "There are no test predictions in this run, so nothing is said about the test: it was trained "
          "without test "
          "data, or by an older version.");
    }
    return text;
  }

  static std::string number(std::string_view name, std::string_view value, std::string_view below) {
    return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", escape(name), escape(value),
                       escape(below));
  }

  std::string numbers() const {
    std::string text;
    if (evaluation_ && run_.test) {
      const std::uint64_t right = count_right(*run_.test);
      const Interval interval = wilson_interval(right, run_.test->size());
      text += number("Test accuracy", fmt::format("{:.4f}", evaluation_->accuracy),
                     fmt::format("95 % interval {:.4f} to {:.4f}", interval.low, interval.high));
      text += number("Wrong answers", grouped(static_cast<long long>(run_.test->size() - right)),
                     fmt::format("of {}", grouped(static_cast<long long>(run_.test->size()))));
    }
    if (best_ >= 0) {
      const EpochReport& best = run_.history[static_cast<std::size_t>(best_)];
      if (best.validation)
        text += number("Best validation", fmt::format("{:.4f}", best.validation->accuracy),
                       fmt::format("accuracy in epoch {}; {} were made", best.epoch, run_.history.size()));
    }
    if (!run_.history.empty()) {
      const EpochReport& last = run_.history.back();
      text += number("Training loss",
                     std::isfinite(last.train.loss) ? fmt::format("{:.4f}", last.train.loss) : "not finite",
                     fmt::format("accuracy {:.4f}, epoch {}", last.train.accuracy, last.epoch));
    }
    if (run_.model) {
      text += number("Parameters", grouped(static_cast<long long>(parameters_of(*run_.model))),
                     fmt::format("{} layers", run_.model->layers.size()));
    }
    if (const auto& seconds = value_at(run_.record, "/seconds"); seconds.is_number()) {
      text += number("Seconds", fmt::format("{:.2f}", seconds.get<double>()), "from start to kept model");
    }
    return text.empty() ? text : fmt::format("<dl class=\"numbers\">\n{}</dl>\n", text);
  }

  std::string learning() const {
    if (run_.history.empty()) return {};
    return figures(card(draw_loss(run_.history)) + card(draw_accuracy(run_.history)));
  }

  std::string test() const {
    if (!evaluation_ || !run_.test) return {};
    std::string cards = card(draw_class_accuracy(*evaluation_, class_names_));
    cards += fmt::format("<div class=\"card\">\n{}{}</div>\n", html("h3", "Scores per class"),
                         scores(*evaluation_));
    cards += card(draw_calibration(*run_.test));
    cards += card(draw_confusion(*evaluation_, class_names_));
    if (data_.data) {
      cards += card(draw_mistakes(worst_mistakes(*run_.test, mistakes_shown),
                                  tested_part(run_, *data_.data).images, class_names_));
    }
    return figures(cards);
  }

  std::string scores(const Evaluation& evaluation) const {
    std::vector<std::vector<std::string>> rows;
    const std::vector<ClassScores> all = class_scores(evaluation);
    for (std::size_t i = 0; i < all.size(); ++i) {
      rows.push_back({class_names_[i], share(all[i].precision), share(all[i].recall), share(all[i].f1),
                      grouped(all[i].examples)});
    }
    return html_table("Scores per class",
                      {{"class", ""},
                       {"precision", "number"},
                       {"recall", "number"},
                       {"F1", "number"},
                       {"examples", "number"}},
                      rows);
  }

  std::span<const std::uint8_t> labels_of(const Dataset& data, const std::string& expression,
                                          const char* part) const {
    try {
      const LabelledImages& from = part_of(expression, part) == Part::train ? data.train : data.test;
      const Split rows = parse_split(expression, from.images.count, part);
      return std::span(from.labels)
          .subspan(static_cast<std::size_t>(rows.first), static_cast<std::size_t>(rows.count));
    } catch (const Error& error) {  // whose kind is that of an option
      fail(ErrorKind::data, "{}: {}", (run_.folder / record_file_name).string(), error.what());
    }
  }

  std::string data() const {
    if (!data_.data) return {};
    const Dataset& data = *data_.data;
    std::vector<CountedPart> parts;
    for (const char* part : {"train", "validation", "test"}) {
      const auto expression = field(run_.record, std::string("/data/") + part);
      if (!expression) continue;
      parts.push_back({fmt::format("{} ({})", part, *expression),
                       count_labels(labels_of(data, *expression, part), data.classes)});
    }
    if (parts.empty()) parts.push_back({"train", count_labels(data.train.labels, data.classes)});
    return figures(card(draw_examples(data.train, class_names_)) + card(draw_classes(parts, class_names_)));
  }

  std::string model() const {
    if (!run_.model) return {};
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < run_.model->layers.size(); ++i) {
      const Layer& layer = run_.model->layers[i];
      const bool last = i + 1 == run_.model->layers.size();
      rows.push_back({std::to_string(i), fmt::format("{} × {}", layer.inputs, layer.outputs),
                      last ? "softmax" : std::string(name_of(layer.activation)),
                      grouped(static_cast<long long>(parameters_of(layer)))});
    }
    const std::string table = html_table(
        "Layers", {{"layer", ""}, {"inputs × outputs", ""}, {"activation", ""}, {"parameters", "number"}},
        rows);
    const std::string input =
        html("p", fmt::format("Input: images of {} × {} pixels, divided by {}.", run_.model->height,
                              run_.model->width, run_.model->divisor));
    return figures(fmt::format("<div class=\"card\">\n{}{}{}</div>\n", html("h3", "Layers"), input, table) +
                   card(draw_activations()) + card(draw_weights(*run_.model)));
  }

  std::string recipe() const {
    if (!run_.finished()) return {};
    return fmt::format("<div class=\"card\">\n{}{}</div>\n", command_section(run_.record),
                       facts_section(run_.record));
  }

  const Run& run_;
  const RunData& data_;
  std::vector<std::string> class_names_;
  int best_;
  std::optional<Evaluation> evaluation_;
};

}  // namespace

std::string report_page(const Run& run, const RunData& data) { return Page(run, data).text(); }

}  // namespace duet
