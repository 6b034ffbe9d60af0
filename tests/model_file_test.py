"""Model files between Duet and other people's code: safetensors' own library, NumPy, PyTorch.

usage: model_file_test.py PROGRAM HELPER [CLASS...]
HELPER is model_file_helper, PROGRAM is duet. The exit status is 77 when a module is missing; the reason is printed.
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
    import safetensors
    import safetensors.numpy
except ImportError as error:
    print(f"skipped: {error} (Debian package python3-numpy; safetensors from PyPI, see tests/requirements.txt)")
    sys.exit(77)

sys.dont_write_bytecode = True
import cli
import planted
from cli import DUET

HELPER = str(pathlib.Path(sys.argv.pop(2)).resolve())
SIZES = [784, 32, 10]


def expected_tensors():
    """The weights that the helper's rule gives, in the order of the file."""
    tensors, k = {}, 0
    for layer, (inputs, outputs) in enumerate(zip(SIZES, SIZES[1:])):
        for name, shape in (("weight", (outputs, inputs)), ("bias", (outputs,))):
            count = int(np.prod(shape))
            hashed = (np.arange(k, k + count, dtype=np.uint64) * 2654435761) & 0xFFFFFFFF
            tensors[f"layers.{layer}.{name}"] = ((hashed * 2.0**-32 - 0.5) * 0.2).astype(np.float32).reshape(shape)
            k += count
    return tensors


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


