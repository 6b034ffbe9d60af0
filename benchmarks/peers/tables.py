"""The results of `run` as Markdown: how long each program took, and whether the rounds ran undisturbed."""
from statistics import median

DUET = "Duet"
LEAST_FMA_RATE = 0.9  # of the best one seen; a round with a lower one before or after a run was disturbed
MOST_LOSS_DIFFERENCE = 0.05  # of Duet's


def markdown(results):
    best = max(rate for table in results["tables"] for run in table["runs"] for rate in run["fma_rates"])
    lines = [f"{results['processor']}; {results['date']}; runs of {results['epochs']} epochs; "
             f"instructions: {results['instructions']}.", ""]
    for table in results["tables"]:
        rounds = list(by_round(table["runs"]).values())
        lines += [f"### {table['title']}", "", *comparison(rounds, best), "",
                  *account_of_rounds(rounds, best), ""]
    return "\n".join(lines)


def by_round(runs):
    """Round: program: run."""
    rounds = {}
    for run in runs:
        rounds.setdefault(run["round"], {})[run["name"]] = run
    return rounds


def lowest_fma_rate(runs):
    return min(rate for run in runs.values() for rate in run["fma_rates"])


def is_undisturbed(runs, best):
    return lowest_fma_rate(runs) >= LEAST_FMA_RATE * best


def comparison(rounds, best):
    undisturbed = [runs for runs in rounds if is_undisturbed(runs, best)]
    rows = [["program", "min", "median", "ratio of minima", "median ratio", "undisturbed: ratio of minima",
             "undisturbed: median ratio", "peak MB", "training loss", "validation loss",
             "validation accuracy"]]
    for name, run in rounds[0].items():
        seconds = [second for runs in rounds for second in runs[name]["seconds"]]
        rows.append([f"{name} {run['version']}", f"{min(seconds):.3f}", f"{median(seconds):.3f}",
                     *ratios(rounds, name), *ratios(undisturbed, name),
                     f"{max(runs[name]['peak_mb'] for runs in rounds):.0f}",
                     f"{training_loss(rounds, name):.4f}",
                     *(f"{median(runs[name]['epochs'][-1][key] for runs in rounds):.4f}"
                       for key in ("validation_loss", "validation_accuracy"))])
    return aligned(rows)


def training_loss(rounds, name):
    """The mean over all epochs, median of the rounds. It says whether two programs did the same work: between
    seeds it differs by 2 % at most. The last validation loss cannot: from the same weights, with nothing but
    sums in another order, it has differed by 45 %."""
    return median(sum(epoch["training_loss"] for epoch in runs[name]["epochs"]) / len(runs[name]["epochs"])
                  for runs in rounds)


def ratios(rounds, name):
    """Cells: the ratio of minima to Duet's, and the median over the rounds of the ratio of fastest epochs."""
    if name == DUET:
        return ["", ""]
    if not rounds:
        return ["no such round"] * 2
    duet_loss = training_loss(rounds, DUET)
    if abs(training_loss(rounds, name) - duet_loss) > MOST_LOSS_DIFFERENCE * duet_loss:
        return ["losses differ"] * 2
    fastest, of_duet = ([min(runs[program]["seconds"]) for runs in rounds] for program in (name, DUET))
    both = min(fastest) / min(of_duet), median(a / b for a, b in zip(fastest, of_duet))
    return [f"{ratio:.2f}" if ratio >= 1 else f"**{ratio:.2f}**" for ratio in both]


def account_of_rounds(rounds, best):
    """How many rounds ran undisturbed; the lowest FMA rate around the runs of each, its fastest epochs."""
    rows = [["round", "lowest FMA rate", *rounds[0]]]
    for number, runs in enumerate(rounds, 1):
        rate = lowest_fma_rate(runs)
        remark = "" if is_undisturbed(runs, best) else ", disturbed"
        rows.append([f"{number}{remark}", f"{rate:.0f} GFLOP/s, {rate / best:.0%}",
                     *(f"{min(run['seconds']):.3f}" for run in runs.values())])
    undisturbed = sum(is_undisturbed(runs, best) for runs in rounds)
    return [f"Undisturbed rounds: {undisturbed} of {len(rounds)}. Before and after every run in them, all "
            f"threads together had at least {LEAST_FMA_RATE:.0%} of the best FMA rate seen, "
            f"{best:.0f} GFLOP/s.", "", *aligned(rows)]


def aligned(rows):
    """A Markdown table, the first row its head, with columns that a terminal shows straight too."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    return [lines[0], "|" + "---|" * len(widths), *lines[1:]]
