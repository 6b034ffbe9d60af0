"""The whole program on a GPU, or on the double of CUDA: the golden run, refusals, what becomes of a run that fails.

usage: cuda_job_test.py DUET FOLDER [CLASS]
FOLDER has the double's libraries; "none" where it was not built. Golden runs on a GPU where there is one.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import unittest.mock

sys.dont_write_bytecode = True
import cli
import planted
from cli import DUET
from on_double import OnDouble


class Golden(OnDouble):
    """The first 20 steps of the published run."""

    def follow(self, precision, bound):
        golden = pathlib.Path(os.environ.get("DUET_GOLDEN_PATH", "")) / "mnist-784-700-500-10"
        if "DUET_GOLDEN_PATH" not in os.environ or not golden.exists() or cli.find_mnist() is None:
            self.skipTest("DUET_GOLDEN_PATH or MNIST in DUET_DATA_PATH is not there")
        want = json.loads((golden / "trajectory.json").read_text())["float64"]
        steps = 20
        code, talk = self.run_on_double(
            *("train", "mnist", "--init-from", golden / "initial.safetensors", "--shuffle", "none", "--epochs", 1),
            *("--train", f"train[10000:{10000 + steps * 128}]", "--validation", "train[:128]", "--test", "test[:128]"),
            *("--device", "cuda", "--precision", precision, "--log-steps", "steps", "--out", "run", "--force"),
        )
        self.assertEqual(code, 0, talk)
        self.assertRegex(talk, rf"\ATraining on cuda:0 \(.*, {precision}\)\n")
        losses = [json.loads(line)["loss"] for line in (self.folder / "steps").read_text().splitlines()]
        self.assertEqual(len(losses), steps)
        for step, (loss, exact) in enumerate(zip(losses, want["loss"])):
            self.assertLessEqual(abs(loss - exact), bound, f"step {step}")
        record = self.json_of("run/run.json")
        self.assertEqual((record["device"], record["precision"]), ("cuda:0", precision))
        self.assertEqual(len([call for call in record["algorithms"] if call.startswith("linear batch 128x784")]), 1)
        return losses

    def test_in_both_precisions(self):
        exact, rounded = self.follow("fp32", 5e-6), self.follow("tf32", 0.01)
        self.assertNotEqual(exact, rounded)


class Refusals(OnDouble):
    """No GPU, or not the right one: a sentence and exit code 4; "auto" takes the CPU and says why."""

    def refused(self, sentence, *options, **environment):
        code, talk = self.train_on_double(*options, **environment)
        self.assertEqual((code, talk), (4, f"duet: {sentence}\n"))
        self.assertFalse((self.folder / "run").exists())

    def test_without_a_driver(self):
        self.refused("--device cuda: no NVIDIA driver was found; use --device cpu", DRIVER="none")

    def test_a_driver_that_is_too_old(self):
        self.refused(
            "--device cuda: the NVIDIA driver is too old: it is for CUDA 12.2, and 13.0 is needed; use --device cpu",
            DRIVER=12020,
        )

    def test_without_a_device(self):
        self.refused("--device cuda: the NVIDIA driver sees no GPU; use --device cpu", DEVICES=0)

    def test_a_device_that_there_is_not(self):
        code, talk = self.train_on_double(device="cuda:1")
        self.assertEqual(code, 4)
        self.assertIn("the NVIDIA driver sees 1 GPU, counted from 0", talk)

    def test_tf32_where_there_is_none(self):
        code, talk = self.train_on_double("--precision", "tf32", ARCH=75)
        self.assertEqual(code, 4)
        self.assertRegex(talk, r"has no TF32; use --precision fp32 or --device cpu\n\Z")
        code, talk = self.train_on_double(ARCH=75)
        self.assertEqual(code, 0, talk)
        self.assertRegex(talk, r"\ATraining on cuda:0 \(.*, fp32\)\n")

    def test_auto_takes_the_cpu_and_says_why(self):
        code, talk = self.train_on_double(device="auto", DEVICES=0)
        self.assertEqual(code, 0, talk)
        self.assertRegex(talk, r"\ATraining on cpu \(.*\); no GPU: the NVIDIA driver sees no GPU\n")

    def test_a_gpu_whose_memory_others_have(self):
        why = "the device has no room for 32.0 MiB: 8 of its 40 MiB are free"
        code, talk = self.train_on_double(MEMORY=40)
        self.assertEqual((code, talk), (5, f"duet: --device cuda: {why}; use --device cpu\n"))
        code, talk = self.train_on_double(device="auto", MEMORY=40)
        self.assertEqual(code, 0, talk)
        self.assertRegex(talk, rf"\ATraining on cpu \(.*\); no GPU: {re.escape(why)}\n")

    def test_auto_takes_the_gpu(self):
        code, talk = self.train_on_double(device="auto")
        self.assertEqual(code, 0, talk)
        self.assertRegex(talk, r"\ATraining on cuda:0 \(")

    def refused_for_memory(self, sentence, *options, **more):
        code, talk = self.train_on_double(*options, **more)
        self.assertEqual(code, 5, talk)
        self.assertRegex(talk, rf"\Aduet: the training needs {sentence}, or --device cpu\n\Z")
        self.assertFalse((self.folder / "run").exists())

    def test_more_than_the_device_has_room_for(self):
        # 64 MiB of 100 are workspaces. Weights and two moments of 16.1 M parameters are 185 MiB, and a batch has 10.
        has = r"MiB of memory and cuda:0 has 36\.0 MiB free; most of it,"
        self.refused_for_memory(
            rf"195\.\d {has} 184\.\d MiB, is for the network: use smaller layers", hidden="4000,4000", MEMORY=100
        )
        self.refused_for_memory(
            rf"\d+\.\d {has} \d+\.\d MiB, is for the batches: use a smaller --batch",
            *("--batch", 240, "--train", "train[:240]"),
            hidden=",".join(["5000"] + ["1,5000"] * 5),
            MEMORY=100,
        )
        shutil.rmtree(self.folder / "tiny")
        planted.dark_dataset(self.folder / "tiny", train=60_000, test=10, size=28)
        self.refused_for_memory(
            rf"5\d\.\d {has} 45\.\d MiB, is for the examples: use fewer examples", MEMORY=100
        )


class Module(OnDouble):
    """The program finds its module, and takes no other."""

    def copy_of_the_program(self):
        module = self.folder / "lib/duet/duet-cuda.so"
        module.parent.mkdir(parents=True)
        shutil.copy(DUET, self.folder / "duet")
        shutil.copy(pathlib.Path(DUET).parent / "lib/duet/duet-cuda.so", module)
        return self.folder / "duet", module

    def test_beside_the_program_and_where_it_is_installed(self):
        program, _ = self.copy_of_the_program()
        self.assertEqual(self.train_on_double(program=program)[0], 0)
        (self.folder / "bin").mkdir()
        installed = program.rename(self.folder / "bin/duet")
        shutil.rmtree(self.folder / "run")
        self.assertEqual(self.train_on_double(program=installed)[0], 0)

    def test_not_in_the_working_folder(self):
        program, _ = self.copy_of_the_program()
        (self.folder / "elsewhere/bin").mkdir(parents=True)
        code, talk = self.train_on_double(program=program.rename(self.folder / "elsewhere/bin/duet"))
        self.assertEqual(code, 4)
        self.assertIn("the CUDA module is not installed: there is no lib/duet/duet-cuda.so in ", talk)

    def test_of_another_build(self):
        program, module = self.copy_of_the_program()
        code = module.read_bytes()
        self.assertIn(b", g++ ", code)
        module.write_bytes(code.replace(b", g++ ", b", h++ "))
        status, talk = self.train_on_double(program=program)
        self.assertEqual(status, 4)
        self.assertRegex(talk, r"is of another build \(.*, h\+\+ .*\) than this program \(.*, g\+\+ .*\); install both")

    def test_that_lacks_a_library(self):
        program, module = self.copy_of_the_program()
        module.write_bytes(module.read_bytes().replace(b"libcublasLt.so.13\0", b"libcublasLt.so.99\0"))
        status, talk = self.train_on_double(program=program)
        self.assertEqual(status, 4)
        self.assertRegex(talk, r"\Aduet: --device cuda: libcublasLt\.so\.99 was not found, which .*duet-cuda\.so needs")

    def test_that_is_none(self):
        program, module = self.copy_of_the_program()
        module.write_bytes(b"no library")
        status, talk = self.train_on_double(program=program)
        self.assertEqual(status, 4)
        self.assertIn("duet-cuda.so cannot be opened: ", talk)

    def test_is_not_needed_to_start(self):
        needed = subprocess.run(["readelf", "-d", DUET], check=True, capture_output=True, text=True).stdout
        self.assertIn("libc.so", needed)
        self.assertNotRegex(needed, "cuda|cublas|cudnn|nvidia")

    def test_looks_for_libraries_in_no_working_folder(self):
        for module in ("lib/duet", "cuda/to_install"):
            module = pathlib.Path(DUET).parent / module / "duet-cuda.so"
            dynamic = subprocess.run(["readelf", "-d", module], check=True, capture_output=True, text=True).stdout
            (path,) = re.findall(r"\(RUNPATH\).*\[(.*)\]", dynamic)
            for folder in path.split(":"):  # to the loader an empty one is the working folder
                self.assertRegex(folder, r"\A(/|\$ORIGIN\Z)", path)

    def test_shows_nothing_but_its_function_and_its_build(self):
        module = pathlib.Path(DUET).parent / "lib/duet/duet-cuda.so"
        shown = subprocess.run(["nm", "-D", "--defined-only", module], check=True, capture_output=True, text=True).stdout
        self.assertEqual({line.split()[-1] for line in shown.splitlines()}, {"duet_cuda_module", "duet_cuda_build_id"})


class Environment(OnDouble):
    """What is set in the environment and changes the meaning of a run is said and recorded."""

    NAMES = (
        *("NVIDIA_TF32_OVERRIDE", "CUBLAS_EMULATE_SINGLE_PRECISION", "CUBLAS_EMULATION_STRATEGY"),
        *("CUDA_LAUNCH_BLOCKING", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"),
    )

    def setUp(self):
        super().setUp()
        patch = unittest.mock.patch.dict(os.environ)
        patch.start()
        self.addCleanup(patch.stop)
        for name in self.NAMES:
            os.environ.pop(name, None)

    def test_is_said_in_one_line_and_recorded(self):
        settings = {name: f"{number}é" for number, name in enumerate(self.NAMES)}
        os.environ.update(settings)
        code, talk = self.train_on_double("--precision", "tf32")
        self.assertEqual(code, 0, talk)
        first, second, rest = talk.split("\n", 2)
        self.assertRegex(first, r"\ATraining on cuda:0 \(.*, tf32\)\Z")
        says = r"; ".join(rf"{name}={value} \([a-z0-9:, '=A-Z]+\)" for name, value in settings.items())
        self.assertRegex(second, rf"\ASet in the environment: {says}\Z")
        self.assertTrue(rest.startswith("Kept in "), rest)
        self.assertEqual(self.json_of("run/run.json")["environment"], settings)

    def test_what_tf32_means_is_said_by_every_command(self):
        os.environ["NVIDIA_TF32_OVERRIDE"] = "0"
        line = (
            "Set in the environment: NVIDIA_TF32_OVERRIDE=0 "
            "(with 0, NVIDIA's libraries make products in fp32 where tf32 is asked for, but our own stay in tf32)\n"
        )
        on = ("--device", "cuda", "--json")
        code, talk = self.run_on_double("eval", "good", "tiny", *on)
        self.assertEqual(code, 0, talk)
        self.assertRegex(talk, rf"\AEvaluating on .*\n{re.escape(line)}\Z")
        self.assertEqual(json.loads(self.lines)["environment"], {"NVIDIA_TF32_OVERRIDE": "0"})
        code, talk = self.run_on_double("predict", "good", "tiny/t10k-images-idx3-ubyte", *on)
        self.assertEqual(code, 0, talk)
        self.assertIn(f"\n{line}", talk)

    def test_that_changes_nothing_is_not_mentioned(self):
        code, talk = self.train_on_double()
        self.assertEqual(code, 0, talk)
        self.assertNotIn("environment", talk)
        self.assertNotIn("environment", self.json_of("run/run.json"))
        os.environ["NVIDIA_TF32_OVERRIDE"] = "0"
        code, talk = self.train_on_double("--force", device="cpu")
        self.assertEqual(code, 0, talk)
        self.assertNotIn("environment", talk)
        self.assertNotIn("environment", self.json_of("run/run.json"))


class Faults(OnDouble):
    """A device that fails in the middle: a sentence, exit code 4 or 5, and no half of a run."""

    def test_leave_no_half_of_a_run(self):
        failed = 0
        for call in (3, 40, 160, 400, 700):
            with self.subTest(call):
                code, talk = self.train_on_double(FAIL=call)
                if code == 0:  # the call gave something back
                    shutil.rmtree(self.folder / "run")
                    continue
                failed += 1
                self.assertIn(code, (4, 5), talk)
                self.assertRegex(talk, r"(?m)^duet: .*\n\Z")
                self.assertFalse((self.folder / "run/model.safetensors").exists())
                self.assertFalse((self.folder / "run").exists())
        self.assertGreaterEqual(failed, 3)


class Doctor(OnDouble):
    def test_shows_the_device(self):
        code, talk = self.run_on_double("doctor")
        self.assertEqual((code, talk), (0, ""))
        for what in ("cuda:0 ", "compute capability: 9.0", "MiB free", "driver: for CUDA 13.0", "sm_75, sm_80"):
            self.assertIn(what, self.lines)
        self.assertIn("--device auto takes cuda:0: the first usable GPU", self.lines)

    def test_says_what_is_missing(self):
        code, _ = self.run_on_double("doctor", DRIVER=12020)
        self.assertEqual(code, 0)
        self.assertIn("cuda  the NVIDIA driver is too old", self.lines)


class Predictions(OnDouble):
    def test_are_those_of_the_cpu(self):
        code, talk = self.train_on_double("--precision", "fp32")
        self.assertEqual(code, 0, talk)
        answers = {}
        for device in ("cpu", "cuda"):
            code, talk = self.run_on_double("eval", "run", "tiny", "--device", device, "--precision", "fp32", "--json")
            self.assertEqual(code, 0, talk)
            answers[device] = json.loads(self.lines)["test"]
        self.assertEqual(answers["cpu"]["accuracy"], answers["cuda"]["accuracy"])
        self.assertAlmostEqual(answers["cpu"]["loss"], answers["cuda"]["loss"], delta=1e-6)

    def test_of_pictures_are_those_of_the_cpu(self):
        (self.folder / "dog.png").write_bytes(planted.png([[0] * 4, [255] * 4, [0] * 4, [0] * 4]))
        probabilities = {}
        for device in ("cpu", "cuda"):
            code, talk = self.run_on_double(
                *("predict", "good", "dog.png", "--device", device, "--precision", "fp32", "--probabilities", "--json")
            )
            self.assertEqual(code, 0, talk)
            probabilities[device] = json.loads(self.lines)["predictions"][0]["probabilities"]
        for cpu, cuda in zip(*probabilities.values()):
            self.assertAlmostEqual(cpu, cuda, delta=1e-6)


if __name__ == "__main__":
    cli.main()
