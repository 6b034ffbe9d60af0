"""duet train: what it prints, what it writes, and what it makes of its options.

usage: train_test.py DUET [CLASS]
"""

import csv
import hashlib
import json
import math
import os
import re
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import Cli, tutorial_lines
from planted import CLASSES, SIZE


class Train(Cli):
    def test_prints_the_lines_of_the_tutorial(self):
        lines = self.train("run")
        history = self.history("run")
        self.assertEqual([epoch["epoch"] for epoch in history], [0, 1])
        self.assertEqual(lines, tutorial_lines(history, self.json_of("run/run.json")["test"]))
        self.assertRegex(lines, r"\AEpoch: 0\nTraining loss: \d\.\d{3}, Training accuracy: \d\.\d{3}\nValidation")
        self.assertEqual(self.talk_of_training(self.stderr), "Kept in run\n")

    def test_json_is_alone_on_standard_output(self):
        printed = json.loads(self.train("run", "--json"))
        written = self.json_of("run/run.json")
        self.assertEqual(printed.pop("run"), "run")
        self.assertEqual(printed, written)
        talk = self.talk_of_training(self.stderr)
        self.assertEqual(talk, tutorial_lines(self.history("run"), written["test"]) + "Kept in run\n")

    def test_quiet(self):
        self.assertEqual(self.train("run", "--quiet"), "")
        self.assertEqual(self.stderr, "")
        json.loads(self.train("other", "--quiet", "--json"))
        self.assertEqual(self.stderr, "")

    def test_run_folder(self):
        self.train("deep/run", "--threads", 1, "--seed", 5)
        names = sorted(path.name for path in (self.folder / "deep/run").iterdir())
        kept = ["best.safetensors", "history.csv", "history.jsonl", "model.safetensors", "run.json", "test_predictions.csv"]
        self.assertEqual(names, kept)
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
        _, metadata = planted.read_safetensors(self.folder / "deep/run/model.safetensors")
        self.assertEqual(json.loads(metadata["duet"])["training"]["device"], f"cpu ({record['hardware']}, fp32)")
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

    def test_predictions_are_what_was_tested(self):
        for split, part, first, count in [("test", "test", 0, 60), ("train[50:300]", "train", 50, 250)]:
            record = json.loads(self.train("run", "--force", "--json", "--quiet", "--test", split))
            predictions = self.table("run/test_predictions.csv")
            labels = (self.folder / "tiny" / planted.FILES[part, "labels"]).read_bytes()[8:]
            self.assertEqual([int(p["row"]) for p in predictions], list(range(first, first + count)))
            self.assertEqual([int(p["label"]) for p in predictions], list(labels[first : first + count]))
            right = sum(p["label"] == p["predicted"] for p in predictions)
            self.assertAlmostEqual(right / count, record["test"]["accuracy"], places=12)
            images = f"tiny/{planted.FILES[part, 'images']}"
            predicted = json.loads(self.duet("predict", "run", images, "--json"))["predictions"][first:]
            for ours, theirs in zip(predictions, predicted, strict=True):
                self.assertEqual((int(ours["row"]), int(ours["predicted"])), (theirs["row"], theirs["class"]))
                self.assertAlmostEqual(float(ours["probability"]), theirs["probability"], delta=1e-6)

    def test_learns(self):
        record = json.loads(self.train("run", "--json", "--quiet", "--batch", 10, epochs=20))
        self.assertGreater(record["test"]["accuracy"], 0.95)

    def test_a_split_for_each_part(self):
        options = ["--train", "train[:100]", "--validation", "test[:50%]", "--test", "train[200:]"]
        record = json.loads(self.train("run", "--json", "--quiet", *options))
        parts = [record["data"][part] for part in ("train", "validation", "test")]
        self.assertEqual(parts, ["train[0:100]", "test[0:30]", "train[200:300]"])
        self.assertEqual(sum(map(sum, record["test"]["confusion"])), 100)

    def test_a_note_where_splits_share_rows(self):
        says_little = ": how well those do says little about new ones\n"
        for splits, note in {
            ("--train", "train[:80%]"): "--train train[0:240] has rows in common with --validation train[0:50]",
            ("--test", "train"): "--train train[50:300] has rows in common with --test train[0:300]",
            ("--train", "test", "--validation", "test[59:]"):
                "--train test[0:60] has rows in common with --validation test[59:60] and --test test[0:60]",
            ("--train", "train[:50]", "--validation", "train[50:60]", "--test", "train[60:]"): None,
        }.items():
            self.train("run", "--force", *splits, epochs=1)
            talk = self.talk_of_training(self.stderr)
            self.assertEqual(talk, (f"duet: {note}{says_little}" if note else "") + "Kept in run\n")
            self.train("run", "--force", "--quiet", *splits, epochs=1)
            self.assertEqual(self.stderr, "")

    def test_without_test_files(self):
        for kind in ("images-idx3", "labels-idx1"):
            (self.folder / f"tiny/t10k-{kind}-ubyte").unlink()
        lines = self.train("run")
        self.assertNotIn("Test", lines)
        self.assertIsNone(self.json_of("run/run.json")["test"])
        self.assertFalse((self.folder / "run/test_predictions.csv").exists())

    def test_gzip_and_plain_are_the_same(self):
        planted.dataset(self.folder / "packed", packed=True)
        self.train("run")
        self.duet("train", "packed", "--out", "other", "--hidden", "9,7", "--epochs", 2)
        self.assertEqual(self.tensors("run"), self.tensors("other"))

    def test_no_more_threads_than_openmp_allows(self):
        for limit, threads in [(1, 1), (2, 2), (9, 3)]:
            done = self.shell(f"OMP_THREAD_LIMIT={limit} duet train tiny --out run{limit} --hidden 5 --threads 3")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.json_of(f"run{limit}/run.json")["threads"], threads)

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
        for place in ("run/model.safetensors", "run"):
            self.train("other", "--init-from", place, "--learning-rate", "1e-30", "--seed", 9, "--force")
            self.assertEqual(self.tensors("run"), self.tensors("other"))

    def test_the_sha256_of_initial_weights_that_are_replaced(self):
        self.train("run")
        before = hashlib.sha256((self.folder / "run/model.safetensors").read_bytes()).hexdigest()
        self.train("run", "--init-from", "run", "--force")
        self.assertEqual(self.json_of("run/run.json")["configuration"]["init_sha256"], before)

    def test_init_from_weights_alone(self):
        weights = planted.safetensors(planted.weights((SIZE * SIZE, 5, CLASSES)))
        (self.folder / "weights.safetensors").write_bytes(weights)
        self.duet("train", "tiny", "--out", "run", "--epochs", 1, "--init-from", "weights.safetensors")
        configuration = self.json_of("run/run.json")["configuration"]
        self.assertEqual(configuration["sizes"], [SIZE * SIZE, 5, CLASSES])
        self.assertEqual(configuration["init_sha256"], hashlib.sha256(weights).hexdigest())

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
        record = self.json_of("run/run.json")
        self.assertEqual(record["stopped_at"], 1)
        self.assertFalse((self.folder / "run/test_predictions.csv").exists())
        self.assertIsNone(record["test"])  # with these weights its loss is not finite either
        self.assertEqual(self.tensors("run"), planted.read_safetensors(self.folder / "huge.safetensors")[0])

    def table(self, path):
        with open(self.folder / path, newline="") as file:
            return list(csv.DictReader(file))


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