class ModelFile(unittest.TestCase):
    """A file that the helper wrote, in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.model = self.folder / "model.safetensors"
        run(HELPER, "save", str(self.model))

    def description(self):
        with safetensors.safe_open(self.model, "np") as file:
            return json.loads(file.metadata()["duet"])

    def forward(self, images):
        """Probabilities in float64, from the file alone: its tensors, activations and preprocessing."""
        tensors, description = safetensors.numpy.load_file(self.model), self.description()
        x = images.reshape(len(images), -1) / np.float64(description["preprocessing"]["divide_by"])
        for i, layer in enumerate(description["layers"]):
            weight, bias = (tensors[f"layers.{i}.{name}"].astype(np.float64) for name in ("weight", "bias"))
            x = x @ weight.T + bias
            if layer["activation"] == "relu":
                x = np.maximum(x, 0)
        return softmax(x)


class Safetensors(ModelFile):
    def test_its_library_reads_the_same_tensors(self):
        expected, tensors = expected_tensors(), safetensors.numpy.load_file(self.model)
        self.assertEqual(set(tensors), set(expected))
        for name, tensor in tensors.items():
            self.assertEqual(tensor.dtype, np.float32)
            self.assertEqual(tensor.shape, expected[name].shape)
            self.assertEqual(tensor.tobytes(), expected[name].tobytes(), name)

    def test_the_file_is_what_its_format_says(self):
        data = self.model.read_bytes()
        (size,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + size])
        self.assertEqual(size % 8, 0)
        self.assertEqual(list(header.pop("__metadata__")), ["duet", "duet.sha256"])
        offsets = [tensor["data_offsets"] for tensor in header.values()]
        self.assertEqual([begin for begin, _ in offsets], [0] + [end for _, end in offsets[:-1]])
        self.assertEqual(8 + size + offsets[-1][1], len(data))

    def test_the_description_says_all_that_prediction_needs(self):
        description = self.description()
        self.assertEqual(description["format"], 1)
        self.assertEqual(description["input"], {"height": 28, "width": 28})
        self.assertEqual(description["preprocessing"]["dtype"], "uint8")
        self.assertEqual(description["preprocessing"]["divide_by"], 255)
        self.assertEqual(
            description["layers"],
            [{"inputs": 784, "outputs": 32, "activation": "relu"}, {"inputs": 32, "outputs": 10, "activation": "none"}],
        )
        self.assertEqual(description["classes"], [f"class {c}" for c in range(10)])
        self.assertEqual(description["training"]["seed"], 22)

    def test_weights_that_its_library_wrote_are_read(self):
        random = np.random.default_rng(22)
        shapes = {"layers.0.weight": (7, 5), "layers.0.bias": (7,), "layers.1.weight": (3, 7), "layers.1.bias": (3,)}
        tensors = {name: random.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}
        for metadata in (None, {"format": "pt"}):
            safetensors.numpy.save_file(tensors, self.folder / "weights.safetensors", metadata)
            lines = run(HELPER, "layers", str(self.folder / "weights.safetensors")).splitlines()
            self.assertEqual((lines[0], lines[3]), ("7 5", "3 7"))
            for line, name in zip((lines[1], lines[2], lines[4], lines[5]), shapes):
                bits = [int(word, 16) for word in line.split()]
                self.assertEqual(bits, tensors[name].view(np.uint32).ravel().tolist(), name)

    def test_half_precision_is_refused(self):
        tensors = {"layers.0.weight": np.ones((3, 2), np.float16), "layers.0.bias": np.ones(3, np.float16)}
        safetensors.numpy.save_file(tensors, self.folder / "half.safetensors")
        done = subprocess.run([HELPER, "layers", str(self.folder / "half.safetensors")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 7)
        self.assertIn("only F32 is read", done.stderr)


class Inspect(ModelFile):
    def test_the_table_fits_60_columns_and_says_everything(self):
        table = run(DUET, "inspect", str(self.model))
        self.assertLessEqual(max(len(line) for line in table.splitlines()), 60)
        words = " ".join(table.split())
        for fact in (
            "layer inputs outputs activation parameters bytes 0 784 32 relu 25120 100480 1 32 10 none 330 1320",
            "total 25450 101800",
            "input 28 x 28 pixels, uint8, divided by 255",
            "classes 10: class 0, class 1, class 2,",
            "data mnist, train[10000:60000]",
            "training epochs 10, batch 128, learning rate 0.001, seed 22, shuffle epoch",
            "test accuracy 0.979, loss 0.08123",
            "device cpu (avx512, 2 threads)",
            "made by duet 0.1.0, 2026-01-31T12:00:00Z",
        ):
            self.assertIn(fact, words)

    def test_json(self):
        shown = json.loads(run(DUET, "inspect", "--json", str(self.folder)))
        description = self.description()
        self.assertEqual(shown["parameters"], 25450)
        self.assertEqual(shown["bytes"], 101800)
        self.assertEqual([layer["parameters"] for layer in shown["layers"]], [25120, 330])
        self.assertEqual(shown["input"], description["input"])
        self.assertEqual(shown["preprocessing"], description["preprocessing"])
        self.assertEqual(shown["classes"], description["classes"])
        self.assertEqual(shown["training"], description["training"])

    def test_a_damaged_model_is_a_sentence(self):
        self.model.write_bytes(self.model.read_bytes()[:-1])
        done = subprocess.run([DUET, "inspect", str(self.model)], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (7, ""))
        self.assertIn("cut off or damaged", done.stderr)


class Predict(ModelFile):
    """`duet predict` against probabilities made in Python from the same file."""

    def images(self):
        random = np.random.default_rng(22)
        images = random.integers(0, 256, (50, 28, 28), dtype=np.uint8)
        images[random.random(images.shape) < 0.7] = 0
        return images

    def predictions(self, images):
        path = self.folder / "images-idx3-ubyte"
        path.write_bytes(planted.idx(images.shape, images.tobytes()))
        output = run(DUET, "predict", str(self.model), str(path), "--probabilities")
        rows = [line.split("\t") for line in output.splitlines()]
        self.assertEqual([row[:2] for row in rows], [[str(path), str(i)] for i in range(len(images))])
        return [row[2] for row in rows], np.array([row[3:] for row in rows], dtype=np.float64)

    def expect_same(self, images, expected):
        names, columns = self.predictions(images)
        self.assertEqual(columns.shape, (len(images), 1 + 10))
        np.testing.assert_allclose(columns[:, 1:], expected, atol=1e-5, rtol=0)
        np.testing.assert_allclose(columns[:, 0], columns[:, 1:].max(axis=1), atol=1e-6, rtol=0)
        top_two = np.sort(expected, axis=1)[:, -2:]
        for name, row, (second, first) in zip(names, expected, top_two):
            if first - second > 1e-5:  # else rounding may decide
                self.assertEqual(name, f"class {row.argmax()}")


class NumPy(Predict):
    def test_numpy_gives_the_same_probabilities(self):
        images = self.images()
        self.expect_same(images, self.forward(images))


class PyTorch(Predict):
    def test_pytorch_gives_the_same_probabilities(self):
        try:
            import torch
        except ImportError as error:
            self.skipTest(f"{error} (Debian package python3-torch)")
        modules = []
        for inputs, outputs in zip(SIZES, SIZES[1:]):
            modules += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
        network = torch.nn.Sequential(*modules[:-1])
        tensors = safetensors.numpy.load_file(self.model)
        network.load_state_dict(
            {
                f"{2 * layer}.{name}": torch.from_numpy(tensors[f"layers.{layer}.{name}"])
                for layer in range(len(SIZES) - 1)
                for name in ("weight", "bias")
            }
        )
        images = self.images()
        with torch.no_grad():
            x = torch.from_numpy(images).reshape(len(images), -1) / self.description()["preprocessing"]["divide_by"]
            self.expect_same(images, torch.softmax(network(x), dim=1).numpy())


if __name__ == "__main__":
    cli.main()
