"""Golden runs: the program's losses, step by step, against float64.

usage: golden_test.py DUET CLASS

Published: the run in DUET_GOLDEN_PATH, made by TensorFlow and NumPy (skipped where it or MNIST is not there).
Oracle: the same size on Debian's Fashion-MNIST, by NumPy here and now. ShortBatch: 300 rows in batches of 128.
Bounds of the published run: 5e-6 for 50 steps, 2e-3 for 100, 0.03 over the epoch, 0.001 in its mean.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import cli
import oracle
import planted
from cli import DUET
from oracle import np

SIZES = [784, 700, 500, 10]
ISAS = ["baseline", "avx2", "avx512"]


def usable_isas():
    """Instruction sets that this machine has, as the program says."""
    report = json.loads(subprocess.run([DUET, "doctor", "--json"], check=True, capture_output=True).stdout)
    cpu = next(device for device in report["devices"] if device["device"] == "cpu")
    return [isa for isa in ISAS if isa in cpu["instruction sets"].split(" (")[0].split(", ")]


class Golden(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def train(self, isa, *arguments):
        """Losses and accuracies of all steps, and the object that --json prints."""
        steps, out = self.folder / f"{isa}.steps", self.folder / f"{isa}.run"
        command = [DUET, "train", *map(str, arguments), "--shuffle", "none", "--log-steps", str(steps), "--out", str(out)]
        done = subprocess.run(command + ["--json", "--quiet"], capture_output=True, text=True, env={**os.environ, "DUET_ISA": isa})
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in steps.read_text().splitlines()]
        self.assertEqual([line["step"] for line in lines], list(range(1, len(lines) + 1)))
        return np.array([line["loss"] for line in lines]), np.array([line["accuracy"] for line in lines]), json.loads(done.stdout)

    def expect_close(self, losses, want):
        difference = np.abs(losses[: len(want)] - want)
        self.assertLessEqual(difference[:50].max(), 5e-6)
        self.assertLessEqual(difference[:100].max(), 2e-3)
        self.assertLessEqual(difference.max(), 0.03)


class Published(Golden):
    def test_an_epoch_of_the_reference_job(self):
        golden = Path(os.environ.get("DUET_GOLDEN_PATH", "")) / "mnist-784-700-500-10"
        if "DUET_GOLDEN_PATH" not in os.environ or not golden.exists() or cli.find_mnist() is None:
            self.skipTest("DUET_GOLDEN_PATH or MNIST in DUET_DATA_PATH is not there; the class Oracle tests the same")
        want = json.loads((golden / "trajectory.json").read_text())["float64"]
        for isa in usable_isas():
            with self.subTest(isa):
                losses, accuracies, result = self.train(isa, "mnist", "--epochs", 1, "--init-from", golden / "initial.safetensors")
                self.assertEqual(len(losses), len(want["loss"]))
                self.expect_close(losses, np.array(want["loss"]))
                self.assertLessEqual(abs(losses.mean() - np.mean(want["loss"])), 0.001)
                self.assertTrue(np.array_equal(accuracies[:20], want["accuracy"][:20]))
                self.assertAlmostEqual(result["validation"]["loss_of_batches"], 0.131, delta=0.01)
                self.assertAlmostEqual(result["validation"]["accuracy_of_batches"], 0.960, delta=0.01)


class Oracle(Golden):
    """Where a hidden unit that was silent lights up for one example by rounding alone, Adam moves its weights by a
    whole learning rate, and the runs part at once; 4 of 9 runs do within 60 steps on this data. So the default epsilon
    is held to 15 steps, and a large one, which takes the edge off, to 40 without a jump. Of the seeds 1 to 7 those
    numbered 1, 4 and 6 hold to that with every instruction set. With seed 5 a unit of the second hidden layer is 3e-7 of
    the mean from zero in step 12; flipped in the oracle, it gives the departure that the baseline shows from step 13 on."""

    def follow(self, steps, epsilon):
        folder = cli.find_fashion()
        if folder is None:
            self.skipTest("the Debian package dataset-fashion-mnist is not installed")
        images, labels = oracle.read_part(folder, "train")
        layers = oracle.glorot(SIZES, 6)
        oracle.save_layers(self.folder / "initial.safetensors", layers)
        want = oracle.train(layers, images[10000:], labels[10000:], 128, steps=steps, eps=epsilon)
        rows = f"train[10000:{10000 + 128 * steps}]"
        options = ["--epochs", 1, "--train", rows, "--epsilon", epsilon, "--init-from", self.folder / "initial.safetensors"]
        for isa in usable_isas():
            with self.subTest(isa):
                losses, accuracies, _ = self.train(isa, folder, *options)
                self.assertLessEqual(np.abs(losses - [loss for loss, _ in want]).max(), 5e-6)
                self.assertTrue(np.array_equal(accuracies[:10], [accuracy for _, accuracy in want][:10]))

    def test_the_default_epsilon(self):
        self.follow(15, 1e-7)

    def test_a_large_epsilon_for_longer(self):
        self.follow(40, 1e-3)


class ShortBatch(Golden):
    def test_300_rows_three_epochs(self):
        folder = cli.find_mnist() or cli.find_fashion()
        if folder is None:
            self.skipTest("neither MNIST in DUET_DATA_PATH nor the Debian package dataset-fashion-mnist is there")
        images, labels = (part[:360] for part in oracle.read_part(folder, "train"))
        data = self.folder / "data"
        data.mkdir()
        for kind, array in (("images", images), ("labels", labels)):  # validation takes the first 60, training 300
            (data / planted.FILES["train", kind]).write_bytes(planted.idx(array.shape, array.tobytes()))
        layers = oracle.glorot(SIZES, 1)  # with seed 6 a unit flips in the second step (see Oracle)
        oracle.save_layers(self.folder / "initial.safetensors", layers)
        want = oracle.train(layers, images[60:], labels[60:], 128, epochs=3)
        self.assertEqual(len(want), 9)
        for isa in usable_isas():
            with self.subTest(isa):
                losses, accuracies, _ = self.train(isa, data, "--epochs", 3, "--init-from", self.folder / "initial.safetensors")
                self.assertLessEqual(np.abs(losses - [loss for loss, _ in want]).max(), 5e-6)
                self.assertTrue(np.array_equal(accuracies, [accuracy for _, accuracy in want]))


if __name__ == "__main__":
    cli.main()
