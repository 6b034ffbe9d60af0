"""duet train, eval and predict as a user meets them: what they print, what they write, when they stop.

usage: cli_test.py DUET [CLASS]
"""

import gzip
import json
import math
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import planted
from planted import CLASSES, SIZE

DUET = os.path.abspath(sys.argv[1])
BAD_INPUT_TEST = pathlib.Path(__file__).with_name("bad_input_test")


class Cli(unittest.TestCase):
    """A folder with the data set `tiny` and the model `good`, whose class i has the logit pixel i / 255."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        planted.dataset(self.folder / "tiny")
        (self.folder / "good").write_bytes(planted.model(names=["cat", "dog", "owl"]))

    def start(self, *arguments):
        running = subprocess.Popen(
            [DUET, *map(str, arguments)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(running.communicate)
        self.addCleanup(running.kill)  # before that
        return running

    def duet(self, *arguments, code=0, stdin=b""):
        """Runs to the end; returns what it printed."""
        done = subprocess.run(
            [DUET, *map(str, arguments)], cwd=self.folder, input=stdin, capture_output=True, timeout=120
        )
        self.assertEqual(done.returncode, code, done.stderr.decode())
        self.stderr = done.stderr.decode()
        return done.stdout.decode()

    def shell(self, command):
        environment = {**os.environ, "PATH": f"{os.path.dirname(DUET)}:{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120
        )

    def train(self, out, *options, hidden="9,7", epochs=2, code=0):
        return self.duet("train", "tiny", "--out", out, "--hidden", hidden, "--epochs", epochs, *options, code=code)

    def tensors(self, run):
        return planted.read_safetensors(self.folder / run / "model.safetensors")[0]

    def json_of(self, path):
        return json.loads((self.folder / path).read_text())

    def history(self, run):
        return [json.loads(line) for line in (self.folder / run / "history.jsonl").read_text().splitlines()]


def tutorial_lines(history, test):
    lines = ""
    for epoch in history:
        lines += f"Epoch: {epoch['epoch']}\n"
        for name, part in [("Training", epoch["train"]), ("Validation", epoch["validation"])]:
            lines += f"{name} loss: {part['loss_of_batches']:.3f}, {name} accuracy: {part['accuracy_of_batches']:.3f}\n"
    return lines + f"Test loss: {test['loss']:.3f}, Test accuracy: {test['accuracy']:.3f}\n"


class Train(Cli):
    def test_prints_the_lines_of_the_tutorial(self):
        lines = self.train("run")
        history = self.history("run")
        self.assertEqual([epoch["epoch"] for epoch in history], [0, 1])
        self.assertEqual(lines, tutorial_lines(history, self.json_of("run/run.json")["test"]))
        self.assertRegex(lines, r"\AEpoch: 0\nTraining loss: \d\.\d{3}, Training accuracy: \d\.\d{3}\nValidation")
        self.assertEqual(self.stderr, "Kept in run\n")

    def test_json_is_alone_on_standard_output(self):
        printed = json.loads(self.train("run", "--json"))
        written = self.json_of("run/run.json")
        self.assertEqual(printed.pop("run"), "run")
        self.assertEqual(printed, written)
        self.assertEqual(self.stderr, tutorial_lines(self.history("run"), written["test"]) + "Kept in run\n")

    def test_quiet(self):
        self.assertEqual(self.train("run", "--quiet"), "")
        self.assertEqual(self.stderr, "")
        json.loads(self.train("other", "--quiet", "--json"))
        self.assertEqual(self.stderr, "")

    def test_run_folder(self):
        self.train("deep/run", "--threads", 1, "--seed", 5)
        names = sorted(path.name for path in (self.folder / "deep/run").iterdir())
        self.assertEqual(names, ["history.jsonl", "model.safetensors", "run.json"])
        record = self.json_of("deep/run/run.json")
        self.assertEqual((record["device"], record["threads"], record["epochs"]), ("cpu", 1, 2))
        self.assertIsNone(record["stopped_at"])
        self.assertGreater(record["seconds"], 0)
        self.assertEqual(record["configuration"]["sizes"], [SIZE * SIZE, 9, 7, CLASSES])
        self.assertEqual(record["configuration"]["seed"], 5)
        self.assertEqual(record["data"]["train"], "train[50:300]")
        self.assertEqual(record["data"]["validation"], "train[0:50]")
        self.assertEqual(record["data"]["test"], "test[0:60]")
        self.assertEqual(len(record["data"]["files"]), 4)
        for line in self.history("deep/run"):
            self.assertEqual(
                list(line), ["epoch", "train", "validation", "learning_rate", "examples_per_second", "seconds"]
            )
            for part in ("train", "validation"):
                self.assertEqual(list(line[part]), ["loss", "accuracy", "loss_of_batches", "accuracy_of_batches"])

    def test_the_result_is_about_the_examples(self):
        record = json.loads(self.train("run", "--json", "--quiet"))
        labels = list((self.folder / "tiny/t10k-labels-idx1-ubyte").read_bytes()[8:])
        test = record["test"]
        self.assertEqual([sum(row) for row in test["confusion"]], [labels.count(c) for c in range(CLASSES)])
        right = [test["confusion"][c][c] for c in range(CLASSES)]
        self.assertAlmostEqual(test["accuracy"], sum(right) / len(labels))
        self.assertEqual(test["per_class"], [right[c] / labels.count(c) for c in range(CLASSES)])

    def test_learns(self):
        record = json.loads(self.train("run", "--json", "--quiet", "--batch", 10, epochs=20))
        self.assertGreater(record["test"]["accuracy"], 0.95)

    def test_a_split_for_each_part(self):
        options = ["--train", "train[:100]", "--validation", "test[:50%]", "--test", "train[200:]"]
        record = json.loads(self.train("run", "--json", "--quiet", *options))
        parts = [record["data"][part] for part in ("train", "validation", "test")]
        self.assertEqual(parts, ["train[0:100]", "test[0:30]", "train[200:300]"])
        self.assertEqual(sum(map(sum, record["test"]["confusion"])), 100)

    def test_without_test_files(self):
        for kind in ("images-idx3", "labels-idx1"):
            (self.folder / f"tiny/t10k-{kind}-ubyte").unlink()
        lines = self.train("run")
        self.assertNotIn("Test", lines)
        self.assertIsNone(self.json_of("run/run.json")["test"])

    def test_gzip_and_plain_are_the_same(self):
        planted.dataset(self.folder / "packed", packed=True)
        self.train("run")
        self.duet("train", "packed", "--out", "other", "--hidden", "9,7", "--epochs", 2)
        self.assertEqual(self.tensors("run"), self.tensors("other"))

    def test_log_steps(self):
        options = ["--batch", 100, "--shuffle", "none", "--log-steps", "steps.jsonl"]
        self.train("run", *options)
        lines = (self.folder / "steps.jsonl").read_text().splitlines()
        self.assertEqual(len(lines), 2 * 3)
        for number, line in enumerate(lines, 1):
            self.assertRegex(line, rf'\A{{"step":{number},"loss":[0-9.e-]+,"accuracy":[0-9.]+}}\Z')

    def test_a_step_is_logged_before_its_update(self):
        # One layer, which no option asks for but a file may bring: the loss by the definition.
        options = ["--init-from", "good", "--shuffle", "none", "--batch", 250, "--log-steps", "steps.jsonl"]
        self.duet("train", "tiny", "--out", "run", "--epochs", 1, *options)
        images = (self.folder / "tiny/train-images-idx3-ubyte").read_bytes()[16:]
        labels = (self.folder / "tiny/train-labels-idx1-ubyte").read_bytes()[8:]
        losses, right = [], 0
        for row in range(50, 300):
            logits = [pixel / 255 for pixel in images[row * SIZE * SIZE :][:CLASSES]]
            losses.append(math.log(sum(map(math.exp, logits))) - logits[labels[row]])
            right += logits.index(max(logits)) == labels[row]
        (step,) = [json.loads(line) for line in (self.folder / "steps.jsonl").read_text().splitlines()]
        self.assertAlmostEqual(step["loss"], sum(losses) / 250, places=5)
        self.assertEqual(step["accuracy"], right / 250)

    def test_init_from_is_where_training_begins(self):
        self.train("run")
        self.train("other", "--init-from", "run/model.safetensors", "--learning-rate", "1e-30", "--seed", 9)
        self.assertEqual(self.tensors("run"), self.tensors("other"))

    def test_init_from_weights_alone(self):
        weights = planted.safetensors(planted.weights((SIZE * SIZE, 5, CLASSES)))
        (self.folder / "weights.safetensors").write_bytes(weights)
        self.duet("train", "tiny", "--out", "run", "--epochs", 1, "--init-from", "weights.safetensors")
        self.assertEqual(self.json_of("run/run.json")["configuration"]["sizes"], [SIZE * SIZE, 5, CLASSES])

    def test_a_loss_that_is_not_finite_keeps_the_last_good_epoch(self):
        # With so little memory and epsilon, Adam's steps explode where a gradient fades.
        options = ["--quiet", "--batch", 250, "--learning-rate", 0.1, "--beta2", 0, "--epsilon", 1e-30]
        self.train("run", *options, hidden=20, epochs=50, code=6)
        record = self.json_of("run/run.json")
        self.assertIn(f"the loss of step {record['stopped_at']} is not finite; the weights at the end of epoch "
                      f"{record['epochs'] - 1} are kept in run; ", self.stderr)
        self.assertEqual(record["stopped_at"], record["epochs"] + 1)  # a step an epoch, counted from 1
        self.assertEqual(len(self.history("run")), record["epochs"])
        self.train("same", *options, hidden=20, epochs=record["epochs"])
        self.assertEqual(self.tensors("run"), self.tensors("same"))

    def test_a_loss_that_is_not_finite_at_once_keeps_the_initial_weights(self):
        initial = planted.safetensors(planted.weights((SIZE * SIZE, SIZE * SIZE, CLASSES), 1e30))
        (self.folder / "huge.safetensors").write_bytes(initial)
        self.duet("train", "tiny", "--out", "run", "--init-from", "huge.safetensors", "--quiet", code=6)
        self.assertEqual(self.json_of("run/run.json")["stopped_at"], 1)
        self.assertEqual(self.tensors("run"), planted.read_safetensors(self.folder / "huge.safetensors")[0])


class Output(Cli):
    def test_a_folder_of_its_own_by_default(self):
        for _ in range(2):  # the second in the same second, perhaps
            self.duet("train", "tiny", "--hidden", 5, "--epochs", 1)
        runs = sorted(path.name for path in (self.folder / "runs").iterdir())
        self.assertEqual(len(runs), 2)
        for name in runs:
            self.assertRegex(name, r"\A\d{8}-\d{6}-tiny(-2)?\Z")

    def test_force_replaces_a_run_and_nothing_else(self):
        self.train("run")
        first = self.tensors("run")
        (self.folder / "run/notes.txt").write_text("mine")
        (self.folder / "steps.jsonl").write_text("old")
        self.train("run", "--seed", 4, code=1)
        self.assertEqual(self.tensors("run"), first)
        self.train("run", "--seed", 4, "--force", "--log-steps", "steps.jsonl", epochs=1)
        self.assertNotEqual(self.tensors("run"), first)
        self.assertEqual(len(self.history("run")), 1)
        self.assertEqual((self.folder / "run/notes.txt").read_text(), "mine")
        self.assertNotIn("old", (self.folder / "steps.jsonl").read_text())

    def test_an_empty_folder_may_be_used(self):
        (self.folder / "run").mkdir()
        self.train("run")
        self.assertTrue(self.tensors("run"))

    def test_a_test_line_that_cannot_be_written_loses_no_model(self):
        # A file that may take the lines of the one epoch (107 bytes), but not the last line (41 more).
        (self.folder / "lines").write_bytes(b" " * (65536 - 120))
        done = self.shell("trap '' XFSZ; ulimit -f 64; duet train tiny --out run --epochs 1 --hidden 5 >> lines")
        self.assertEqual(done.stderr, "duet: standard output cannot be written: File too large; the run is kept in run\n")
        self.assertEqual(done.returncode, 1)
        self.assertTrue(self.tensors("run"))
        self.assertEqual(self.json_of("run/run.json")["epochs"], 1)

    def test_results_without_a_standard_error(self):
        lines = self.duet("eval", "good", "tiny")
        for closed in ("2>&-", "2>/dev/full"):
            done = self.shell(f"duet eval good tiny {closed}")
            self.assertEqual((done.returncode, done.stdout), (0, lines))
            self.assertEqual(self.shell(f"duet eval nothing tiny {closed}").returncode, 7)

    def test_a_reader_that_leaves_ends_no_training(self):
        done = self.shell("set -o pipefail; duet train tiny --out run --hidden 5 --epochs 300 | head -n 1")
        self.assertEqual((done.returncode, done.stdout), (1, "Epoch: 0\n"))
        self.assertIn("standard output cannot be written: Broken pipe", done.stderr)
        self.assertEqual(self.json_of("run/run.json")["epochs"], 300)


class Reproducible(Cli):
    def test_the_same_command_gives_the_same_bits(self):
        lines = self.train("run", "--batch", 17)
        for threads in ([], ["--threads", 1], ["--threads", 3]):
            with self.subTest(threads=threads):
                self.assertEqual(self.train("other", "--batch", 17, "--force", *threads), lines)
                self.assertEqual(self.tensors("other"), self.tensors("run"))

    def test_another_seed_gives_other_weights(self):
        self.train("run")
        self.train("other", "--seed", 23)
        self.assertNotEqual(self.tensors("other"), self.tensors("run"))
        self.train("unshuffled", "--shuffle", "none")
        self.assertNotEqual(self.tensors("unshuffled"), self.tensors("run"))


class Signals(Cli):
    def stop(self, number):
        running = self.start("train", "tiny", "--out", "run", "--hidden", 5, "--epochs", 1000000)
        for line in running.stdout:
            if line == "Epoch: 2\n":
                break
        running.send_signal(number)
        lines, talk = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 128 + number, talk)
        self.assertEqual(talk, "Kept in run\n")
        self.assertRegex(lines, r"Test loss: \S+, Test accuracy: \S+\n\Z")
        record = self.json_of("run/run.json")
        self.assertEqual(record["signal"], number)
        self.assertGreaterEqual(record["epochs"], 2)
        self.assertEqual(len(self.history("run")), record["epochs"])
        evaluated = json.loads(self.duet("eval", "run", "tiny", "--json"))
        self.assertEqual(evaluated["epochs"], record["epochs"])
        self.assertEqual(evaluated["test"], record["test"])

    def test_interrupted(self):
        self.stop(signal.SIGINT)

    def test_terminated(self):
        self.stop(signal.SIGTERM)

    def test_interrupted_in_the_first_epoch(self):
        slow = ["--hidden", "3000,3000", "--batch", 1, "--log-steps", "steps.jsonl"]
        running = self.start("train", "tiny", "--out", "deep/run", *slow)
        while not (self.folder / "steps.jsonl").exists() and running.poll() is None:
            time.sleep(0.01)
        time.sleep(0.1)  # from opening that file to the first step
        running.send_signal(signal.SIGINT)
        lines, talk = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 128 + signal.SIGINT, talk)
        self.assertEqual((lines, talk), ("", "duet: stopped before the first epoch ended; nothing was kept\n"))
        self.assertFalse((self.folder / "deep").exists())


class Eval(Cli):
    def setUp(self):
        super().setUp()
        # Images that are bright in pixel `seen` alone, which is what the model says; labels as they are.
        self.seen, self.labels = [0, 0, 1, 2, 2, 2, 0], [0, 0, 0, 2, 2, 1, 1]
        pixels = [255 * (i == seen) for seen in self.seen for i in range(SIZE * SIZE)]
        for part in ("train", "t10k"):
            images = planted.idx([7, SIZE, SIZE], pixels)
            (self.folder / f"seven/{part}-images-idx3-ubyte").parent.mkdir(exist_ok=True)
            (self.folder / f"seven/{part}-images-idx3-ubyte").write_bytes(images)
            (self.folder / f"seven/{part}-labels-idx1-ubyte").write_bytes(planted.idx([7], self.labels))
        right, wrong = math.log(math.e + 2) - 1, math.log(math.e + 2)
        self.loss = (4 * right + 3 * wrong) / 7

    def test_tables(self):
        self.assertEqual(
            self.duet("eval", "good", "seven"),
            f"""test[0:7]: 7 examples
