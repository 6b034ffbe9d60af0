"""Calls of the system that fail (faulty_calls.cpp).

usage: faulty_calls_test.py DUET FAULTY_CALLS [CLASS]
"""

import errno
import itertools
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
import cli
import planted
from fault_case import EARLY, GOES_ON, FaultCase, contents

FAULTY_CALLS = os.path.abspath(sys.argv.pop(2))
ENDS = {errno.ENOSPC: 1, errno.EIO: 0}  # a disk stays full; of other faults one is enough


class CallCase(FaultCase):
    def setUp(self):
        super().setUp()
        if self.shell(f"LD_PRELOAD={FAULTY_CALLS} duet --version").returncode != 0:
            self.skipTest("this build takes no LD_PRELOAD")
        self.undisturbed("earlier", batch=10, epochs=10)  # learns more
        self.unfinished("stopped")
        self.unfinished("stopped earlier", seed=4)

    def faulty(self, *arguments, call, fault, first=1, every=0, path=""):
        """Runs the program in such a system (faulty_calls.cpp); nothing where there was no such call."""
        sign = self.folder / "sign"
        sign.unlink(missing_ok=True)
        done = self.disturbed(
            *arguments,
            LD_PRELOAD=FAULTY_CALLS,
            DUET_FAULT_CALL=call,
            DUET_FAULT=str(fault),
            DUET_FAULT_FIRST=str(first),
            DUET_FAULT_EVERY=str(every),
            DUET_FAULT_PATH=path,
            DUET_FAULT_SEEN=str(sign),
        )
        return done if sign.exists() else None

    def sweep(self, prepare, order, check, calls, stride=1, path=""):
        """Lets the first, second ... of such calls fail until there are no more of them."""
        for call, (fault, every) in itertools.product(calls, ENDS.items()):
            for first in itertools.count(1, stride):
                prepare()
                done = self.faulty(*order, call=call, fault=fault, first=first, every=every, path=path)
                if not done:
                    break
                with self.subTest(call, fault=errno.errorcode[fault], first=first, said=done.stderr):
                    check(done)
            self.assertGreater(first, 1, call)

    def copy(self, run):
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        if run:
            shutil.copytree(self.folder / run, self.folder / "run")
        return contents(self.folder / "run")

    def sweep_run(self, calls, stride=1):
        check = lambda done: self.expect_whole_or_to_go_on(done, "run")
        self.sweep(lambda: self.copy(None), self.order("run"), check, calls, stride)

    def sweep_all(self):
        new = ["write", "fsync", "rename", "open", "mkdir"]
        self.sweep_run(new)
        for earlier in ("earlier", "stopped earlier"):
            before = self.copy(earlier)
            check = lambda done: self.expect_earlier_or_to_go_on(done, "run", before)
            self.sweep(lambda: self.copy(earlier), self.order("run", "--force"), check, new[:4])
        resumed = ["write", "fsync", "rename", "open", "truncate"]
        self.sweep(
            lambda: self.copy("stopped"),
            ["resume", "run"],
            lambda d: self.expect_whole_or_to_go_on(d, "run"),
            resumed,
        )
        for earlier in (None, "an older page"):
            page = self.folder / "page.html"

            def prepare():
                page.unlink(missing_ok=True)
                if earlier:
                    page.write_text(earlier)

            def check(done):
                self.assertEqual(list(self.folder.glob(".*")), [])
                now = page.read_text() if page.exists() else None
                self.assertTrue(now == earlier or now.endswith("</html>\n"), now and now[-100:])

            order = ["report", "whole", "-o", "page.html", "--force"]
            self.sweep(prepare, order, check, ["write", "fsync", "rename", "open"])


