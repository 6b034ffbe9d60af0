// duet report: one HTML page of a run, which needs nothing but itself.
#include "tools/report.h"

#include <filesystem>
#include <memory>

#include "report/page.h"
#include "report/run.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/options.h"

namespace duet {

std::string write_report(ReportRequest request) {
  if (request.output.path.empty())
    request.output.path = (std::filesystem::path(request.run) / report_file_name).string();
  check_output_file(request.output);
  const Run run = load_run(request.run);
  const std::string page = report_page(run, find_run_data(run, request.data));
  write_output_file(request.output, page);
  return request.output.path;
}

Action add_report(CLI::App& program) {
  CLI::App& command = add_command(
      program, "report", "Make one HTML page of a run: how it learned, how well, and where it fails");
  const auto request = std::make_shared<ReportRequest>();
  add_run_argument(command, request->run);
  add_output_file(command, request->output, "The page; otherwise report.html in the run folder");
  add_run_data(command, request->data);
  return [request] { talk("The report is {}\n", write_report(*request)); };
}

}  // namespace duet
