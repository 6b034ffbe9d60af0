"""duet resume: a training that was stopped, or killed, ends as if it had not been.

usage: resume_command_test.py DUET [CLASS]
"""

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
import cli
import planted
from cli import DUET, Cli

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


class Resume(ResumeCase):
    def test_after_an_interruption_all_is_as_if_there_had_been_none(self):
        long = 500
        self.duet(*self.arguments("whole", "--log-steps", "whole/steps.jsonl", epochs=long))
        running = self.start(*self.arguments("run", "--log-steps", "run/steps.jsonl", "--report", epochs=long))
        for line in running.stdout:
            if line == "Epoch: 3\n":
                break
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

    def test_a_signal_asks_for_a_checkpoint_and_stops_nothing(self):
        running = self.start(*self.arguments("run", "--checkpoint-every", "1000s", epochs=1000000))
        for line in running.stdout:
            if line == "Epoch: 3\n":
                break
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

    def test_a_run_that_was_to_replace_another(self):
        self.duet(*self.arguments("whole", "--seed", 5, epochs=500))
        self.duet(*self.arguments("run", epochs=1))
        running = self.start(*self.arguments("run", "--seed", 5, "--force", epochs=500))
        for line in running.stdout:
            if line == "Epoch: 3\n":
                break
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
        for line in running.stdout:
            if line == "Epoch: 1\n":
                break
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