class SomeCalls(CallCase):
    FILES = ["/0", *EARLY, "model.safetensors", "test_predictions.csv", "run.json"]  # parts of what is renamed

    def test_a_file_that_cannot_be_put_in_place(self):
        for earlier in (None, "earlier"):
            for name in self.FILES:
                before = self.copy(earlier)
                order = self.order("run", *["--force"][: bool(earlier)])
                done = self.faulty(*order, call="rename", fault=errno.EIO, every=1, path=name)
                if not done:  # a new run comes to its place as a whole, and its histories are there from the beginning
                    continue
                with self.subTest(name, earlier=earlier, said=done.stderr):
                    if earlier:
                        self.expect_earlier_or_to_go_on(done, "run", before)
                    else:
                        self.expect_whole_or_to_go_on(done, "run")

    def test_a_disk_that_takes_no_more(self):
        self.sweep_run(["write"], 37)

    def test_writes_that_take_only_a_part_and_calls_that_are_interrupted(self):
        for call, fault, every in [
            ("write", "short", 1),
            ("read", "short", 1),
            ("write", errno.EINTR, 2),
            ("read", errno.EINTR, 2),
        ]:
            with self.subTest(call, fault=fault):
                for order in (self.order("run"), ["resume", "run"]):
                    self.copy("stopped" if order[0] == "resume" else None)
                    # The system's own files are read by the library of C++, which passes an interruption on.
                    path = str(self.folder) if call == "write" else "/tiny/"
                    done = self.faulty(*order, call=call, fault=fault, every=every, path=path)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(re.findall(GOES_ON, done.stderr), [])
                    self.expect_same("run", "whole")
                    self.expect_truth("run")

    def test_a_network_file_system(self):
        """It renames, but knows no flags."""
        done = self.faulty(*self.order("run"), call="renameat2", fault=errno.EINVAL, every=1)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect_same("run", "whole")

    def test_histories_are_on_disk_before_they_have_checksums(self):
        for name in ("history.jsonl", "history.csv", "steps.jsonl"):
            with self.subTest(name):
                self.copy(None)
                done = self.faulty(*self.order("run"), call="fsync", fault=errno.EIO, every=1, path=name)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f"{name}: Input/output error; when that is mended: duet resume run\n", done.stderr)

    def test_a_best_model_of_the_run_that_was_replaced(self):
        """Whoever was killed between the table and the best model, of which it had none."""
        planted.dataset(self.folder / "few", train=5)  # of which none are for validation
        few = [*self.order("run", "--force")]
        few[1] = "few"
        best = (self.folder / "earlier/best.safetensors").read_bytes()
        self.copy("earlier")
        done = self.faulty(*few, call="rename", fault=errno.EIO, path="run/history.jsonl")
        self.assertEqual(done.returncode, 1, done.stderr)
        (self.folder / "run/best.safetensors").write_bytes(best)
        self.duet("resume", "run")
        self.assertFalse((self.folder / "run/best.safetensors").exists())
        self.duet("verify", "run")

    def test_a_system_that_refuses_threads(self):
        for order in (self.order("run"), ["resume", "run"]):
            with self.subTest(order[0]):
                self.copy("stopped" if order[0] == "resume" else None)
                done = self.faulty(*order, call="pthread_create", fault=errno.EAGAIN, every=1)
                self.assertEqual((done.returncode, re.findall(GOES_ON, done.stderr)), (0, []), done.stderr)
                self.expect_same("run", "whole")
                self.expect_truth("run")


class EveryCall(CallCase):
    def test_calls_that_fail(self):
        self.sweep_all()


class DataFile(CallCase):
    """Files that become shorter, or cannot be read, while they are read: no file is mapped, so a read says it."""

    def test_data(self):
        planted.dataset(self.folder / "packed", packed=True)
        for data, part, fault in itertools.product(
            ("tiny", "packed"), planted.FILES.values(), ("end", errno.EIO)
        ):
            with self.subTest(data, part=part, fault=fault):
                order = ["train", data, "--out", "run"]
                done = self.faulty(*order, call="read", fault=fault, every=1, path=f"/{data}/{part}")
                self.assertEqual(done.returncode, 3, done.stderr)
                why = "became shorter while it was read" if fault == "end" else "cannot be read: Input/output error"
                self.assertRegex(done.stderr, rf"\Aduet: {data}/{part}(\.gz)?: {why}\n\Z")
                self.assertFalse((self.folder / "run").exists())

    def test_pictures(self):
        images = "tiny/t10k-images-idx3-ubyte"
        done = self.faulty("predict", "whole", images, call="read", fault="end", path=images)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn(f"duet: {images}: became shorter while it was read\n", done.stderr)

    def test_models_and_checkpoints(self):
        for first in (1, 2, 3):
            for fault in ("end", errno.EIO):
                done = self.faulty(
                    "eval", "whole", "tiny", call="read", fault=fault, first=first, every=1, path="/model.safetensors"
                )
                if done:
                    self.assertEqual((done.returncode, done.stdout), (7, ""), done.stderr)
                    self.assertIn("whole/model.safetensors: ", done.stderr)
        newest = sorted((self.folder / "stopped/checkpoints").iterdir())[-1]
        self.copy("stopped")
        done = self.faulty("resume", "run", call="read", fault="end", first=1, every=1, path=newest.name)
        self.assertEqual(done.returncode, 0)
        self.assertIn("; trying the one before\n", done.stderr)
        self.expect_same("run", "whole")


if __name__ == "__main__":
    cli.main()
