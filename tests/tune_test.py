"""duet tune on the double of CUDA, whose clock is made up: what it finds, where it keeps it, who makes use of it.

usage: tune_test.py DUET FOLDER [CLASS]
FOLDER has the double's libraries; "none" where it was not built.
"""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import cli
import planted
from cli import DUET
from on_double import DOUBLE, OnDouble

HIDDEN = 200  # a sum of so many is worth splitting, which the double's rule does not do; one of 16 pixels is not


def in_fp32(options):
    """Options with a precision in which so few rows are the library's: in TF32 they are our own kernels'."""
    return options if "--precision" in options or "--device" in options else (*options, "--precision", "fp32")


class OnTunedDouble(OnDouble):
    def setUp(self):
        super().setUp()
        self.file = self.cache / "duet/tuned-products.json"

    def tune(self, *options, data="tiny", hidden=HIDDEN, device="cuda", **environment):
        command = ["tune", data, "--hidden", hidden, "--device", device, *in_fp32(options)]
        return self.run_on_double(*command, **{"CHECKS": "off", **environment})  # which makes it ten times as fast

    def tuned(self, *options, **more):
        code, talk = self.tune(*options, **more)
        self.assertEqual(code, 0, talk)
        return talk

    def kept(self):
        return json.loads(self.file.read_text())

    def products(self):
        """Of the only device in the file."""
        (products,) = self.kept()["devices"].values()
        return products

    def trained(self, *options, **more):
        """The algorithms that run.json names, the weights, and the talk beside what is always said."""
        code, talk = self.train_on_double("--force", *in_fp32(options), hidden=HIDDEN, **{"CHECKS": "off", **more})
        self.assertEqual(code, 0, talk)
        talk = [line for line in talk.splitlines() if not line.startswith(("Training on cuda:0 (", "Kept in "))]
        return self.json_of("run/run.json")["algorithms"], self.tensors("run"), talk


class Tune(OnTunedDouble):
    def test_finds_what_is_faster(self):
        talk = self.tuned(CHECKS="on")
        self.assertEqual(talk, f"Tuning on cuda:0 (Duet double of sm_90, fp32)\nKept in {self.file}\n")
        products = self.products()
        head, *lines, total = self.lines.splitlines()
        self.assertRegex(head, r"by the rule +chosen +product")
        self.assertEqual(len(lines), len(products))
        self.assertIn(f"all {len(products)}, each once", total)
        # By algorithms.cpp of the double: the rule's (10) takes 2 us and 10 ns for each product of a sum, the split one
        # (12) 2.9 us and a quarter of that, and another (11) 10 ns less than the rule's, which is too little to leave it.
        chosen = {line.split(" us  ")[-1].split(": ")[0]: line for line in lines}
        self.assertRegex(chosen["linear 60x200 by 200x3, none, epilogue 4"], r"\A +4\.00 us +3\.39 us .*: id 12, .* split 4, ")
        self.assertRegex(chosen["linear batch 128x16 by 16x200, relu, epilogue 6"], r"\A +2\.16 us +2\.16 us .*: id 10, ")
        for product in products.values():
            self.assertEqual(product["candidates"], 3)
            self.assertLessEqual(product["chosen_us"], product["rule_us"])
            same = product["algorithm"].startswith("id 10,")
            self.assertEqual(product["chosen_us"] == product["rule_us"], same)

    def test_in_the_precision_that_is_asked_for(self):
        self.tuned()
        self.assertFalse([key for key in self.products() if "fp32" not in key])
        planted.dark_dataset(self.folder / "many", train=3000, test=10, size=4)
        self.tuned("--precision", "tf32", data="many", hidden=30)  # of which validation is more rows than our own take
        in_tf32 = [product for key, product in self.products().items() if "tf32" in key]
        self.assertTrue(in_tf32)
        self.assertLessEqual({product["algorithm"][:5] for product in in_tf32}, {"id 20", "id 21", "id 22"})

    def test_as_one_object(self):
        talk = self.tuned("--json")
        found = json.loads(self.lines)
        self.assertEqual((found["device"], found["precision"], found["file"]), ("cuda:0", "fp32", str(self.file)))
        self.assertEqual({product["product"] for product in found["products"]}, set(self.products()))
        self.assertLess(found["chosen_us"], found["rule_us"])
        self.assertEqual(talk.count(": id "), len(found["products"]))

    def test_keeps_devices_and_networks_side_by_side(self):
        self.tuned()
        small = self.products()
        self.tuned(hidden=40)
        both = self.products()
        self.assertGreater(len(both), len(small))
        self.assertEqual({key: both[key] for key in small}, small)
        self.tuned(ARCH=86)
        self.tuned(DRIVER=13010)
        self.assertEqual(
            [name.split(", cuBLASLt")[0] for name in self.kept()["devices"]],
            [
                "Duet double of sm_86, compute capability 8.6, driver for CUDA 13.0",
                "Duet double of sm_90, compute capability 9.0, driver for CUDA 13.0",
                "Duet double of sm_90, compute capability 9.0, driver for CUDA 13.1",
            ],
        )
        name = "Duet double of sm_90, compute capability 9.0, driver for CUDA 13.0, cuBLASLt 13."
        self.assertEqual(next(of for of in self.kept()["devices"].items() if of[0].startswith(name))[1], both)

    def test_where_the_library_makes_nothing(self):
        self.tuned(CUBLASLT="none")
        self.assertEqual(self.lines, "cuBLASLt makes none of the products; nothing was kept\n")
        self.assertFalse(self.file.exists())

    def test_replaces_a_file_that_is_broken(self):
        self.file.parent.mkdir(parents=True)
        self.file.write_text("{")
        self.tuned()
        self.assertTrue(self.products())

    def test_writes_the_file_whole_or_not_at_all(self):
        self.tuned()
        kept = self.kept()
        (products,) = kept["devices"].values()
        long = {**next(iter(products.values())), "call": "x" * (5 << 20)}
        kept["devices"]["another"] = {"a product": long}
        self.file.write_text(json.dumps(kept))
        before = self.file.read_bytes()
        limited = f"ulimit -f 4096; exec {DUET} tune tiny --hidden 40 --device cuda --precision fp32"  # 4 MiB, which the double needs
        done = subprocess.run(
            ["bash", "-c", limited],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            env={
                **os.environ,
                "LD_LIBRARY_PATH": DOUBLE,
                "XDG_CACHE_HOME": str(self.cache),
                "DUET_DOUBLE_CHECKS": "off",
            },
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f"duet: cannot write {self.file}: File too large\n", done.stderr)
        self.assertEqual(self.file.read_bytes(), before)
        self.assertEqual([path.name for path in self.file.parent.iterdir()], [self.file.name])


