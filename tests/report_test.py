"""duet report: its numbers, what it makes of text that is markup, and what it says of what is missing.

usage: report_test.py DUET [CLASS]
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
import planted
import planted_run
from cli import Cli, main
from planted_run import learning
from report_page import Page

NAMES = ["ant", "bee", "cat", "dog", "eel"]


class Report(Cli):
    def plant(self, names=NAMES, right=0.8, data=True, **options):
        """A run of the data set `data`; keeps its answers."""
        labels = planted_run.dataset(self.folder / "data", len(names))
        self.answers = planted_run.answers(labels, len(names), right)
        options = {"answers": self.answers, "data": self.folder / "data" if data else None} | options
        planted_run.run(self.folder / "run", names, **options)

    def page(self, run="run", *options):
        self.duet("report", run, "-o", "page.html", "--force", *options)
        return Page((self.folder / "page.html").read_text("utf-8"))


class Numbers(Report):
    @classmethod
    def setUpClass(cls):
        global np, scipy, sklearn  # which take a second to load
        try:
            import numpy as np
            import scipy.stats
            import sklearn.calibration
            import sklearn.metrics
        except ImportError as error:
            raise unittest.SkipTest(f"{error} (Debian packages python3-sklearn and python3-scipy)")

    def test_scores_are_those_of_scikit_learn(self):
        self.plant()
        page = self.page()
        labels, predicted, confidence = map(np.array, zip(*self.answers))
        right = labels == predicted

        scores = np.transpose(sklearn.metrics.precision_recall_fscore_support(labels, predicted))
        theirs = [[name, *(f"{score:.4f}" for score in row[:3]), f"{row[3]:.0f}"] for name, row in zip(NAMES, scores)]
        self.assertEqual(page.table("Scores per class"), theirs)

        counts = sklearn.metrics.confusion_matrix(labels, predicted)
        shares = sklearn.metrics.confusion_matrix(labels, predicted, normalize="true")
        theirs = [
            (NAMES[i], NAMES[j], str(counts[i, j]), str(counts[i].sum()), f"{shares[i, j]:.4f}")
            for i in range(len(NAMES))
            for j in range(len(NAMES))
        ]
        self.assertEqual(page.titles("Normalized confusion", r"(.+) taken for (.+): (\d+) of (\d+) \((.+)\)"), theirs)
        cells = [text for text in page.figures["Normalized confusion matrix"].texts if re.fullmatch(r"\d\.\d{4}", text)]
        self.assertEqual(cells, [row[-1] for row in theirs])

        interval = scipy.stats.binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
        self.assertEqual(page.facts["Test accuracy"], f"{sklearn.metrics.accuracy_score(labels, predicted):.4f}")
        self.assertEqual(page.facts["Test accuracy: small"], f"95 % interval {interval.low:.4f} to {interval.high:.4f}")
        self.assertEqual(page.facts["Wrong answers"], str((~right).sum()))

        accuracies = sorted((shares[i, i], i) for i in range(len(NAMES)))
        bars = page.titles("Accuracy of each class", r"(.+): (.+), \d+ of \d+ right\n.+")
        self.assertEqual(bars, [(NAMES[i], f"{share:.4f}") for share, i in accuracies])

    def test_calibration(self):
        self.plant()
        page = self.page()
        labels, predicted, confidence = map(np.array, zip(*self.answers))
        right = labels == predicted
        shares, means = sklearn.calibration.calibration_curve(right, confidence, n_bins=10)
        counts = np.histogram(confidence, 10, (0, 1))[0]
        counts = counts[counts > 0]
        pattern = r"confidence .+: (.+) answers\nmean confidence (.+), right (.+)"
        theirs = [(str(n), f"{mean:.4f}", f"{share:.4f}") for n, mean, share in zip(counts, means, shares)]
        self.assertEqual(page.titles("Reliability diagram", pattern), theirs)
        error = np.sum(np.abs(shares - means) * counts) / counts.sum()
        self.assertIn(f"expected calibration error {error:.4f}", page.text)

    def test_history_data_and_mistakes(self):
        self.plant(history=learning(4)[:3] + [planted_run.epoch(3, 0.125, 0.5)])
        page = self.page()
        history = self.history("run")
        for label, key in ("Loss", "loss"), ("Accuracy:", "accuracy"):
            theirs = [(str(e["epoch"]), f"{e['train'][key]:.4f}", f"{e['validation'][key]:.4f}") for e in history]
            self.assertEqual(page.titles(label, r"epoch (\d+)\ntraining: (.+)\nvalidation: (.+)"), theirs)
            self.assertIn("best epoch: 2", next(f for n, f in page.figures.items() if n.startswith(label)).texts)
        counts = page.titles("Examples of each class", r"(.+): (\d+) of (\d+) \(.+\)")
        self.assertEqual(counts, [(name, n, t) for n, t in (("50", "250"), ("10", "50"), ("12", "60")) for name in NAMES])
        self.assertEqual(page.titles("The first examples", r"row (\d): (.+)")[6], ("6", NAMES[1]))

        wrong = [(p, row, l, g) for row, (l, g, p) in enumerate(self.answers) if l != g]
        worst = [(str(row), NAMES[l], NAMES[g], f"{p:.6f}") for p, row, l, g in sorted(wrong, reverse=True)]
        self.assertGreater(len(worst), 4)
        pattern = r"row (\d+): is (.+), taken for (.+) with probability (.+)"
        self.assertEqual(page.titles("The worst mistakes", pattern), worst[:24])


class Repeat(Report):
    def test_its_command_makes_the_same_weights(self):
        moved = self.folder / "other folder"
        shutil.move(self.folder / "tiny", moved / "tiny")
        options = ["--batch", 20, "--shuffle", "none", "--train", "train[60:]", "--learning-rate", 3e-3, "--hidden", "9,7"]
        self.duet("train", moved / "tiny", "--out", "run", "--epochs", 2, "--seed", 7, *options)
        page = self.page()
        program, *command = shlex.split(page.command)
        self.assertEqual(program, "duet")
        self.duet(*command, "--out", "again")
        self.assertEqual(self.tensors("again"), self.tensors("run"))
        sums = [hashlib.sha256((moved / "tiny" / name).read_bytes()).hexdigest() for name in planted.FILES.values()]
        self.assertEqual(page.table("Checksums of the data"), [list(row) for row in zip(planted.FILES.values(), sums)])

    def test_no_hidden_layers_and_given_weights(self):
        (self.folder / "start").write_bytes(planted.safetensors(planted.weights((16, 3))))
        self.duet("train", "tiny", "--out", "run", "--init-from", "start", "--epochs", 2)
        self.duet(*shlex.split(self.page().command)[1:], "--out", "again")
        self.assertEqual(self.tensors("again"), self.tensors("run"))


class Escaping(Report):
    MARKUP = ["<script>alert(1)</script>", "a&amp;b<", "\"x\" y='", "]]>--><!--"]

    def test_names_are_text(self):
        self.plant(self.MARKUP, record={"hardware": "<img src=x onerror=alert(1)>\x01", "version": "</style>"})
        run = os.fsencode(self.folder / "run")
        renamed = run + b"<b>\xff&"
        os.rename(run, renamed)
        page = self.page(os.fsdecode(renamed))
        self.assertEqual([row[0] for row in page.table("Scores per class")], self.MARKUP)
        self.assertEqual(page.titles("The first examples", r"row (\d): (.+)")[1], ("1", self.MARKUP[1]))
        self.assertIn("<img src=x onerror=alert(1)>\ufffd", page.text)
        self.assertIn("Run run<b>\ufffd&", page.text)
        self.assertFalse(page.tags & {"script", "img", "b"}, page.tags)
        self.assertFalse({name for name in page.attributes if name.startswith("on")})
        self.assertNotIn("\x01", page.text)

    def test_names_that_are_no_text(self):
        for name, fault in ("a\x01", "holds a control character"), ("a\n", "holds a control character"):
            (self.folder / "bad").mkdir(exist_ok=True)
            (self.folder / "bad/model.safetensors").write_bytes(planted.model(names=[name, "b", "c"]))
            self.duet("report", "bad", code=7)
            self.assertIn(fault, self.stderr)
        model = planted.model(names=["caf", "b", "c"]).replace(b"caf", b"ca\xff")
        (self.folder / "bad/model.safetensors").write_bytes(model)
        self.duet("report", "bad", code=7)
        self.assertIn("not valid JSON", self.stderr)


class Missing(Report):
    """What is not there is named; what is wrong ends with one clear sentence."""

    def refused(self, sentence, *arguments, code=3):
        self.duet("report", *arguments, code=code)
        self.assertRegex(self.stderr, rf"\Aduet: {sentence}\n\Z")

    def test_no_history(self):
        self.plant()
        (self.folder / "run/history.jsonl").unlink()
        page = self.page()
        self.assertEqual(page.notes, ["There is no history: no epoch has ended, or history.jsonl is missing."])
        self.assertIn("Scores per class", page.tables)
        self.assertNotIn("Loss: loss against epochs", page.figures)

    def test_still_being_written(self):
        self.plant()
        for name in "run.json", "model.safetensors", "test_predictions.csv":
            (self.folder / "run" / name).unlink()
        with open(self.folder / "run/history.jsonl", "a") as file:
            file.write('{"epoch":3,"train":{"lo')
        page = self.page()
        self.assertIn("this run is still being written", page.notes[0])
        self.assertIn("run.json, which says what was trained on, is not there yet", page.notes[1])
        self.assertEqual(len(page.titles("Loss", r"epoch (\d)\n.+\n.+")), 3)
        (self.folder / "run/history.jsonl").write_text("")
        self.assertIn("no epoch has ended", self.page().notes[1])

    def test_no_test_and_no_validation(self):
        self.plant(answers=None, history=learning(3, validated=False), record={"test": None})
        page = self.page()
        self.assertEqual(len(page.notes), 1)
        self.assertIn("no test predictions", page.notes[0])
        self.assertEqual(len(page.titles("Loss", r"epoch (\d)\ntraining: [\d.]+")), 3)
        self.assertNotIn("best epoch", page.text)
        self.assertNotIn("Best validation", page.facts)

    def test_data_moved_away(self):
        self.plant()
        shutil.move(self.folder / "data", self.folder / "elsewhere")
        page = self.page()
        self.assertEqual(len(page.notes), 1)
        self.assertRegex(page.notes[0], r"\APictures that need the data are left out: .*data.*; name it with --data\.\Z")
        self.assertNotIn("The worst mistakes", page.figures)
        for option in (["--data", "elsewhere"], ["--data", self.folder / "elsewhere"]):
            page = self.page("run", *option)
            self.assertEqual(page.notes, [])
            self.assertIn("The worst mistakes", page.figures)

    def test_data_of_another_run(self):
        self.plant()
        self.refused(r"tiny/train-images-idx3-ubyte is not what run was trained on: its checksum is another", "run", "--data", "tiny")
        shutil.rmtree(self.folder / "data")
        planted_run.dataset(self.folder / "data", 5, train=299)
        self.assertIn("its checksum is another; name it with --data.", self.page().notes[0])

    def test_a_record_of_other_data(self):
        self.plant(NAMES[:4])
        data = planted_run.described(self.folder / "data")
        shutil.rmtree(self.folder / "run")
        for sentence, names, record in (
            ("the data in .+ has 4 classes, and the model of run has 3", NAMES[:3], {}),
            ("run/run.json: .+train.+", NAMES[:4], {"data": {**data, "train": "train[0:301]"}}),
            ("run/run.json: .+", NAMES[:4], {"data": {**data, "validation": "nonsense"}}),
        ):
            planted_run.run(self.folder / "run", names, data=self.folder / "data", record=record)
            self.refused(sentence, "run", "--data", "data")
            shutil.rmtree(self.folder / "run")

    def test_a_prediction_of_a_row_that_is_not_there(self):
        self.plant(right=0)
        path = self.folder / "run/test_predictions.csv"
        path.write_text(path.read_text().replace("\n59,", "\n60,"))
        self.refused("run/test_predictions.csv is about row 60, and its data has 60 rows", "run", "--data", "data")
        self.assertIn("about row 60", self.page().notes[0])

    def test_values_of_other_kinds(self):
        for record in {"seconds": "1"}, {"data": {"files": {"a": 1}}}, {"data": [1]}, {"test": 3}, {"configuration": {"sizes": "no"}}:
            shutil.rmtree(self.folder / "run", ignore_errors=True)
            planted_run.run(self.folder / "run", NAMES, record=record)
            self.assertIn("Layers", self.page().tables)

    def test_loss_that_is_not_finite(self):
        history = [planted_run.epoch(0, 2.0, 0.5), planted_run.epoch(1, None, 0.25)]
        self.plant(history=history, record={"stopped_at": 12})
        page = self.page()
        self.assertIn("Training diverged: the loss of step 12 was not finite", page.notes[0])
        self.assertEqual(page.facts["Training loss"], "not finite")
        self.assertEqual(page.titles("Loss", r"epoch 1\n(.+)\n(.+)"), [("training: none", "validation: none")])
        self.assertNotIn("nan", page.text)

    def test_no_mistakes_and_one_epoch(self):
        self.plant(right=2, history=learning(1))
        page = self.page()
        self.assertEqual(page.facts["Test accuracy"], "1.0000")
        self.assertEqual(page.facts["Wrong answers"], "0")
        self.assertIn("There are none.", page.figures["The worst mistakes"].texts)
        self.assertEqual(len(page.titles("Loss", r"epoch 0\n(.+)\n(.+)")), 1)

    def test_a_class_without_examples(self):
        self.plant(answers=[(0, 0, 0.9), (1, 2, 0.8)])
        rows = self.page().table("Scores per class")
        self.assertEqual(rows[0], ["ant", "1.0000", "1.0000", "1.0000", "1"])
        self.assertEqual(rows[2], ["cat", "0.0000", "–", "0.0000", "0"])
        self.assertEqual(rows[3], ["dog", "–", "–", "–", "0"])

    def test_5000_epochs_and_256_classes(self):
        names = [str(i) for i in range(256)]
        self.plant(names, history=learning(5000))
        page = self.page()
        self.assertLess((self.folder / "page.html").stat().st_size, 1_000_000)
        self.assertEqual(page.facts["Best validation: small"], "accuracy in epoch 4999; 5000 were made")
        self.assertEqual(len(page.table("Scores per class")), 256)

    def test_no_run(self):
        self.refused("nowhere is not a folder: .+", "nowhere")
        self.refused("tiny is not a run folder: .+", "tiny")
        self.duet("report", code=2)

    def test_a_file_in_the_way(self):
        self.plant()
        self.duet("report", "run")
        self.assertEqual(self.stderr, "The report is run/report.html\n")
        self.refused("-o: run/report.html exists already: .+--force", "run", code=1)
        self.duet("report", "run", "--force")
        self.refused("-o: data is a folder; name a file in it", "run", "-o", "data", "--force", code=1)


main()
