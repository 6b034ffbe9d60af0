#include "tools/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

namespace duet {
namespace {

using Json = nlohmann::ordered_json;

// A matrix with a head line and a number before each row.
std::string matrix(int classes, int width, const std::function<std::string(int, int)>& cell) {
  std::string text = fmt::format("{:>5}", "");
  for (int j = 0; j < classes; ++j) text += fmt::format(" {:>{}}", j, width);
  text += '\n';
  for (int i = 0; i < classes; ++i) {
    text += fmt::format("{:>5}", i);
    for (int j = 0; j < classes; ++j) text += fmt::format(" {:>{}}", cell(i, j), width);
    text += '\n';
  }
  return text;
}

// Each class as its number, which the matrices show, and its name where that says more.
std::vector<std::string> labels(const std::vector<std::string>& class_names) {
  const std::size_t digits = std::to_string(class_names.size() - 1).size();
  std::vector<std::string> all;
  for (std::size_t i = 0; i < class_names.size(); ++i) {
    std::string label = fmt::format("{:>{}}", i, digits);
    if (class_names[i] != std::to_string(i)) label += ' ' + class_names[i];
    all.push_back(std::move(label));
  }
  return all;
}

}  // namespace

Json to_json(const Evaluation& e) {
  Json per_class = Json::array(), confusion = Json::array();
  for (int i = 0; i < e.classes; ++i) {
    per_class.push_back(e.examples_of(i) == 0 ? Json(nullptr) : Json(e.accuracy_of(i)));
    Json row = Json::array();
    for (int j = 0; j < e.classes; ++j) row.push_back(e.count(i, j));
    confusion.push_back(row);
  }
  return {{"loss", e.loss}, {"accuracy", e.accuracy}, {"per_class", per_class}, {"confusion", confusion}};
}

std::string per_class_table(const Evaluation& e, const std::vector<std::string>& class_names) {
  std::vector<int> classes(static_cast<std::size_t>(e.classes));
  std::iota(classes.begin(), classes.end(), 0);
  const auto last =
      std::stable_partition(classes.begin(), classes.end(), [&](int c) { return e.examples_of(c) > 0; });
  std::stable_sort(classes.begin(), last, [&](int a, int b) { return e.accuracy_of(a) < e.accuracy_of(b); });
  const std::vector<std::string> labelled = labels(class_names);
  std::size_t width = 5;
  for (const std::string& label : labelled) width = std::max(width, label.size());

  std::string text = fmt::format("{:<{}}  accuracy     right  of\n", "class", width);
  for (const int c : classes) {
    const std::string& label = labelled[static_cast<std::size_t>(c)];
    if (e.examples_of(c) == 0) {
      text += fmt::format("{:<{}}         -         -  0\n", label, width);
    } else {
      text += fmt::format("{:<{}}  {:8.4f}  {:8}  {}\n", label, width, e.accuracy_of(c), e.count(c, c),
                          e.examples_of(c));
    }
  }
  return text;
}

std::string confusion_tables(const Evaluation& e) {
  const std::string counts =
      matrix(e.classes, 5, [&](int i, int j) { return fmt::format("{}", e.count(i, j)); });
  const std::string shares = matrix(e.classes, 6, [&](int i, int j) {
    const std::uint32_t examples = e.examples_of(i);
    return examples == 0 ? std::string("-")
                         : fmt::format("{:.4f}", static_cast<double>(e.count(i, j)) / examples);
  });
  return fmt::format("Confusion matrix (rows: true class, columns: predicted)\n{}\nNormalized by row\n{}",
                     counts, shares);
}

}  // namespace duet