class Tuned(OnTunedDouble):
    """What the other commands make of it."""

    def test_training_takes_what_was_chosen(self):
        by_rule, _, _ = self.trained()
        self.assertFalse([call for call, algorithm in by_rule.items() if "tuned" in algorithm])
        self.tuned()
        algorithms, weights, talk = self.trained()
        self.assertEqual(talk, [])
        self.assertEqual(algorithms.keys(), by_rule.keys())
        for call, algorithm in algorithms.items():
            self.assertRegex(algorithm, r"\Atuned: ")
        self.assertRegex(algorithms["linear 60x200 by 200x3, none"], r"\Atuned: epilogue 4, id 12, ")
        self.assertEqual(self.trained()[1], weights)

    def go_on_from_step_1(self, **more):
        """As if the training had been killed there; what it then made, and said beside what is always said."""
        (self.folder / "run/run.json").unlink()
        first, *others = sorted((self.folder / "run/checkpoints").iterdir())
        for file in others:
            file.unlink()
        code, talk = self.run_on_double("resume", "run", **{"CHECKS": "off", **more})
        self.assertEqual(code, 0, talk)
        talk = [line for line in talk.splitlines() if not line.startswith(("Training on cuda:0 (", "Kept in "))]
        return self.json_of("run/run.json")["algorithms"], self.tensors("run"), talk

    def test_a_training_that_goes_on_keeps_its_algorithms(self):
        with_checkpoints = ["--checkpoint-every", 1, "--keep", 2]
        by_rule = (*self.trained(*with_checkpoints)[:2], [])
        self.tuned()
        self.assertEqual(self.go_on_from_step_1(), by_rule)
        chosen = (*self.trained(*with_checkpoints)[:2], [])
        self.assertNotEqual(chosen, by_rule)
        self.file.unlink()
        self.assertEqual(self.go_on_from_step_1(), chosen)
        self.tuned()
        self.trained(*with_checkpoints)
        algorithms, _, talk = self.go_on_from_step_1(DRIVER=13010)
        self.assertNotIn("tuned", json.dumps(algorithms))
        self.assertEqual(len(talk), 1, talk)
        self.assertRegex(talk[0], r"\Aduet: the training was begun on .* CUDA 13.0, .*, and this is .* CUDA 13.1, .*: the order")

    def test_nothing_is_taken_for_another_device_or_network(self):
        self.tuned()
        for more in ({"ARCH": 86}, {"DRIVER": 13010}):
            with self.subTest(more):
                algorithms, _, talk = self.trained(**more)
                self.assertNotIn("tuned", json.dumps(algorithms))
                self.assertEqual(talk, [])
        algorithms, _, talk = self.trained("--precision", "tf32")
        self.assertNotIn("tuned", json.dumps(algorithms))
        algorithms, _, talk = self.trained("--batch", 100)
        self.assertNotIn("tuned", algorithms["linear batch 100x16 by 16x200, relu"])
        self.assertEqual(talk, [])

    def test_a_file_that_is_broken_is_one_warning(self):
        by_rule, weights, _ = self.trained()
        self.tuned()
        good = self.kept()
        device = next(iter(good["devices"]))
        broken = {
            "no JSON": "{",
            "no object": "[]",
            "another format": json.dumps({**good, "format": 2}),
            "no products": json.dumps({**good, "devices": {device: 3}}),
            "a product without bytes": json.dumps({**good, "devices": {device: {"a": {"call": "b", "algorithm": "c"}}}}),
            "a time that is none": json.dumps(good).replace('"rule_us": ', '"rule_us": "x", "was": '),
        }
        for why, text in broken.items():
            with self.subTest(why):
                self.file.write_text(text)
                algorithms, found, talk = self.trained()
                self.assertEqual((algorithms, found), (by_rule, weights))
                self.assertEqual(len(talk), 1, talk)
                self.assertRegex(talk[0], rf"\Aduet: {self.file} keeps no tuned products: .*'duet tune' measures anew\Z")

    def test_so_it_is_for_eval_and_predict(self):
        self.trained()
        self.file.parent.mkdir(parents=True)
        self.file.write_text("{")
        pixels = self.folder / "tiny/t10k-images-idx3-ubyte"
        for command in (["eval", "run", "tiny"], ["predict", "run", pixels]):
            with self.subTest(command[0]):
                code, talk = self.run_on_double(*command, "--device", "cuda", "--precision", "fp32")
                self.assertEqual(code, 0, talk)
                self.assertEqual(talk.count("keeps no tuned products"), 1, talk)
                self.assertEqual(self.run_on_double(*command, "--device", "cpu")[1], "")

    def test_an_algorithm_that_is_refused_is_one_warning(self):
        by_rule, weights, _ = self.trained()
        self.tuned()
        kept = self.kept()
        for bytes_of_it in ("", "00", "zz" * 64):
            with self.subTest(bytes_of_it):
                for product in next(iter(kept["devices"].values())).values():
                    product["bytes"] = bytes_of_it
                self.file.write_text(json.dumps(kept))
                algorithms, found, talk = self.trained()
                self.assertEqual((algorithms, found), (by_rule, weights))
                self.assertEqual(len(talk), 1, talk)
                self.assertRegex(talk[0], rf"\Aduet: cuBLASLt refuses what was kept for linear .* in {self.file}; ")

    def test_doctor_says_how_many_there_are(self):
        code, _ = self.run_on_double("doctor")
        self.assertEqual(code, 0)
        self.assertIn(f"tuned products: 0 in {self.file}\n", self.lines)
        self.tuned()
        self.run_on_double("doctor", "--json")
        device, cpu = json.loads(self.lines)["devices"]
        self.assertEqual(device["tuned products"], f"{len(self.products())} in {self.file}")
        self.assertNotIn("tuned products", cpu)
        self.file.write_text("{")
        code, _ = self.run_on_double("doctor")
        self.assertEqual(code, 0)
        self.assertIn(f"tuned products: {self.file} keeps no tuned products: ", self.lines)

    def test_without_a_home_training_is_by_the_rule(self):
        nowhere = {key: value for key, value in os.environ.items() if key not in ("HOME", "XDG_CACHE_HOME")}
        for command, code in (("train tiny --hidden 5 --epochs 1", 0), ("tune tiny --hidden 5", 1)):
            done = subprocess.run(
                [DUET, *command.split(), "--device", "cuda"],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=300,
                env={**nowhere, "LD_LIBRARY_PATH": DOUBLE},
            )
            self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(
            done.stderr,
            "duet: there is no folder to keep what is found: set HOME, or XDG_CACHE_HOME to a whole path\n",
        )