Loss: {self.loss:.4f}, accuracy: 0.5714

class  accuracy     right of
dog      0.0000         0  2
cat      0.6667         2  3
owl      1.0000         2  2

Confusion matrix (rows: true class, columns: predicted)
          0     1     2
    0     2     1     0
    1     1     0     1
    2     0     0     2

Normalized by row
           0      1      2
    0 0.6667 0.3333 0.0000
    1 0.5000 0.0000 0.5000
    2 0.0000 0.0000 1.0000
""",
        )
        self.assertEqual(self.stderr, "")

    def test_json(self):
        evaluated = json.loads(self.duet("eval", "good", "seven", "--json", "--threads", 1))
        self.assertEqual(self.stderr, "")
        test = evaluated["test"]
        self.assertAlmostEqual(test["loss"], self.loss, places=6)
        self.assertAlmostEqual(test["accuracy"], 4 / 7)
        self.assertEqual(test["per_class"], [2 / 3, 0, 1])
        self.assertEqual(test["confusion"], [[2, 1, 0], [1, 0, 1], [0, 0, 2]])
        self.assertEqual((evaluated["split"], evaluated["device"], evaluated["threads"]), ("test", "cpu", 1))
        self.assertEqual(evaluated["class_names"], ["cat", "dog", "owl"])
        self.assertGreater(evaluated["seconds"], 0)
        self.assertIsNone(evaluated["epochs"])  # this model does not say

    def test_a_class_without_examples(self):
        split = ["--split", "train[:3]"]
        evaluated = json.loads(self.duet("eval", "good", "seven", *split, "--json"))
        self.assertEqual(evaluated["split"], "train[:3]")
        self.assertEqual(evaluated["test"]["per_class"], [2 / 3, None, None])
        lines = self.duet("eval", "good", "seven", *split).splitlines()
        self.assertEqual(lines[0], "train[0:3]: 3 examples")
        self.assertEqual([line.split()[:2] for line in lines[4:7]], [["cat", "0.6667"], ["dog", "-"], ["owl", "-"]])
        self.assertEqual(lines[-2:], ["    1      -      -      -", "    2      -      -      -"])

    def test_says_what_the_training_said(self):
        trained = json.loads(self.train("run", "--json", "--quiet"))
        for model in ("run", "run/model.safetensors"):
            evaluated = json.loads(self.duet("eval", model, "tiny", "--json"))
            self.assertEqual(evaluated["test"], trained["test"])
            self.assertEqual(evaluated["epochs"], 2)

    def test_other_data_than_it_was_trained_on(self):
        self.train("run")
        self.assertIn("test[0:7]: 7 examples", self.duet("eval", "run", "seven"))


class Predict(Cli):
    def setUp(self):
        super().setUp()
        self.rows = [[0] * SIZE for _ in range(SIZE)]
        self.rows[0][1] = 255  # which speaks for class 1, dog
        self.certain = math.e / (math.e + 2)
        self.line = f"\t0\tdog\t{self.certain:.6f}\n"

    def plant(self, name, content):
        (self.folder / name).write_bytes(content)
        return name

    def test_every_kind_of_file(self):
        pixels = [pixel for row in self.rows for pixel in row]
        image = planted.idx([1, SIZE, SIZE], pixels)
        for name, content in {
            "idx": image,
            "idx.gz": gzip.compress(image),
            "a.png": planted.png(self.rows),
            "a.pgm": planted.pgm(self.rows),
            "a.ppm": planted.ppm(self.rows),
            "no-extension": planted.png(self.rows),
        }.items():
            with self.subTest(name):
                self.assertEqual(self.duet("predict", "good", self.plant(name, content)), name + self.line)
                self.assertEqual(self.stderr, "")
                self.assertEqual(self.duet("predict", "good", "-", stdin=content), "-" + self.line)

    def test_a_line_per_image(self):
        pixels = [255 * (i == row) for row in range(3) for i in range(SIZE * SIZE)]
        self.plant("three", planted.idx([3, SIZE, SIZE], pixels))
        self.plant("a.png", planted.png(self.rows))
        lines = self.duet("predict", "good", "three", "a.png", "three").splitlines()
        expected = [("three", "0", "cat"), ("three", "1", "dog"), ("three", "2", "owl")]
        self.assertEqual(
            [tuple(line.split("\t")[:3]) for line in lines], [*expected, ("a.png", "0", "dog"), *expected]
        )

    def test_as_many_images_as_there_are(self):
        labels = self.duet("predict", "good", "tiny/train-images-idx3-ubyte").splitlines()
        self.assertEqual([int(line.split("\t")[1]) for line in labels], list(range(300)))  # more than a batch

    def test_probabilities(self):
        self.plant("a.png", planted.png(self.rows))
        line = self.duet("predict", "good", "a.png", "--probabilities")
        cells = line.rstrip("\n").split("\t")
        self.assertEqual(cells[:3], ["a.png", "0", "dog"])
        for cell, logit in zip(cells[4:], [0, 1, 0], strict=True):
            self.assertAlmostEqual(float(cell), math.exp(logit) / (math.e + 2), places=6)

    def test_json(self):
        self.plant("a.png", planted.png(self.rows))
        predicted = json.loads(self.duet("predict", "good", "a.png", "--json"))
        (entry,) = predicted["predictions"]
        self.assertEqual(predicted["class_names"], ["cat", "dog", "owl"])
        self.assertEqual((entry["file"], entry["row"], entry["class"], entry["name"]), ("a.png", 0, 1, "dog"))
        self.assertAlmostEqual(entry["probability"], self.certain, places=6)
        self.assertNotIn("probabilities", entry)
        (entry,) = json.loads(self.duet("predict", "good", "a.png", "--json", "--probabilities"))["predictions"]
        self.assertEqual(len(entry["probabilities"]), 3)

    def test_the_first_maximum(self):
        self.plant("black.png", planted.png([[0] * SIZE] * SIZE))
        self.assertEqual(self.duet("predict", "good", "black.png"), "black.png\t0\tcat\t0.333333\n")

    def test_scaled_with_one_note(self):
        doubled = [[pixel for pixel in row for _ in range(2)] for row in self.rows for _ in range(2)]
        self.plant("large.png", planted.png(doubled))
        self.plant("large.pgm", planted.pgm(doubled))
        lines = self.duet("predict", "good", "large.png", "large.pgm")
        self.assertEqual(lines, "large.png" + self.line + "large.pgm" + self.line)
        self.assertEqual(
            self.stderr, "duet: large.png is 8 x 8 pixels; pictures are scaled to the model's 4 x 4\n"
        )

    def test_jpeg(self):
        self.plant("black.jpg", planted.grey_jpeg())
        self.assertEqual(self.duet("predict", "good", "black.jpg"), "black.jpg\t0\tcat\t0.333333\n")

    def test_dark_ink_on_light_paper(self):
        inverted = [[255 - pixel for pixel in row] for row in self.rows]
        image = planted.idx([1, SIZE, SIZE], sum(inverted, []))
        for name, content in [("a.png", planted.png(inverted)), ("a.idx", image)]:
            self.plant(name, content)
            self.assertEqual(self.duet("predict", "good", name, "--invert"), name + self.line)
            self.assertEqual(self.stderr, "")
        self.duet("predict", "good", "a.png", "a.png")
        self.assertEqual(
            self.stderr, "duet: a.png has bright corners; if it is dark ink on light paper, use --invert\n"
        )


class Help(Cli):
    commands = ["train", "eval", "predict", "inspect", "data", "data list", "data fetch", "data verify", "data show",
                "doctor"]

    def test_every_command_has_help(self):
        for command in ["", *self.commands]:
            with self.subTest(command):
                text = self.duet(*command.split(), "--help")
                self.assertIn(f"Usage: duet {command}".strip(), text)
                self.assertIn("Exit codes: 0 done, 1 other", text)
                self.assertEqual(self.stderr, "")

    def test_the_options_of_train_and_their_defaults(self):
        text = self.duet("train", "--help")
        for option in ["hidden N,N...=700,500", "learning-rate X=0.001", "beta1 X=0.9", "beta2 X=0.999",
                       "epsilon X=1e-07", "batch N=128", "epochs N=10", "seed N=22", "shuffle epoch|none=epoch",
                       "train EXPR", "validation EXPR", "test EXPR", "device NAME=auto", "threads N", "data-dir DIR",
                       "out DIR", "force ", "init-from FILE", "log-steps FILE", "json ", "quiet "]:
            self.assertRegex(text, rf"\n  --{re.escape(option)}")

    def test_version(self):
        self.assertRegex(self.duet("--version"), r"\Aduet \d+\.\d+\.\d+\n\Z")


class RealData(Cli):
    def test_one_epoch(self):
        name = next((name for name in ("mnist", "fashion-mnist") if self.found(name)), None)
        if name is None:
            self.skipTest("neither MNIST nor Fashion-MNIST (Debian package dataset-fashion-mnist) is there")
        options = ["--epochs", 1, "--hidden", 64, "--out", "run"]
        lines = self.duet("train", name, *options)
        record = self.json_of("run/run.json")
        self.assertEqual(lines, tutorial_lines(self.history("run"), record["test"]))
        parts = [record["data"][part] for part in ("train", "validation", "test")]
        self.assertEqual(parts, ["train[10000:60000]", "train[0:10000]", "test[0:10000]"])
        self.assertGreater(record["test"]["accuracy"], 0.8)
        self.assertEqual(json.loads(self.duet("eval", "run", name, "--json"))["test"], record["test"])

    def found(self, name):
        listed = json.loads(self.duet("data", "list", "--json"))["datasets"]
        return next(dataset["found"] for dataset in listed if dataset["name"] == name)


class BadInputRunner(Cli):
    """bad_input_test itself: it would be easy to fool."""

    def judge(self, *rows):
        table = self.folder / "table.tsv"
        table.write_text("".join(row + "\n" for row in rows))
        return subprocess.run([BAD_INPUT_TEST, DUET, table], capture_output=True, text=True, timeout=60)

    def test_rows_that_lack_something_are_refused(self):
        good = "name\tduet fly\t2\tunknown command"
        self.assertEqual(self.judge(good).returncode, 0)
        for row in ["", "# nothing", "\tduet fly\t2\tunknown", "name\t\t2\tunknown", "name\tduet fly\t\tunknown",
                    "name\tduet fly\t2\t", "name\tduet fly\t2\t ", "name\tduet fly\t2", "name\tduet\t0\ta",
                    "name\tduet fly\ttwo\tunknown", f"{good}\t\tmore", f"{good}\n{good}"]:
            with self.subTest(row):
                judged = self.judge(row)
                self.assertEqual(judged.returncode, 1)
                self.assertTrue(judged.stderr.startswith("table.tsv:"), judged.stderr)

    def test_what_must_not_be_is_seen(self):
        for command, problem in {
            "duet --version": "exit code 0, not 2",
            "duet fly 2>&1": "standard error is not one sentence",
            "duet fly; duet fly": "standard error is not one sentence",
            "duet walk; exit 2": "standard error does not say 'fly'",
            "echo hello; duet fly": "standard output holds 'hello",
            "touch new; duet fly": "changed on disk: new",
            "rm -r tiny; duet fly": "changed on disk: tiny, ",
            "echo more >> a-file; duet fly": "changed on disk: a-file",
        }.items():
            with self.subTest(command):
                judged = self.judge(f"name\t{command}\t2\tfly")
                self.assertIn(f"FAILED name: {problem}", judged.stdout)
                self.assertEqual(judged.returncode, 1)
        self.assertEqual(self.judge("name\ttouch new; duet fly\t2\tfly\tnew").returncode, 0)
        self.assertIn("new did not change", self.judge("name\tduet fly\t2\tfly\tnew").stdout)

    def test_every_row_finds_everything_as_planted(self):
        judged = self.judge("one\trm -r tiny; duet fly\t2\tfly\ttiny*", "two\tls tiny >&2; duet fly\t2\tfly")
        self.assertIn("train-images-idx3-ubyte", judged.stdout)


if __name__ == "__main__":
    result = unittest.main(argv=[sys.argv[0], *sys.argv[2:]], exit=False, verbosity=2).result
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
