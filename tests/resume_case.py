"""What tests of trainings that go on share."""

import planted
from cli import Cli

NETWORK = ["--hidden", "19,11", "--batch", 4]


class ResumeCase(Cli):
    def arguments(self, out, *more, epochs=6):
        return ["train", "tiny", "--out", out, *NETWORK, "--epochs", epochs, *more]

    def without_times(self, run):
        timeless = lambda epoch: {k: v for k, v in epoch.items() if k not in ("seconds", "examples_per_second")}
        return [timeless(epoch) for epoch in self.history(run)]

    def expect_same(self, run, undisturbed):
        self.assertEqual(self.tensors(run), self.tensors(undisturbed))
        self.assertEqual(self.without_times(run), self.without_times(undisturbed))
        best = lambda folder: planted.read_safetensors(self.folder / folder / "best.safetensors")[0]
        self.assertEqual(best(run), best(undisturbed))
        for name in ("test_predictions.csv", "steps.jsonl"):
            a, b = ((self.folder / folder / name) for folder in (run, undisturbed))
            self.assertEqual(a.exists(), b.exists())
            if a.exists():
                self.assertEqual(a.read_text(), b.read_text(), name)
        self.assertEqual(self.json_of(f"{run}/run.json")["test"], self.json_of(f"{undisturbed}/run.json")["test"])
        self.assertEqual(len((self.folder / run / "history.csv").read_text().splitlines()), len(self.history(run)) + 1)

    def wait_for_epoch(self, running, epoch):
        for line in running.stdout:
            if line == f"Epoch: {epoch}\n":
                return

    def take_the_end_away(self, run):
        """As a training leaves its folder that was killed before its end."""
        for name in ("run.json", "model.safetensors", "test_predictions.csv"):
            (self.folder / run / name).unlink()
