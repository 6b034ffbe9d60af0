// Options whose values go through our strict parser instead of CLI11's, which takes nan, octal and empty
// elements.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/devices.h"
#include "core/parse.h"
#include "report/run_data.h"
#include "tools/cli11_forward.h"
#include "tools/training_data.h"

namespace duet {

// The value that `value` has is the default, and help shows it.
CLI::Option& add_integer(CLI::App& app, const std::string& name, int& value, Range<std::int64_t> range,
                         const std::string& help);
CLI::Option& add_integer(CLI::App& app, const std::string& name, std::uint64_t& value,
                         Range<std::int64_t> range, const std::string& help);
CLI::Option& add_real(CLI::App& app, const std::string& name, double& value, Range<double> range,
                      const std::string& help);
CLI::Option& add_integers(CLI::App& app, const std::string& name, std::vector<int>& values,
                          Range<std::int64_t> range, const std::string& help);
// Text that is not empty: an empty one is a shell variable that was never set. `type` is for the help.
CLI::Option& add_text(CLI::App& app, const std::string& name, std::string& value, const std::string& type,
                      const std::string& help);
// The same, repeated.
void add_texts(CLI::App& app, const std::string& name, std::vector<std::string>& values,
               const std::string& type, const std::string& help);
// One of a few words.
CLI::Option& add_choice(CLI::App& app, const std::string& name, std::string& value,
                        const std::vector<std::string>& words, const std::string& help);

void add_flag(CLI::App& app, const std::string& name, bool& value, const std::string& help);

// What stands on the command line without a name: text as it is. `shown`: in the help, in the place of the
// name.
void add_argument(CLI::App& app, const std::string& name, std::string& value, const std::string& help,
                  const std::string& shown = "");
void add_arguments(CLI::App& app, const std::string& name, std::vector<std::string>& values,
                   const std::string& help);

void require(CLI::Option& option);
void note_whether_given(CLI::Option& option, bool& given);

// The arguments and the flag that several commands share.
void add_model_argument(CLI::App& app, std::string& model);
void add_data_argument(CLI::App& app, std::string& data);
void add_run_argument(CLI::App& app, std::string& run);
void add_json(CLI::App& app, bool& json);

// --hidden, --batch; --train, --validation and --test.
inline const std::vector<int> default_hidden = {700, 500};
CLI::Option& add_hidden(CLI::App& app, std::vector<int>& hidden);
inline constexpr Range<std::int64_t> batch_sizes = {.low = 1, .high = 1'000'000};
void add_batch(CLI::App& app, int& batch);
void add_splits(CLI::App& app, DataRequest& request);

// --progress: of the view of a training.
void add_progress(CLI::App& app, std::string& progress);

// --data-dir, as find_dataset() takes it.
void add_data_dir(CLI::App& app, std::string& data_dir);

// --data and --data-dir: where the data of a run is.
void add_run_data(CLI::App& app, RunDataRequest& request);

// --device, --threads and --precision.
void add_device_options(CLI::App& app, DeviceRequest& request);

}  // namespace duet
