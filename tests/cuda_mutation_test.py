"""Defects planted in the CUDA backend, one at a time: the tests on the double of CUDA notice each of them.

usage: cuda_mutation_test.py BUILD_FOLDER [CLASS...]

A defect is a piece of a source file and what is put in its place. What includes the file is compiled again, kernels to
PTX alone, which is what the double reads, and linked with the module's other objects; the programs of the build folder
then run with that module. A defect fails this test where no program fails, where its text is not found exactly once
(then the sources have moved on, and the table must follow), or where it does not compile.
"""

import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import cli
from cuda_defects import DEFECTS

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(sys.argv[1]).resolve()
MODULE = "lib/duet/duet-cuda.so"
PTX = "--generate-code=arch=compute_80,code=[compute_80]"  # which DUET_DOUBLE_ARCH below takes of a build too
SCHEDULES = ("ascending", "descending", "random")


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, **options)


def ninja(*arguments):
    return subprocess.run(["ninja", "-t", *arguments], cwd=BUILD, capture_output=True, text=True, check=True).stdout


@dataclasses.dataclass
class Unit:
    """A source of the module: how its object is made, and the files that go into it."""

    command: list
    source: str
    files: list


def units():
    """Object -> Unit, of all that is compiled in cuda/."""
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if not entry["file"].startswith(f"{ROOT}/cuda/"):
            continue
        command = shlex.split(entry["command"])
        found[command[command.index("-o") + 1]] = Unit(command, os.path.relpath(entry["file"], ROOT), [])
    for block in ninja("deps", *found).strip().split("\n\n"):
        head, *files = block.splitlines()
        found[head.split(":")[0]].files = [file.strip() for file in files]
    return found


class Module:
    """A folder with the module of a changed tree, and with programs that take it, since it is beside them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / MODULE).parent.mkdir(parents=True)
        (self.folder / "tests").mkdir()

    def plant(self, defect):
        """Returns what is wrong with the defect's text, or nothing."""
        text = (ROOT / defect.file).read_text()
        if text.count(defect.old) != 1:
            return f"its text is found {text.count(defect.old)} times"
        changed = self.folder / defect.file
        changed.parent.mkdir(parents=True)
        changed.write_text(text.replace(defect.old, defect.new))
        return None

    def build(self, changed=None):
        """Compiles what the file `changed` goes into; returns what the compiler said where it refused."""
        link = ninja("commands", "-s", MODULE).replace(f"-o {MODULE}", f"-Wl,-z,defs -o {self.folder / MODULE}")
        for obj, unit in units().items():
            if changed is None or not any(file.endswith(f"/{changed}") for file in unit.files):
                continue
            own = self.folder / obj.replace("/", "_")
            done = run(self.compile(unit, own), cwd=BUILD)
            if done.returncode:
                return done.stdout
            link = link.replace(f" {obj} ", f" {own} ")
        done = run(link, shell=True, cwd=BUILD)
        return done.stdout if done.returncode else None

    def compile(self, unit, own):
        """Of the files of this folder before those of the tree; host code, which runs but once, as it is written."""
        left_out = ("--generate-code", "-O", "-Werror", "-Xcompiler=-W")  # a defect may leave a name unused
        command = [part for part in unit.command if not part.startswith(left_out)]
        command[command.index("-o") + 1] = str(own)
        source = self.folder / unit.source
        if source.exists():
            command[command.index("-c") + 1] = str(source)
        tree = command.index(f"-I{ROOT}")
        return [*command[:tree], f"-I{self.folder}", *([PTX] if unit.source.endswith(".cu") else []), *command[tree:]]

    def test(self, program, tests, algorithms, schedule):
        """What a program says, and whether it found fault."""
        shutil.copy(BUILD / "tests" / program, self.folder / "tests")
        environment = {
            **os.environ,
            "LD_LIBRARY_PATH": str(BUILD / "tests/cuda_double/lib"),
            "DUET_TEST_DEVICE": "cuda",
            "DUET_DOUBLE_ARCH": "86",  # whose workspaces are small
            "DUET_DOUBLE_SCHEDULE": schedule,
            **({"DUET_DOUBLE_CUBLASLT": algorithms} if algorithms else {}),
        }
        command = [self.folder / "tests" / program, f"--gtest_filter={tests}", "--gtest_fail_fast"]
        done = run(command, env=environment, cwd=self.folder)
        return done.stdout, done.returncode != 0


def verdict(defect):
    """"caught" is the only good one."""
    with tempfile.TemporaryDirectory() as folder:
        module = Module(folder)
        if wrong := module.plant(defect):
            return wrong
        if refused := module.build(defect.file):
            return f"it does not compile: {refused}"
        caught = any(module.test(*defect.test, schedule)[1] for schedule in SCHEDULES)
        return "caught" if caught else f"{':'.join(defect.test[:2])} did not notice it"


class Defects(unittest.TestCase):
    def setUp(self):
        if not (BUILD / MODULE).exists():
            self.skipTest("the CUDA backend was not built")

    def in_parallel(self, function, items):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(zip(items, pool.map(function, items)))

    def test_none_where_none_is_planted(self):
        """Else what follows would mean nothing."""

        def said(test):
            with tempfile.TemporaryDirectory() as folder:
                module = Module(folder)
                self.assertIsNone(module.build())
                output, failed = module.test(*test, SCHEDULES[0])
            return output if failed or not re.search(r"\[  PASSED  \] [1-9]", output) else None

        for test, wrong in self.in_parallel(said, sorted({defect.test for defect in DEFECTS})):
            with self.subTest(test):
                self.assertIsNone(wrong)

    def test_are_all_noticed(self):
        self.assertGreaterEqual(len(DEFECTS), 24)
        for defect, seen in self.in_parallel(verdict, DEFECTS):
            with self.subTest(f"{defect.file}: {defect.why}"):
                self.assertEqual(seen, "caught")


if __name__ == "__main__":
    cli.main()
