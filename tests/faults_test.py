"""Bad circumstances: full and read-only disks, limits, calls that fail. What is promised is one sentence, a documented
exit code, and that nothing of the user's is lost, or half-written: what is there is whole, or goes on by `duet resume`.

usage: faults_test.py DUET FAULTY_CALLS [CLASS]
"""

import errno
import itertools
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import cli
import planted
from cli import DUET
from resume_command_test import ResumeCase
from verify_test import sha256

if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"  # so many small files would wait for a disk most of the time
os.environ["OMP_THREAD_LIMIT"] = "1"  # nor do small trainings need a second thread
FAULTY_CALLS = os.path.abspath(sys.argv.pop(2))
EXIT_CODES = range(8)
EARLY = ["history.jsonl", "history.csv", "best.safetensors"]  # beside those of a run that is replaced
GOES_ON = r"duet: no checkpoint: .+; the training goes on\n"


def contents(folder):
    """Every path below the folder, with what it holds."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def is_there_as(file, expected):
    return file.exists() and sha256(file.read_bytes()) == expected


def is_whole(model):
    """Of a model, or a checkpoint: whether its checksum is its own."""
    if not model.exists():
        return False
    tensors, metadata = planted.read_safetensors(model)
    return metadata.pop("duet.sha256") == sha256(*(text.encode() for text in metadata.values()), *tensors.values())


class FaultCase(ResumeCase):
    def setUp(self):
        super().setUp()
        self.place = self.folder  # of the runs
        self.undisturbed("whole")

    def order(self, run, *flags, **options):
        """Seven checkpoints, three epochs."""
        small = {"hidden": "9,7", "batch": 50, "epochs": 3, "checkpoint-every": 2, "log-steps": f"{run}/steps.jsonl"}
        options = {**small, **{name.replace("_", "-"): value for name, value in options.items()}}
        pairs = ((f"--{name}", value) for name, value in options.items())
        return ["train", "tiny", "--out", run, *flags, *itertools.chain(*pairs)]

    def undisturbed(self, run, **options):
        self.duet(*self.order(run, **options))

    def unfinished(self, run, **options):
        """As a run that was killed in its third epoch leaves its folder."""
        self.undisturbed(run, keep=2, **options)
        folder = self.folder / run
        for name in ("run.json", "model.safetensors", "test_predictions.csv"):
            (folder / name).unlink()

    def disturbed(self, *arguments, limit=None, **environment):
        """Runs the program; what it says is one sentence behind notes, if it fails."""
        done = subprocess.run(
            [DUET, *map(str, arguments)],
            cwd=self.folder,
            env={**os.environ, **environment},
            preexec_fn=limit,
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertIn(done.returncode, EXIT_CODES, done.stderr)
        if done.returncode:
            said = re.sub(GOES_ON, "", done.stderr).split("\n")
            sentences = [line for line in said if line.startswith("duet: ")]
            self.assertEqual((len(sentences), said[-2:]), (1, [*sentences, ""]), done.stderr)
        return done

    def expect_truth(self, run):
        """Of duet verify, about files that are looked at here with hashlib alone."""
        folder = self.folder / run
        record = folder / "run.json"
        checkpoints = list(folder.glob(".checkpoints.new/*")) or list(folder.glob("checkpoints/*"))
        good = all(map(is_whole, checkpoints))
        if record.exists():
            text = record.read_bytes()
            sums = json.loads(text)["checksums"]
            own = sums.pop("run.json")
            good &= own == sha256(text.replace(own.encode(), b"0" * 64))
            good &= all(is_there_as(folder / name, expected) for name, expected in sums.items())
        elif not checkpoints:
            good = is_whole(folder / "model.safetensors")
        self.assertEqual(self.disturbed("verify", run).returncode, 0 if good else 7)

    def expect_no_litter(self, run, may_be_replacing=False):
        replacing = {f".{name}.new" for name in [*EARLY, "checkpoints"]} if may_be_replacing else set()
        for folder in (self.place, self.folder / run, self.folder / run / "checkpoints"):
            hidden = {path.name for path in folder.glob(".*")}
            self.assertLessEqual(hidden, replacing)

    def expect_whole_or_to_go_on(self, done, run, undisturbed="whole"):
        """A new run is not there, or finished, or ends like the one that nothing disturbed."""
        self.expect_no_litter(run)
        if not (self.folder / run).exists():
            self.assertNotEqual(done.returncode, 0)
            return
        self.expect_truth(run)
        if done.returncode:
            self.duet("resume", run)
        self.expect_same(run, undisturbed)
        self.expect_truth(run)
        shutil.rmtree(self.folder / run)

    def expect_earlier_or_to_go_on(self, done, run, earlier, undisturbed="whole"):
        """A run that was to be replaced is what it was, or the one in its place is."""
        now = contents(self.folder / run)
        if earlier.items() <= now.items():
            self.assertNotEqual(done.returncode, 0)
            return
        self.expect_no_litter(run, done.returncode != 0)
        self.expect_truth(run)
        if done.returncode:
            self.duet("resume", run)
            self.expect_no_litter(run)
        self.expect_same(run, undisturbed)
        self.expect_truth(run)


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


class MemoryLimit(FaultCase):
    """A network that is too large is refused before any memory of its is taken."""

    ROOM = 600 << 20  # bytes
    HUGE = "8000,8000"  # 64 million weights; with moments and a checkpoint's copy nearly 2 GB

    def setUp(self):
        super().setUp()
        if self.shell("ulimit -v 1000000; duet --version").returncode != 0:
            self.skipTest("this build takes memory of its own")

    def expect_refusal(self, limit):
        before = contents(self.folder)
        running = subprocess.Popen(
            [DUET, *map(str, self.order("run", hidden=self.HUGE))],
            cwd=self.folder,
            preexec_fn=limit,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = [running.stdout.read(), running.stderr.read()]
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual((running.returncode, said[0]), (5, ""), said[1])
        self.assertRegex(
            said[1],
            r"\Aduet: the training needs \d+\.\d MiB of memory and cpu has [1-5]\d\d\.\d MiB free; most of it, "
            r"\d+\.\d MiB, is for the network: use smaller layers\n\Z",
        )
        self.assertLess(usage.ru_maxrss << 10, self.ROOM / 4)
        self.assertEqual(contents(self.folder), before)

    def limit_of_process(self, size):
        return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))

    def test_of_the_process(self):
        self.expect_refusal(self.limit_of_process(self.ROOM))

    def test_of_a_cgroup(self):
        group = self.cgroup()
        self.expect_refusal(lambda: (group / "cgroup.procs").write_text(str(os.getpid())))

    def cgroup(self):
        """A new one within that of this process, with a limit; of version 1 or 2."""
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(","):
                group, limit = pathlib.Path("/sys/fs/cgroup/memory" + path), "memory.limit_in_bytes"
            elif not controllers:
                group, limit = pathlib.Path("/sys/fs/cgroup" + path), "memory.max"
            else:
                continue
            group /= f"duet-{os.getpid()}"
            try:
                group.mkdir()
                self.addCleanup(group.rmdir)
                (group / limit).write_text(str(self.ROOM))
                return group
            except OSError as error:
                why = error
        self.skipTest(f"no control group with a limit of memory can be made: {why}")


class EveryLimit(MemoryLimit):
    def test_any_limit(self):
        """Of a network that nearly fits: it is trained, or refused, and what was there stays."""
        self.undisturbed("large", hidden="1200,1200")
        trained = refused = 0
        for size in range(24, 120, 4):  # MiB
            done = self.disturbed(*self.order("run", hidden="1200,1200"), limit=self.limit_of_process(size << 20))
            with self.subTest(size=size, said=done.stderr):
                self.assertIn(done.returncode, (0, 5))
                trained += done.returncode == 0
                refused += done.returncode == 5
                self.assertEqual(re.findall(GOES_ON, done.stderr), [])
                self.expect_whole_or_to_go_on(done, "run", "large")
        self.assertGreater(trained, 0)
        self.assertGreater(refused, 0)


if __name__ == "__main__":
    cli.main()