class Memory(Cli):
    """The most memory that a training takes at any time."""

    def setUp(self):
        super().setUp()
        self.skip_where_memory_cannot_be_limited()

    def most_memory(self, data, *options, epochs=1):  # or this program's own, which must stay small
        running = self.start("train", data, "--out", "run", "--quiet", "--device", "cpu", "--epochs", epochs, *options)
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = status
        self.assertEqual(status, 0, running.stderr.read())
        return usage.ru_maxrss * 1024

    def test_of_the_parameters(self):
        # Bytes. Weights, Adam's two moments, and the weights of the model; all once more for a checkpoint within an epoch,
        # and the weights of the best epoch.
        parameters = 4 * 3000 * 3000
        few_rows = ["--batch", 1, "--train", "train[50:53]"]
        within_epochs = ["--checkpoint-every", 2]  # of three steps
        used = self.most_memory("tiny", "--hidden", "3000,3000", *few_rows, *within_epochs, epochs=2)
        self.assertLess(used, 10 * parameters)
        self.check_forecast(used, "tiny", "--hidden", "3000,3000", *few_rows)

    def test_of_the_pixels(self):
        planted.dark_dataset(self.folder / "large", train=100_000, test=10, size=28)
        used = self.most_memory("large", "--hidden", 5)
        self.assertLess(used, 1.5 * 100_000 * 28 * 28)
        self.check_forecast(used, "large", "--hidden", 5)

    def check_forecast(self, used, *options):
        """It was what --dry-run says, and the program itself, and little more."""
        said = json.loads(self.duet("train", *options, "--dry-run", "--json"))["training"]["total"]
        self.assertLess(said, used)
        self.assertLess(used, 1.1 * said + 16e6)


