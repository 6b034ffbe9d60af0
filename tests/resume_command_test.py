"""duet resume: a training that was stopped, or killed, ends as if it had not been.

usage: resume_command_test.py DUET [CLASS]
"""

import json
import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
import cli
import planted
from resume_case import NETWORK, ResumeCase


class Resume(ResumeCase):
    def test_after_an_interruption_all_is_as_if_there_had_been_none(self):
        long = 500
        self.duet(*self.arguments("whole", "--log-steps", "whole/steps.jsonl", epochs=long))
        running = self.start(*self.arguments("run", "--log-steps", "run/steps.jsonl", "--report", epochs=long))
        self.wait_for_epoch(running, 3)
        running.send_signal(signal.SIGINT)
        _, talk = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, talk)
        self.assertTrue(talk.endswith("duet: to go on: duet resume run\n"), talk)
        half = (self.folder / "run/report.html").read_text()
        epochs = len(self.history("run"))
        lines = self.duet("resume", "run", "--threads", 1)
        self.assertTrue(lines.startswith(f"Epoch: {epochs}\n"), lines[:100])
        self.expect_same("run", "whole")
        self.assertNotEqual((self.folder / "run/report.html").read_text(), half)
        self.assertFalse((self.folder / "run/checkpoints").exists())
        self.duet("resume", "run")
        self.assertEqual(self.stderr, "run is finished: there is nothing to resume\n")
        self.assertEqual(json.loads(self.duet("resume", "run", "--json")), {**self.json_of("run/run.json"), "run": "run"})

    def test_a_signal_asks_for_a_checkpoint_and_stops_nothing(self):
        running = self.start(*self.arguments("run", "--checkpoint-every", "1000s", epochs=1000000))
        self.wait_for_epoch(running, 3)
        before = sorted(os.listdir(self.folder / "run/checkpoints"))
        self.assertEqual(len(before), 1)
        running.send_signal(signal.SIGUSR1)
        for _ in range(1000):
            if (now := sorted(os.listdir(self.folder / "run/checkpoints"))) != before and len(now) == 1:
                break
            time.sleep(0.01)
        self.assertNotEqual(now, before)
        self.assertIsNone(running.poll())

    def test_a_damaged_checkpoint_is_passed_over(self):
        self.duet(*self.arguments("whole"))
        self.duet(*self.arguments("run", "--keep", 3, "--checkpoint-every", 2))
        kept = sorted((self.folder / "run/checkpoints").iterdir())
        self.assertEqual(len(kept), 3)
        (self.folder / "run/run.json").unlink()  # as if it had been killed
        kept[-1].write_bytes(kept[-1].read_bytes()[:-9])
        self.duet("resume", "run")
        self.assertRegex(self.stderr, r"(?m)^duet: run/checkpoints/\d+\.safetensors: .*; trying the one before$")
        self.expect_same("run", "whole")

    def test_a_finished_run_that_lost_its_model(self):
        self.duet(*self.arguments("whole"))
        self.duet(*self.arguments("run", "--keep", 2, "--checkpoint-every", 40))
        printed = json.loads(self.duet("resume", "run", "--json"))
        self.assertEqual(self.stderr, "run is finished: there is nothing to resume\n")
        self.assertEqual(printed, {**self.json_of("run/run.json"), "run": "run"})
        model, history = self.folder / "run/model.safetensors", self.folder / "run/history.jsonl"
        lines, record = history.read_bytes(), (self.folder / "run/run.json").read_bytes()
        for lose in (lambda: model.unlink(), lambda: model.write_bytes(model.read_bytes()[:-1] + b"!"), lambda: model.write_bytes(b"")):
            lose()
            self.duet("verify", "run", code=7)
            self.assertIn(" files are damaged or missing: duet resume makes the model again from a checkpoint\n", self.stderr)
            history.write_bytes(lines.replace(b"0.", b"0.9", 1))
            self.duet("resume", "run", code=7)
            self.assertEqual((self.folder / "run/run.json").read_bytes(), record)
            history.write_bytes(lines)
            self.duet("resume", "run")
            self.assertIn(
                "duet: run is finished, but its model.safetensors is damaged or gone: it is made again from the last checkpoint\n",
                self.stderr,
            )
            self.expect_same("run", "whole")
            self.duet("verify", "run")
            lines, record = history.read_bytes(), (self.folder / "run/run.json").read_bytes()
        (self.folder / "whole/model.safetensors").unlink()
        self.duet("resume", "whole", code=7)
        self.assertEqual(
            self.stderr,
            "duet: whole is finished, but its model.safetensors is gone, and there is no checkpoint to make it of: take it from "
            "a copy, or train again\n",
        )

    def test_a_run_that_was_to_replace_another(self):
        self.duet(*self.arguments("whole", "--seed", 5, epochs=500))
        self.duet(*self.arguments("run", epochs=1))
        running = self.start(*self.arguments("run", "--seed", 5, "--force", epochs=500))
        self.wait_for_epoch(running, 3)
        running.kill()
        running.communicate()
        self.assertEqual(len(self.history("run")), 1)  # still the other's
        self.duet("resume", "run")
        self.expect_same("run", "whole")
        last = self.history("run")[-1]
        self.assertEqual(self.json_of("run/run.json")["validation"], last["validation"])

    def test_one_that_was_stopped_outlives_what_could_not_replace_it(self):
        self.duet(*self.arguments("whole"))
        self.duet(*self.arguments("run", "--keep", 2, "--checkpoint-every", 5))
        (self.folder / "run/run.json").unlink()  # as if it had been killed
        self.duet(*self.arguments("run", "--seed", 5, "--force", "--log-steps", "nowhere/steps"), code=1)
        self.duet("resume", "run")
        self.expect_same("run", "whole")
        self.assertFalse((self.folder / "run/.checkpoints.new").exists())

    def test_one_that_was_killed_before_its_logs_were_there(self):
        self.duet(*self.arguments("whole", "--log-steps", "whole/steps.jsonl"))
        self.duet(*self.arguments("run", "--log-steps", "run/steps.jsonl", "--keep", 1000, "--checkpoint-every", 1))
        for file in (self.folder / "run").iterdir():
            if file.is_file():
                file.unlink()
        first, *others = sorted((self.folder / "run/checkpoints").iterdir())
        self.assertEqual(first.name, "000000000000.safetensors")
        for file in others:
            file.unlink()
        self.duet("resume", "run")
        self.expect_same("run", "whole")

    def test_only_with_the_data_that_it_began_with(self):
        self.duet(*self.arguments("run", "--keep", 1))
        (self.folder / "run/run.json").unlink()
        labels = next(f for f in (self.folder / "tiny").iterdir() if "train-labels" in f.name)
        *others, last = labels.read_bytes()
        labels.write_bytes(bytes([*others, (last + 1) % 3]))
        self.duet("resume", "run", code=3)
        self.assertIn("is not what run was begun with: its checksum is another\n", self.stderr)

    def test_with_a_folder_of_data_that_has_moved(self):
        self.duet(*self.arguments("whole"))
        self.duet(*self.arguments("run", "--keep", 1))
        (self.folder / "run/run.json").unlink()
        (self.folder / "tiny").rename(self.folder / "moved")
        for options, folder in ((), self.folder / "tiny"), (("--data-dir", "nowhere"), "nowhere"):
            self.duet("resume", "run", *options, code=3)
            self.assertIn(f"there is no folder {folder} with the data of run: name the one that has it with --data-dir\n",
                          self.stderr)
        self.duet("resume", "run", "--data-dir", "moved")
        self.expect_same("run", "whole")

    def test_one_writer_at_a_time(self):
        running = self.start(*self.arguments("run", epochs=1000000))
        self.wait_for_epoch(running, 1)
        self.duet("resume", "run", code=1)
        self.assertIn(f"run is being written by process {running.pid}: ", self.stderr)
        self.duet(*self.arguments("run", "--force"), code=1)
        self.assertIn(f"run is being written by process {running.pid}: ", self.stderr)

    def test_what_cannot_be_resumed(self):
        self.duet("resume", "nowhere", code=3)
        (self.folder / "empty").mkdir()
        self.duet("resume", "empty", code=3)
        for every in ("0", "x", "-1", "0s", ""):
            self.duet(*self.arguments("new", "--checkpoint-every", every), code=2)
        self.assertFalse((self.folder / "new").exists())


