"""duet train that is interrupted or told to end.

usage: signals_test.py DUET [CLASS]
"""

import json
import signal
import sys
import time

sys.dont_write_bytecode = True
import cli
from cli import Cli


class Signals(Cli):
    def stop(self, number, times=1):
        running = self.start("train", "tiny", "--out", "run", "--hidden", 5, "--epochs", 1000000)
        for line in running.stdout:
            if line == "Epoch: 2\n":
                break
        for _ in range(times):
            running.send_signal(number)
            time.sleep(0.001)
        lines, talk = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 128 + number, talk)
        self.assertRegex(self.talk_of_training(talk), r"\Aduet: stopped after \d+ of 1000000 epochs; .* kept\nKept in run\nduet: to go on: duet resume run\n\Z")
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

    def test_hung_up(self):
        self.stop(signal.SIGHUP, times=2)  # by a shell whose terminal closes, and by the system when the shell ends

    def test_interrupted_in_the_first_epoch(self):
        slow = ["--hidden", "3000,3000", "--batch", 1, "--log-steps", "steps.jsonl"]
        running = self.start("train", "tiny", "--out", "deep/run", *slow)
        while not (self.folder / "steps.jsonl").exists() and running.poll() is None:
            time.sleep(0.01)
        time.sleep(0.1)  # from opening that file to the first step
        running.send_signal(signal.SIGINT)
        lines, talk = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 128 + signal.SIGINT, talk)
        talk = self.talk_of_training(talk)
        self.assertEqual(
            (lines, talk), ("", "duet: stopped before the first epoch ended\nduet: to go on: duet resume deep/run\n")
        )
        self.assertEqual(len(list((self.folder / "deep/run/checkpoints").iterdir())), 1)


if __name__ == "__main__":
    cli.main()