class Surroundings(ResumeCase):
    """Files that a run does not need, and places that changed."""

    def unfinished(self, out, *options):
        self.duet(*self.arguments(out, "--keep", 1, "--checkpoint-every", 40, *options))  # the last: at step 360
        for name in ("run.json", "model.safetensors", "test_predictions.csv"):
            (self.folder / out / name).unlink()

    def stopped(self, out, *options, at=signal.SIGINT, then=lambda: None):
        running = self.start(*self.arguments(out, *options, epochs=1000))
        for line in running.stdout:
            if line == "Epoch: 3\n":
                break
        then()
        running.send_signal(at)
        _, talk = running.communicate(timeout=60)
        return running.returncode, talk

    def steps(self, log):
        return [json.loads(line)["step"] for line in (self.folder / log).read_text().splitlines()]

    def test_a_step_log_that_is_gone(self):
        self.duet(*self.arguments("whole"))
        self.unfinished("run", "--log-steps", "log")
        written = len(self.steps("log"))
        (self.folder / "log").unlink()
        self.duet("resume", "run")
        self.assertRegex(self.stderr, rf"duet: --log-steps: {self.folder}/log is gone; a new one is begun with step \d+\n")
        self.expect_same("run", "whole")
        steps = self.steps("log")
        self.assertEqual(steps, list(range(written - len(steps) + 1, written + 1)))

    def test_a_file_in_the_place_of_the_step_log(self):
        self.unfinished("run", "--log-steps", "log")
        lines = (self.folder / "log").read_text().splitlines(keepends=True)
        for text, words in [
            ("Dear diary,\n" * 1000, "line 1 of .*/log is not of step 1"),
            ("".join([*lines, "mine\n"]), rf"line {len(lines) + 1} of .*/log is not of step {len(lines) + 1}"),
            ("".join(lines[1:]), "line 1 of .*/log is not of step 1"),
            ("".join(lines[:5]), r".*/log has only 5 lines where \d+ were written"),
            ("", r".*/log has only 0 lines where \d+ were written"),
        ]:
            with self.subTest(words):
                (self.folder / "log").write_text(text)
                self.duet("resume", "run", code=1)
                self.assertRegex(self.stderr, rf"duet: --log-steps: {words}: move it away, and a new log is begun\n\Z")
                self.assertEqual((self.folder / "log").read_text(), text)
        (self.folder / "log").write_text("".join(lines)[:-9])  # as a power cut leaves it
        self.duet("resume", "run")
        self.assertEqual(self.steps("log"), list(range(1, len(lines) + 1)))

    def test_a_step_log_that_is_removed_while_it_grows(self):
        code, talk = self.stopped("run", "--log-steps", "log", then=lambda: (self.folder / "log").unlink())
        self.assertEqual(code, 130)
        self.assertNotIn("no checkpoint", talk)
        self.assertIn("duet: to go on: duet resume run\n", talk)

    def test_a_pipe_as_step_log(self):
        os.mkfifo(self.folder / "pipe")
        def reader():
            cat = subprocess.Popen(["cat", self.folder / "pipe"], stdout=subprocess.PIPE)
            self.addCleanup(cat.communicate)
            self.addCleanup(cat.kill)
        reader()
        self.unfinished("run", "--force", "--log-steps", "pipe")
        reader()
        self.duet("resume", "run")

    def test_a_folder_that_has_moved(self):
        self.duet(*self.arguments("whole", "--log-steps", "whole/steps.jsonl"))
        self.unfinished("run", "--log-steps", "run/steps.jsonl", "--tensorboard", "run/board")
        (self.folder / "run").rename(self.folder / "moved")
        self.duet("resume", "moved")
        self.expect_same("moved", "whole")
        self.assertEqual(len(os.listdir(self.folder / "moved/board")), 2)
        self.assertFalse((self.folder / "run").exists())

    def test_a_working_folder_that_is_gone(self):
        place = self.folder / "place"
        place.mkdir()
        running = subprocess.Popen(
            [DUET, "train", self.folder / "tiny", "--data-dir", ".", "--out", self.folder / "run", "--epochs", "1000"],
            cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for line in running.stdout:
            if line == "Epoch: 3\n":
                break
        place.rmdir()
        running.send_signal(signal.SIGINT)
        _, talk = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, talk)
        self.assertIn("duet: to go on: duet resume ", talk)

    def test_files_that_say_how_it_was_when_it_was_stopped(self):
        for name in ("run.json", "model.safetensors", "test_predictions.csv", "history.jsonl"):
            with self.subTest(name):
                code, talk = self.stopped("run", "--force")
                self.assertEqual(code, 130, talk)
                file = self.folder / "run" / name
                file.write_bytes(file.read_bytes() + b'{"epoch":')
                running = self.start("resume", "run")
                for line in running.stdout:
                    break
                running.kill()
                running.communicate()
                self.duet("verify", "run", code=7 if name == "model.safetensors" else 0)

    def test_other_kernels(self):
        if self.shell("DUET_ISA=baseline duet doctor --json").stdout == self.shell("duet doctor --json").stdout:
            self.skipTest("this processor has the kernels of all alone")
        arguments = " ".join(map(str, self.arguments("run", "--keep", 1, "--checkpoint-every", 40)))
        self.assertEqual(self.shell(f"DUET_ISA=baseline duet {arguments} && rm run/run.json && cp -r run other").returncode, 0)
        self.assertNotIn("kernels", self.shell("DUET_ISA=baseline duet resume run").stderr)
        self.duet("resume", "other")
        self.assertRegex(self.stderr, r"duet: the training was begun with the kernels of baseline, and these are \w+'s: ")

    def test_a_replacement_that_was_stopped_outlives_another_that_cannot_begin(self):
        self.duet(*self.arguments("run", "--seed", 3))
        self.duet(*self.arguments("whole", epochs=1000))
        code, talk = self.stopped("run", "--force", at=signal.SIGKILL)
        self.assertTrue((self.folder / "run/.checkpoints.new").exists(), talk)
        (self.folder / "log").write_text("mine\n")
        for options in (["--log-steps", "nowhere/log"], ["--tensorboard", "log"]):
            self.duet(*self.arguments("run", "--force", *options), code=1)
        self.duet("resume", "run")
        self.expect_same("run", "whole")

    def test_a_folder_that_another_process_writes(self):
        self.duet(*self.arguments("run"))
        folder = os.open(self.folder / "run", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.duet("resume", "run", code=1)  # before it says that it is finished
        self.assertIn(f"run is being written by process {os.getpid()}: ", self.stderr)


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

    def test_at_any_moment(self):
        kills = int(os.environ.get("DUET_TEST_KILLS", 3))
        options = ["--checkpoint-every", 5, "--log-steps", "{}/steps.jsonl"]
        arguments = lambda out: self.arguments(out, *(str(o).format(out) for o in options), epochs=4)
        self.duet(*arguments("whole"))
        start = time.monotonic()
        self.duet(*arguments("timed"))
        seconds = time.monotonic() - start
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
