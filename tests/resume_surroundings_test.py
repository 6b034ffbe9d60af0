"""duet resume: files that a run does not need, and places that changed.

usage: resume_surroundings_test.py DUET [CLASS]
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
from cli import DUET
from resume_case import ResumeCase


class Surroundings(ResumeCase):
    def unfinished(self, out, *options):
        self.duet(*self.arguments(out, "--keep", 1, "--checkpoint-every", 40, *options))  # the last: at step 360
        self.take_the_end_away(out)

    def stopped(self, out, *options, at=signal.SIGINT, then=lambda: None):
        running = self.start(*self.arguments(out, *options, epochs=1000))
        self.wait_for_epoch(running, 3)
        then()
        running.send_signal(at)
        _, talk = running.communicate(timeout=60)
        return running.returncode, talk

    def steps(self, log):
        return [json.loads(line)["step"] for line in (self.folder / log).read_text().splitlines()]

    def test_a_stop_of_what_is_to_replace_a_run(self):
        self.duet(*self.arguments("run", "--seed", 1))
        visible = lambda: {p.name: p.read_bytes() for p in (self.folder / "run").iterdir() if p.name[0] != "."}
        earlier = visible()
        for order in ["--force"], ["--force", "--keep", 2]:
            code, talk = self.stopped("run", *order)
            self.assertEqual(code, 130, talk)
            self.assertRegex(
                self.talk_of_training(talk),
                r"\Aduet: stopped after \d+ of 1000 epochs; the earlier run stays until this one has ended\n"
                r"duet: to go on: duet resume run\n\Z",
            )
            self.assertEqual(visible(), earlier)
        self.duet(*self.arguments("run", "--force"))
        self.duet(*self.arguments("undisturbed"))
        self.expect_same("run", "undisturbed")

    def test_a_history_or_a_best_model_that_changed(self):
        self.duet(*self.arguments("whole"))
        history, best = (self.folder / "run" / name for name in ("history.jsonl", "best.safetensors"))
        for change, code, said in [
            (lambda: history.write_text(history.read_text().replace('"accuracy":0.', '"accuracy":0.9', 1)), 7,
             "duet: run/history.jsonl is not what the training wrote, by its SHA-256 in the checkpoint: take it from a copy\n"),
            (lambda: best.write_bytes(best.read_bytes()[:-1] + b"!"), 7,
             "duet: run/best.safetensors: its checksum is another than the one it was written with: the file is damaged: "
             "take it from a copy, or remove it and do without\n"),
            (lambda: best.unlink(), 0, "duet: run/best.safetensors is gone: the best model of the epochs so far is lost\n"),
        ]:  # fmt: skip
            with self.subTest(said):
                shutil.rmtree(self.folder / "run", ignore_errors=True)
                self.unfinished("run")
                change()
                self.duet("resume", "run", code=code)
                self.assertIn(said, self.stderr)
                self.assertEqual((self.folder / "run/run.json").exists(), code == 0)

    def test_a_table_that_is_gone_or_changed(self):
        self.duet(*self.arguments("whole"))
        table = self.folder / "run/history.csv"
        for change in table.unlink, lambda: table.write_text(table.read_text()[:-400]), lambda: table.write_text("x\n" * 9):
            self.unfinished("run")
            change()
            self.duet("resume", "run")
            self.expect_same("run", "whole")
            columns = lambda run, names: [
                [line.split(",")[i] for i, name in enumerate(names) if "second" not in name]
                for line in (self.folder / run / "history.csv").read_text().splitlines()
            ]
            names = table.read_text().splitlines()[0].split(",")
            self.assertEqual(columns("run", names), columns("whole", names))
            shutil.rmtree(self.folder / "run")

    def test_zeros_behind_a_step_log(self):
        """As some file systems leave them after a power cut."""
        self.duet(*self.arguments("whole", "--log-steps", "whole/steps.jsonl"))
        for tail in bytes(500), b'{"step":43' + bytes(7), b'{"st':
            self.unfinished("run", "--log-steps", "run/steps.jsonl")
            with (self.folder / "run/steps.jsonl").open("ab") as log:
                log.write(tail.replace(b"43", b"%d" % (len(self.steps("whole/steps.jsonl")) + 1)))
            self.duet("resume", "run")
            self.expect_same("run", "whole")
            shutil.rmtree(self.folder / "run")

    def test_a_step_log_of_another_training(self):
        self.unfinished("run", "--log-steps", "log")
        self.duet(*self.arguments("other", "--log-steps", "log", "--force", "--seed", 9))
        other = (self.folder / "log").read_bytes()
        self.duet("resume", "run", code=1)
        self.assertEqual(
            self.stderr,
            f"duet: --log-steps: {self.folder.resolve() / 'log'} is the log of another training: move it away, and a new log "
            "is begun\n",
        )
        self.assertEqual((self.folder / "log").read_bytes(), other)

    def test_a_step_log_that_another_training_writes(self):
        self.unfinished("run", "--log-steps", "log")
        before = (self.folder / "log").read_bytes()
        with (self.folder / "log").open("ab") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            for order in ["resume", "run"], self.arguments("new", "--log-steps", "log", "--force"):
                self.duet(*order, code=1)
                self.assertRegex(self.stderr, r"log is being written by another process; choose another name\n\Z")
        self.assertEqual((self.folder / "log").read_bytes(), before)
        self.assertFalse((self.folder / "new").exists())

    def test_a_report_of_what_was_replaced(self):
        self.duet(*self.arguments("run", "--report", "--seed", 1))
        self.duet(*self.arguments("run", "--force"))
        self.assertFalse((self.folder / "run/report.html").exists())

    def test_a_name_that_a_shell_would_take_apart(self):
        code, talk = self.stopped("it's mine")
        self.assertTrue(talk.endswith("\nduet: to go on: duet resume 'it'\\''s mine'\n"), talk)

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
        self.wait_for_epoch(running, 3)
        place.rmdir()
        running.send_signal(signal.SIGINT)
        _, talk = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 130, talk)
        self.assertIn("duet: to go on: duet resume ", talk)

    def test_files_that_say_how_it_was_when_it_was_stopped(self):
        for name in ("run.json", "model.safetensors", "test_predictions.csv", "history.jsonl"):
            with self.subTest(name):
                shutil.rmtree(self.folder / "run", ignore_errors=True)
                code, talk = self.stopped("run")
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


if __name__ == "__main__":
    cli.main()