class DryRun(Cli):
    PARTS = ["weights", "gradients", "moments", "activations", "data", "workspace"]

    def dry_run(self, *options, code=0):
        before = sorted(self.folder.rglob("*"))
        printed = self.duet("train", "tiny", "--dry-run", "--out", "run", *options, code=code)
        self.assertEqual(sorted(self.folder.rglob("*")), before)
        return printed

    def test_parts_are_bytes_that_add_up(self):
        options = ["--hidden", "64,32", "--batch", 50, "--log-steps", "steps"]
        said = json.loads(self.dry_run("--json", *options))
        training = said["training"]
        self.assertEqual(list(training), [*self.PARTS, "total", "already taken"])
        self.assertEqual(training["total"], sum(training[part] for part in self.PARTS))
        parameters = 4 * (16 * 64 + 64 * 32 + 32 * 16 + 64 + 32 + 16)  # bytes; rows of 16 floats
        # On the device and as the model's; until they are written, a checkpoint's, now and before the epoch, and the best.
        self.assertEqual(training["weights"], 5 * parameters)
        self.assertEqual(training["moments"], 4 * parameters)
        self.assertEqual(training["already taken"], (300 + 60) * SIZE * SIZE)
        lines = self.dry_run(*options).splitlines()
        self.assertEqual(lines[0].split(), ["training", "bytes", "MiB"])
        for (name, size), line in zip(training.items(), lines[1:]):
            self.assertRegex(line, rf"\A{name} +{size} +{size / 2**20:.1f}\Z")
        self.assertRegex(lines[-2], rf"\Atest after it, to take +{said['test']['total']} +0\.\d\Z")
        self.assertRegex(lines[-1], r"\Acpu, free +\d+ +\d+\.\d\Z")

    def test_weights_of_a_file_are_there_already(self):
        self.train("first")
        made = json.loads(self.dry_run("--json", "--hidden", "9,7"))["training"]
        read = json.loads(self.dry_run("--json", "--init-from", "first"))["training"]
        self.assertEqual(read.pop("already taken") - made.pop("already taken"), made["weights"] // 5)
        self.assertEqual(read, made)

    def test_too_little_memory(self):
        self.skip_where_memory_cannot_be_limited()
        # Two threads on any machine: the stacks of many take more than that.
        done = self.shell("ulimit -v 1000000; duet train tiny --dry-run --json --hidden 8000,8000 --threads 2")
        self.assertEqual(done.returncode, 5, done.stderr)
        said = json.loads(done.stdout)
        self.assertGreater(said["training"]["total"] - said["training"]["already taken"], said["free"])
        self.assertRegex(done.stderr, r"\Aduet: the training needs .* is for the network: use smaller layers\n\Z")
        really = self.shell("ulimit -v 1000000; duet train tiny --out run --quiet --hidden 8000,8000 --threads 2")
        self.assertEqual(really.returncode, 5)
        self.assertEqual(*(re.sub(r"[\d.]+ MiB free", "", text) for text in (really.stderr, done.stderr)))


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


if __name__ == "__main__":
    cli.main()
