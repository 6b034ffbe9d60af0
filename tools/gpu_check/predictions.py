"""What was predicted for an H100 before any GPU had run this program, beside what was measured."""
from statistics import median

STEPS_OF_EPOCH = 391  # 390 of 128 examples, one of 80
UNKNOWN = "not measured"

OPS = [  # in words, predicted microseconds, name in the stage `kernels`
    ("first layer, 128x784 by 784x700", "5.0", "linear/first"),
    ("second layer, 128x700 by 700x500", "4.5", "linear/second"),
    ("last layer, loss and their gradient in one kernel", "2.8", "head"),
    ("gradient of the second layer's input", "4.0", "grad_input/second"),
    ("gradient of the first layer's weights", "3.0", "grad_weight/first"),
    ("Adam, all parameters", "3.2 for the first layer's", "adam/all"),
]


def rows(results):
    """[what, predicted, measured] each."""
    limits = results.get("limits", {})
    found = [
        ["a kernel in a chain in a graph, us", "1.2", number(limits, "node_us")],
        ["a kernel in each of two streams, forked and joined, us", "none", number(limits, "fork_and_join_us")],
        ["a launch without a graph, us of the host", "2 to 6", number(limits, "launch_us")],
        ["copy of memory, GB/s read and written", "3000", number(limits, "memory_gb_per_s")],
        ["copy of 15 MB in L2, GB/s", "5500", number(limits, "l2_gb_per_s")],
    ]
    microseconds = results.get("kernels", {}).get("us", {})
    for what, predicted, name in OPS:
        measured = [f"{precision} {microseconds[f'{precision}/{name}']:.2f}" for precision in ("tf32", "fp32")
                    if f"{precision}/{name}" in microseconds]
        found.append([f"{what}, us", predicted, ", ".join(measured) or UNKNOWN])
    train = results.get("train", {})
    found += [
        ["a training step, us (an epoch with its validation, by 391)", "27 to 36",
         of_runs(train, lambda run: 1e6 * warm_epoch(run) / STEPS_OF_EPOCH)],
        ["an epoch with its validation, ms", "11 to 14", of_runs(train, lambda run: 1e3 * warm_epoch(run))],
        ["ten epochs, s, of the epochs alone", "0.13", of_runs(train, lambda run: sum(seconds(run)))],
        ["ten epochs, s, from the process's start to the saved model", "0.3 to 1 more",
         of_runs(train, lambda run: run["wall_seconds"])],
        ["opening the device, ms", "300 to 1000 with the next", number(limits, "context_ms")],
        ["loading cuBLASLt and making its handle, ms", "see above", number(limits, "cublas_lt_ms")],
    ]
    return found


def number(limits, name):
    return f"{limits[name]:.4g}" if name in limits else UNKNOWN


def seconds(run):
    return [epoch["seconds"] for epoch in run["epochs"]]


def warm_epoch(run):
    return min(seconds(run)[1:])


def of_runs(train, value):
    """Minimum and median of the runs of each precision."""
    found = {}
    for run in train.get("runs", []):
        found.setdefault(run["precision"], []).append(value(run))
    return ", ".join(f"{precision} {min(values):.4g} (median {median(values):.4g})"
                     for precision, values in found.items()) or UNKNOWN
