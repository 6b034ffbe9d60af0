"""duet compare: its table, its JSON, its errors.

usage: compare_test.py DUET [CLASS]
"""

import json
import math
import os
import shutil
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import Cli


def metrics(loss, accuracy):
    return {"loss": loss, "accuracy": accuracy, "loss_of_batches": loss, "accuracy_of_batches": accuracy}


class Compare(Cli):
    def plant(self, name, wrong, epochs=((0.5, 0.8), (0.25, 0.9), (0.125, 0.9)), rows=100, **changes):
        """A run folder by hand; `wrong` says of each row of the test whether the answer was."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        wrong = set(wrong)
        answers = [(row, row % 3, (row + (row in wrong)) % 3) for row in range(rows)]
        lines = ["row,label,predicted,probability", *(f"{r},{l},{p},0.75" for r, l, p in answers)]
        (folder / "test_predictions.csv").write_text("\n".join(lines) + "\n")
        history = [
            {"epoch": i, "train": metrics(loss, 0.5), "validation": metrics(0.5, accuracy), "learning_rate": 0.001,
             "examples_per_second": 1, "seconds": 1}
            for i, (loss, accuracy) in enumerate(epochs)
        ]
        (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history))
        record = {
            "format": 1, "device": "cpu", "precision": "fp32",
            "data": {"name": "tiny", "classes": 3, "train": "train[50:300]", "validation": "train[0:50]",
                     "test": f"test[0:{rows}]",
                     "files": [{"path": kind, "sha256": kind} for kind in ("train-x", "train-y", "test-x", "test-y")]},
            "configuration": {"sizes": [16, 9, 3], "learning_rate": 0.001, "seed": 22},
            "epochs": len(epochs), "test": {"loss": 0.5, "accuracy": 1 - len(wrong) / rows}, "seconds": 1.5,
        }
        for path, value in changes.items():
            *parents, key = path.split("__")
            place = record
            for parent in parents:
                place = place[parent]
            place[key] = value
        (folder / "run.json").write_text(json.dumps(record))

    def compared(self, *runs):
        return json.loads(self.duet("compare", *runs, "--json"))

    def wide(self, *runs, columns=250):
        done = self.shell(f"COLUMNS={columns} duet compare {' '.join(runs)}")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_table(self):
        self.plant("base", range(10))
        self.plant("runs/wide", range(6, 8), configuration__sizes=[16, 700, 500, 3], configuration__seed=5)
        self.assertEqual(
            self.wide("base", "runs/wide"),
            """\
run   device  precision  hidden   parameters  epochs  seconds  training loss  best validation  in epoch  \
     test accuracy (95 %)
base  cpu     fp32       9               183       3      1.5         0.1250           0.9000         1  \
0.9000 (0.8256 to 0.9448)
wide  cpu     fp32       700,500      363903       3      1.5         0.1250           0.9000         1  \
0.9800 (0.9300 to 0.9945)

What differs in their configurations:

run            sizes  seed
base        [16,9,3]    22
wide  [16,700,500,3]     5