class Best(ResumeCase):
    """best.safetensors: the model of the first epoch with the highest validation accuracy."""

    def test_is_the_model_of_that_epoch(self):
        self.duet(*self.arguments("run", epochs=12))
        accuracies = [epoch["validation"]["accuracy"] for epoch in self.history("run")]
        epochs = accuracies.index(max(accuracies)) + 1
        self.assertLess(epochs, 12)  # or this shows little
        self.duet(*self.arguments("short", epochs=epochs))
        tensors, metadata = planted.read_safetensors(self.folder / "run/best.safetensors")
        self.assertEqual(tensors, self.tensors("short"))
        self.assertEqual(json.loads(metadata["duet"])["training"]["epochs"], epochs)
        self.duet("eval", "run/best.safetensors", "tiny")

    def test_none_without_validation_and_an_earlier_run_s_is_removed(self):
        self.duet(*self.arguments("run"))
        self.assertTrue((self.folder / "run/best.safetensors").exists())
        planted.dataset(self.folder / "few", train=5)  # of which none are for validation
        self.duet("train", "few", "--out", "run", "--force", *NETWORK)
        self.assertIsNone(self.json_of("run/run.json")["validation"])
        self.assertFalse((self.folder / "run/best.safetensors").exists())
        self.assertNotIn("best.safetensors", self.json_of("run/run.json")["checksums"])


class Killed(ResumeCase):
    """kill -9 at random moments of a run that is writing a checkpoint most of the time."""

    def seconds_of(self, arguments):
        start = time.monotonic()
        self.duet(*arguments)
        return time.monotonic() - start

    def test_at_any_moment(self):
        kills = int(os.environ.get("DUET_TEST_KILLS", 3))
        options = ["--checkpoint-every", 5, "--log-steps", "{}/steps.jsonl"]
        arguments = lambda out: self.arguments(out, *(str(o).format(out) for o in options), epochs=4)
        seconds = min(self.seconds_of(arguments(out)) for out in ("whole", "timed"))  # a busy machine is slower at times
        generator, resumed = random.Random(5), 0
        for kill in range(kills):
            run = f"run{kill}"
            running = self.start(*arguments(run))
            time.sleep(generator.uniform(0, seconds))
            running.kill()
            running.communicate()
            if not (self.folder / run).exists():  # before it appeared: nothing is there under that name
                continue
            self.duet("resume", run)
            resumed += "finished" not in self.stderr
            self.expect_same(run, "whole")
        print(f"resumed {resumed} of {kills}", end=" ", flush=True)
        self.assertGreater(resumed, kills // 10)


if __name__ == "__main__":
    cli.main()