class Refusals(OnTunedDouble):
    def refused(self, code, sentence, *options, **more):
        found, talk = self.tune(*options, **more)
        self.assertEqual((found, talk), (code, f"duet: {sentence}\n"))
        self.assertFalse(self.file.exists())

    def test_of_a_cpu(self):
        self.refused(4, "only a GPU is tuned", device="cpu")

    def test_without_a_gpu(self):
        self.refused(4, "only a GPU is tuned; no GPU: the NVIDIA driver sees no GPU", device="auto", DEVICES=0)
        self.refused(4, "--device cuda: the NVIDIA driver sees no GPU; use --device cpu", DEVICES=0)

    def test_of_options_and_data(self):
        code, talk = self.tune("--batch", 0)
        self.assertEqual(code, 2, talk)
        code, talk = self.tune(data="nowhere")
        self.assertEqual(code, 3, talk)

    def test_of_what_the_device_has_no_room_for(self):
        code, talk = self.tune(hidden="4000,4000", MEMORY=100)
        self.assertEqual(code, 5, talk)
        self.assertRegex(talk, r"\nduet: the training needs \d+\.\d MiB of memory and cuda:0 has 36\.0 MiB free; ")
        self.assertFalse(self.file.exists())

    def test_of_a_cache_that_cannot_be_written(self):
        self.cache.write_text("a file")
        code, talk = self.tune()
        self.assertEqual(code, 1)
        self.assertRegex(talk, rf"(?m)^duet: cannot make {self.file.parent}: ")


if __name__ == "__main__":
    cli.main()