base and wide, on the same 100 test examples: 0 that only base had right, 8 that only wide had right; \
a difference this large happens by chance with probability 0.0078: on data like this wide is better.
""")

    def test_a_narrow_terminal(self):
        self.plant("a-long-name-of-the-first-run-20261126", [])
        self.plant("a-long-name-of-the-first-run-20261127", [])
        for columns in (60, 80, 100):
            lines = self.wide("a-long-name*", columns=columns).splitlines()
            self.assertLessEqual(max(map(len, lines[:10])), columns)
            names = {line.split()[0] for line in lines if ".." in line.split(" ")[0]}
            self.assertEqual([name[-4:] for name in sorted(names)], ["1126", "1127"])

    def test_equal_runs(self):
        self.plant("a", range(10))
        self.plant("b", range(5, 16))
        self.assertIn("\nOne in twenty such tests finds a difference where there is none.\n", self.wide("a", "b", "b"))
        text = self.wide("a", "b")
        self.assertIn("Their configurations are the same.\n", text)
        # 5 alone had right what the other had not, and 6: twice the chance of 5 or fewer heads of 11, which is 1.
        self.assertIn("5 that only b had right; a difference this large happens by chance with probability 1: "
                      "these runs may well be equally good.\n", text)

    def test_json(self):
        self.plant("a", range(10))
        self.plant("b", range(7, 9), configuration__seed=1, device="cuda:0")
        self.plant("c", range(1, 12), configuration__seed=22, configuration__beta1=0.5)
        compared = self.compared("a", "b", "c")
        self.assertEqual([run["name"] for run in compared["runs"]], ["a", "b", "c"])
        self.assertEqual([run["test"]["right"] for run in compared["runs"]], [90, 98, 89])
        self.assertEqual(compared["runs"][1]["device"], "cuda:0")
        self.assertEqual(compared["runs"][0]["best_validation"], {"accuracy": 0.9, "epoch": 1})
        self.assertEqual(compared["differences"], {"seed": [22, 1, 22], "beta1": [None, None, 0.5]})
        for pair, (second, only_first, only_second) in zip(compared["pairs"], [("b", 0, 8), ("c", 2, 1)], strict=True):
            n, k = only_first + only_second, min(only_first, only_second)
            p = min(1, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n)
            self.assertAlmostEqual(pair.pop("p"), p, places=12)
            self.assertEqual(pair, {"first": "a", "second": second, "examples": 100, "only_first": only_first,
                                    "only_second": only_second, "differs": p < 0.05})

    def test_other_test_sets(self):
        self.plant("a", [])
        self.plant("rows", [], rows=99)
        self.plant("files", [], data__files=[{"path": "x", "sha256": kind} for kind in "abcd"])
        self.assertNotIn("One in twenty", self.wide("a", "rows", "files"))
        for pair in self.compared("a", "rows", "files")["pairs"]:
            self.assertNotIn("p", pair)
            self.assertIn("they were tested on different examples", pair["why_not"])
        self.assertIn("\na and rows: no test of the difference, for they were tested on different examples.\n",
                      self.wide("a", "rows"))

    def test_other_training_files_are_no_other_test(self):
        self.plant("a", [])
        files = [{"path": "x", "sha256": kind} for kind in ("other-x", "other-y", "test-x", "test-y")]
        self.plant("b", [], data__files=files)
        self.assertIn("p", self.compared("a", "b")["pairs"][0])

    def test_of_an_older_version(self):
        self.plant("a", [])
        self.plant("old", [], test={"loss": 1, "accuracy": 0.5, "confusion": [[1, 2, 0], [0, 3, 1], [0, 1, 0]]})
        (self.folder / "old/test_predictions.csv").unlink()
        compared = self.compared("a", "old")
        self.assertEqual((compared["runs"][1]["test"]["right"], compared["runs"][1]["test"]["examples"]), (4, 8))
        self.assertIn("old has no test_predictions.csv", compared["pairs"][0]["why_not"])

    def test_a_run_that_is_being_written(self):
        self.plant("a", [])
        self.plant("b", [])
        for name in ("run.json", "test_predictions.csv"):
            (self.folder / "b" / name).unlink()
        compared = self.compared("a", "b")
        self.assertEqual((compared["runs"][1]["finished"], compared["runs"][1]["epochs"]), (False, 3))
        self.assertEqual(compared["differences"], {})
        text = self.wide("a", "b")
        self.assertIn("\na and b: no test of the difference, for b has not ended.\n", text)
        self.assertRegex(text, r"\nb +- +- +- +- +3 +- +0\.1250 +0\.9000 +1 +-\n")
        self.assertIn("\nb is still being written, or was killed.\n", text)

    def test_names(self):
        for name in ("x/run", "y/run", "other"):
            self.plant(name, [])
        self.assertEqual([run["name"] for run in self.compared("x/run", "y/run/", "other")["runs"]],
                         ["x/run", "y/run/", "other"])
        (self.folder / "link").symlink_to("other")
        self.assertEqual([run["name"] for run in self.compared("link", "other")["runs"]], ["link", "other"])

    def test_what_cannot_be_compared(self):
        self.plant("a", [])
        self.plant("ten", [], data__classes=10)
        for arguments, code, sentence in [
            ([], 2, "RUN"),
            (["a"], 2, "RUN: 'a' alone cannot be compared; give two run folders or more"),
            (["a", "no-such"], 3, "no-such is not a folder: give a run folder"),
            (["a", "tiny"], 3, "tiny is not a run folder"),
            (["a", "good"], 3, "good is not a folder"),
            (["a", "ten"], 3, "a has 3 classes and ten has 10: compare runs on the same classes"),
        ]:
            self.assertEqual(self.duet("compare", *arguments, code=code), "")
            self.assertIn(sentence, self.stderr)
            self.assertEqual(self.stderr.count("\n"), 1)

    def test_text_of_a_file_does_not_reach_the_terminal_as_it_is(self):
        self.plant("a", [], device="cpu\x1b[31m", configuration__seed="\x1b[2J")
        self.plant("b", [])
        self.assertNotIn("\x1b", self.wide("a", "b"))

    def test_runs_of_duet(self):
        self.train("a", epochs=3)
        self.train("b", "--seed", 5, "--batch", 10, hidden=20, epochs=3)
        a, b = self.compared("a", "b")["runs"]
        record, history = self.json_of("b/run.json"), self.history("b")
        self.assertEqual((b["hidden"], b["parameters"], b["epochs"]), ("20", 17 * 20 + 21 * 3, 3))
        self.assertAlmostEqual(b["test"]["accuracy"], record["test"]["accuracy"])
        self.assertEqual((b["seconds"], b["training_loss"]), (record["seconds"], history[-1]["train"]["loss"]))
        self.assertEqual(b["best_validation"]["accuracy"], max(e["validation"]["accuracy"] for e in history))
        compared = self.compared("a", "b")
        self.assertEqual(list(compared["differences"]), ["sizes", "batch", "seed"])
        self.assertEqual(compared["pairs"][0]["examples"], 60)


if __name__ == "__main__":
    cli.main()
