"""Scores against scikit-learn's and SciPy's, on answers drawn at random.

usage: scores_test.py DUET HELPER [CLASS]
HELPER is scores_helper. The exit status is 77 when a module is missing; the reason is printed.
"""

import json
import pathlib
import subprocess
import sys

try:
    import numpy as np
    import scipy.stats
    import sklearn.calibration
    import sklearn.metrics
except ImportError as error:
    print(f"skipped: {error} (Debian packages python3-sklearn and python3-scipy)")
    sys.exit(77)

sys.dont_write_bytecode = True
import cli
from cli import Cli

HELPER = str(pathlib.Path(sys.argv.pop(2)).resolve())
CLASSES = 7


class Scores(Cli):
    def setUp(self):
        super().setUp()
        drawn = np.random.default_rng(5)
        self.labels = drawn.integers(0, CLASSES - 1, 1000)  # none is of the last class
        other = drawn.integers(1, CLASSES, 1000)  # and none that is wrong is called the first
        self.predicted = np.where(drawn.random(1000) < 0.8, self.labels, other)
        self.confidence = drawn.integers(15, 101, 1000).astype(np.float32) / np.float32(100)  # edges too
        rows = zip(range(1000), self.labels, self.predicted, self.confidence)
        lines = ["row,label,predicted,probability", *(f"{r},{l},{p},{c}" for r, l, p, c in rows)]
        (self.folder / "predictions").write_text("\n".join(lines) + "\n")
        command = [HELPER, self.folder / "predictions", str(CLASSES)]
        self.ours = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def test_confusion_and_classes(self):
        confusion = sklearn.metrics.confusion_matrix(self.labels, self.predicted, labels=range(CLASSES))
        self.assertEqual(self.ours["confusion"], confusion.ravel().tolist())
        self.assertAlmostEqual(self.ours["accuracy"], sklearn.metrics.accuracy_score(self.labels, self.predicted))
        theirs = sklearn.metrics.precision_recall_fscore_support(
            self.labels, self.predicted, labels=range(CLASSES), zero_division=0
        )
        ours = [[0 if score is None else score for score in scores] for scores in self.ours["classes"]]
        np.testing.assert_allclose(ours, np.transpose(theirs), rtol=1e-12)
        self.assertIsNone(self.ours["classes"][-1][1])  # recall of a class without examples

    def test_calibration(self):
        right = self.predicted == self.labels
        shares, means = sklearn.calibration.calibration_curve(right, self.confidence, n_bins=10)
        filled = np.array([bin for bin in self.ours["bins"] if bin[0] > 0])
        self.assertEqual(self.ours["bins"][0], [0, 0, 0])
        np.testing.assert_allclose(filled[:, 1], means, rtol=1e-6)
        np.testing.assert_allclose(filled[:, 2], shares, rtol=1e-12)
        error = np.sum(filled[:, 0] * np.abs(shares - means)) / 1000
        self.assertAlmostEqual(self.ours["expected_error"], error, places=7)


class Compared(Cli):
    def test_interval_and_test_of_the_difference(self):
        self.train("a", epochs=1)
        self.train("b", "--seed", 1, hidden="2", epochs=1)
        compared = json.loads(self.duet("compare", "a", "b", "--json"))
        for run in compared["runs"]:
            test = run["test"]
            interval = scipy.stats.binomtest(test["right"], test["examples"]).proportion_ci(method="wilson")
            np.testing.assert_allclose(test["interval"], interval, rtol=1e-12, atol=1e-15)
        (pair,) = compared["pairs"]
        self.assertGreater(pair["only_first"] + pair["only_second"], 0)
        exact = scipy.stats.binomtest(pair["only_first"], pair["only_first"] + pair["only_second"])
        self.assertAlmostEqual(pair["p"], exact.pvalue, places=12)


if __name__ == "__main__":
    cli.main()
