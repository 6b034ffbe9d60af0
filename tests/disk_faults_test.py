"""Full and read-only disks, and files that may not grow.

usage: disk_faults_test.py DUET [CLASS]
"""

import os
import resource
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
from fault_case import GOES_ON, FaultCase, contents


class DiskCase(FaultCase):
    def setUp(self):
        super().setUp()
        self.place = self.folder / "disk"
        self.place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", self.place]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("this user may not mount a small disk")
        self.addCleanup(subprocess.run, ["umount", self.place], check=True)

    def leave(self, pages):
        """Fills the disk but for so many pages."""
        with open(self.place / "ballast", "wb") as ballast:
            disk = os.statvfs(self.place)
            os.posix_fallocate(ballast.fileno(), 0, (disk.f_bavail - pages) * disk.f_frsize)

    def make_room(self):
        (self.place / "ballast").unlink()


class FullDisk(DiskCase):
    ROOMS = [0, 2, 5, 20]  # pages

    def test_no_room_for_a_run(self):
        self.leave(0)
        done = self.disturbed(*self.order("disk/run"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)
        self.assertEqual(os.listdir(self.place), ["ballast"])

    def test_any_amount_of_room(self):
        finished = 0
        for pages in self.ROOMS[1:]:
            with self.subTest(pages=pages):
                self.leave(pages)
                done = self.disturbed(*self.order("disk/run"))
                self.make_room()
                self.expect_whole_or_to_go_on(done, "disk/run")
                finished += done.returncode == 0
        self.assertGreater(finished, 0)

    def test_any_amount_of_room_for_another_in_its_place(self):
        self.undisturbed("earlier", seed=4, hidden="5,5")
        self.replace_with_any_amount_of_room("earlier")

    def test_any_amount_of_room_in_the_place_of_one_that_was_stopped(self):
        self.unfinished("earlier", seed=4)
        self.replace_with_any_amount_of_room("earlier")

    def replace_with_any_amount_of_room(self, earlier):
        before = contents(self.folder / earlier)
        kept = finished = 0
        for pages in self.ROOMS:
            with self.subTest(pages=pages):
                shutil.copytree(self.folder / earlier, self.place / "run")
                self.leave(pages)
                done = self.disturbed(*self.order("disk/run", "--force"))
                self.make_room()
                kept += contents(self.place / "run") == before
                finished += done.returncode == 0
                self.expect_earlier_or_to_go_on(done, "disk/run", before)
            shutil.rmtree(self.place / "run")
        self.assertGreater(kept, 0)
        self.assertGreater(finished, 0)

    def test_a_training_goes_on_without_room_for_checkpoints(self):
        # The first one takes 6 pages, and the model too; with moments it is 22.
        long = {"hidden": "64,64", "epochs": 40, "checkpoint_every": 20, "batch": 4, "log_steps": "steps.jsonl"}
        self.undisturbed("long", **long)
        for pages, code in [(29, 0), (14, 1)]:
            (self.folder / "steps.jsonl").unlink()
            self.leave(pages)
            done = self.disturbed(*self.order("disk/run", **long))
            self.assertRegex(done.stderr, GOES_ON)
            self.assertEqual(done.returncode, code, done.stderr)
            self.make_room()
            self.expect_whole_or_to_go_on(done, "disk/run", "long")


class EveryRoom(FullDisk):
    ROOMS = range(25)


class ReadOnly(DiskCase):
    def test_what_writes_says_so_and_what_reads_goes_on(self):
        shutil.copytree(self.folder / "whole", self.place / "run")
        self.unfinished("disk/stopped")
        before = contents(self.place)
        subprocess.run(["mount", "-o", "remount,ro", self.place], check=True)
        for writes in [
            self.order("disk/new"),
            self.order("disk/run", "--force"),
            self.order("disk/deep/new"),
            self.order("new", log_steps="disk/steps.jsonl"),
            self.order("new", tensorboard="disk/board"),
            ["resume", "disk/stopped"],
            ["report", "disk/run"],
            ["plot", "disk/run", "loss", "-o", "disk/loss.svg"],
            ["compare", "disk/run", "whole", "-o", "disk/chart.svg"],
            ["data", "show", "tiny", "-o", "disk/sheet.png"],
        ]:
            with self.subTest(writes):
                done = self.disturbed(*writes)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, r"\A(.*\n)?duet: .*disk/.*: Read-only file system\n\Z")
                self.assertFalse((self.folder / "new").exists())
        for reads in [
            ["resume", "disk/run"],
            ["verify", "disk/run"],
            ["eval", "disk/run", "tiny"],
            ["predict", "disk/run", "tiny/t10k-images-idx3-ubyte"],
            ["report", "disk/run", "-o", "page.html"],
        ]:
            with self.subTest(reads):
                self.assertEqual(self.disturbed(*reads).returncode, 0)
        self.assertEqual(contents(self.place), before)


class SizeLimit(FaultCase):
    """Files that may not grow beyond a size: not the program dies, but a write fails."""

    def limit(self, size):
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    def test_any_size(self):
        for size, code in [(0, 1), (1, 1), (300, 1), (900, 1), (1000, 1), (2000, 1), (3000, 0), (6000, 0), (50000, 0)]:
            with self.subTest(size=size):
                done = self.disturbed(*self.order("run"), limit=self.limit(size))
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(code == 0 or "File too large" in done.stderr)
                self.expect_whole_or_to_go_on(done, "run")

    def test_what_is_made_of_a_run(self):
        for command in (["report", "whole"], ["plot", "whole", "loss", "-o", "loss.svg"]):
            before = contents(self.folder)
            done = self.disturbed(*command, limit=self.limit(2000))
            self.assertEqual(done.returncode, 1)
            self.assertIn("File too large", done.stderr)
            self.assertEqual(contents(self.folder), before)


if __name__ == "__main__":
    cli.main()
