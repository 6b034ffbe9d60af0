"""report.json and report.md, from what the stages have left in a folder."""
import json
from statistics import median

import predictions

MOST_FAILURES_SHOWN = 20


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def read_json(path):
    return json.loads(path.read_text()) if path.exists() else None


def assemble(folder, stages):
    results = {name: read_json(folder / f"{name}.json") for name in stages}
    results = {name: result for name, result in results.items() if result is not None}
    machine = read_json(folder / "machine.json")
    write_json(folder / "report.json", {"machine": machine, "stages": results})
    (folder / "report.md").write_text(markdown(machine, results))


def markdown(machine, results):
    parts = ["# Duet on a GPU", table([["", ""], *([name, value] for name, value in machine.items())]),
             "## Stages", table([["stage", "result", "seconds", ""],
                                 *([name, r["status"], f"{r['seconds']:.0f}", r["why"]] for name, r in results.items())])]
    parts += failures(results.get("tests", {}))
    parts += sanitized(results.get("sanitizer", {}))
    parts += ["## Predictions beside measurements",
              table([["what", "predicted for an H100", "measured"], *predictions.rows(results)])]
    parts += microseconds(results.get("kernels", {}))
    parts += comparison(results.get("peers", {}))
    parts += refused(results.get("peers", {}))
    return "\n\n".join(parts) + "\n"


def table(rows):
    """Of Markdown, the first row its head."""
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def failures(tests):
    found = tests.get("failures", [])
    if not found:
        return []
    more = [f"- and {len(found) - MOST_FAILURES_SHOWN} more, in tests.json"] if len(found) > MOST_FAILURES_SHOWN else []
    return ["## Tests that failed", "\n".join([f"- {name}" for name in found[:MOST_FAILURES_SHOWN]] + more)]


def sanitized(result):
    runs = result.get("runs", [])
    if not runs:
        return []
    return ["## compute-sanitizer", table([["tool", "program", "summary"],
                                           *([run["tool"], run["program"], run["summary"]] for run in runs)])]


def microseconds(kernels):
    ops = kernels.get("us", {})
    if not ops:
        return []
    return ["## Ops, microseconds", table([["op", "us"], *([name, f"{us:.2f}"] for name, us in ops.items())])]


def comparison(peers):
    """Warm: an epoch with its validation, all but the first of a run. Cold: a whole process, ten epochs."""
    by_program = {}
    for run in peers.get("runs", []):
        by_program.setdefault((run["precision"], f"{run['name']} {run['version']}"), []).append(run)
    if not by_program:
        return []
    rows = [["precision", "program", "warm epoch: min, ms", "median, ms", "cold process: min, s", "median, s",
             "first epoch: min, s", "validation accuracy"]]
    for (precision, name), runs in sorted(by_program.items()):
        warm = [epoch["seconds"] for run in runs for epoch in run["epochs"][1:]]
        cold = [run["wall_seconds"] for run in runs]
        rows.append([precision, name, f"{1e3 * min(warm):.2f}", f"{1e3 * median(warm):.2f}", f"{min(cold):.2f}",
                     f"{median(cold):.2f}", f"{min(run['epochs'][0]['seconds'] for run in runs):.3f}",
                     f"{median(run['epochs'][-1]['validation_accuracy'] for run in runs):.4f}"])
    return ["## Peers", table(rows)]


def refused(peers):
    why = peers.get("refusals", {})
    return ["## Peers that did not run", "\n".join(f"- {name}: {line}" for name, line in why.items())] if why else []
