// An evaluation as a person reads it, and as a program does.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/evaluation.h"

namespace duet {

// {"loss", "accuracy", "per_class": [..., null where a class has no example], "confusion": [[...]...]}
nlohmann::ordered_json to_json(const Evaluation& evaluation);

// Accuracy per class, the worst first.
std::string per_class_table(const Evaluation& evaluation, const std::vector<std::string>& class_names);

// The confusion matrix twice: counts, and rows normalized to 4 decimals. Rows are true classes.
std::string confusion_tables(const Evaluation& evaluation);

}  // namespace duet
