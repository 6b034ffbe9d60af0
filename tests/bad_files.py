"""The files that the commands of bad_input.tsv are about. `tiny` is a good data set, `good` a model for it; everything
else is wrong in the way that its name says."""

import gzip
import json
import os
import struct

import planted
from planted import CLASSES, FILES, SIZE, idx, safetensors, weights, with_header

TRAIN_IMAGES, TRAIN_LABELS = FILES["train", "images"], FILES["train", "labels"]
TEST_IMAGES, TEST_LABELS = FILES["test", "images"], FILES["test", "labels"]


def damaged_datasets():
    """name -> (which file is replaced, by what); None as content: the file is missing."""
    images, labels = planted.labelled_images(300, 1)
    test_images, test_labels = planted.labelled_images(60, 2)
    pixels, packed = images[16:], gzip.compress(images, mtime=0)
    return {
        "wrong-magic": (TRAIN_IMAGES, b"\1" + images[1:]),
        "float-elements": (TRAIN_IMAGES, idx([300, SIZE, SIZE], pixels, kind=0x0D)),
        "labels-for-images": (TRAIN_IMAGES, labels),
        "count-too-large": (TRAIN_IMAGES, idx([301, SIZE, SIZE], pixels)),
        "count-too-small": (TRAIN_IMAGES, idx([299, SIZE, SIZE], pixels)),
        "truncated": (TRAIN_IMAGES, images[:-7]),
        "trailing-bytes": (TRAIN_LABELS, labels + b"\0"),
        "unequal-counts": (TRAIN_LABELS, idx([299], labels[8:-1])),
        "label-beyond-classes": (TEST_LABELS, test_labels[:-1] + b"\7"),
        "huge-dimension": (TRAIN_IMAGES, idx([300, 4_000_000_000, SIZE], pixels)),
        "huge-image": (TRAIN_IMAGES, idx([300, 2_000_000_000, 2_000_000_000], pixels)),
        "huge-count": (TRAIN_IMAGES, idx([2_000_000_000, SIZE, SIZE], pixels)),
        "zero-dimension": (TRAIN_IMAGES, idx([300, SIZE, 0], b"")),
        "no-images": (TRAIN_IMAGES, idx([0, SIZE, SIZE], b"")),
        "empty-file": (TRAIN_IMAGES, b""),
        "cut-header": (TRAIN_IMAGES, images[:6]),
        "test-truncated": (TEST_IMAGES, test_images[:-1]),
        "test-of-another-shape": (TEST_IMAGES, idx([60, 2, 8], test_images[16:])),
        "gzip-cut": (TRAIN_IMAGES + ".gz", packed[: len(packed) // 2]),
        "gzip-damaged": (TRAIN_IMAGES + ".gz", packed[:200] + bytes([packed[200] ^ 255]) + packed[201:]),
        "gzip-trailing-bytes": (TRAIN_IMAGES + ".gz", packed + b"trailing"),
        "gzip-of-nothing": (TRAIN_IMAGES + ".gz", gzip.compress(b"", mtime=0)),
        "gzip-bomb": (TRAIN_IMAGES + ".gz", gzip.compress(images + bytes(1 << 26), 1, mtime=0)),
        "gzip-promises": (TRAIN_IMAGES + ".gz", gzip.compress(idx([2_000_000_000, 28, 28], bytes(1000)), mtime=0)),
        "no-train-labels": (TRAIN_LABELS, None),
        "no-train-images": (TRAIN_IMAGES, None),
        "no-test-labels": (TEST_LABELS, None),
    }


def plant_datasets(folder):
    planted.dataset(folder / "tiny")
    planted.dataset(folder / "larger", size=2 * SIZE)
    for part, other in [("train", "test"), ("test", "train")]:
        planted.dataset(folder / f"only-{part}")
        for kind in ("images", "labels"):
            (folder / f"only-{part}" / FILES[other, kind]).unlink()
    files = {path.name: path.read_bytes() for path in (folder / "tiny").iterdir()}
    for name, (replaced, content) in damaged_datasets().items():
        (folder / name).mkdir()
        for kept in files.keys() - {replaced.removesuffix(".gz")}:
            os.link(folder / "tiny" / kept, folder / name / kept)
        if content is not None:
            (folder / name / replaced).write_bytes(content)
    for name, file in [("pictures", "cat.png"), ("table", "train.csv"), ("nothing", None)]:
        (folder / name).mkdir()
        if file:
            (folder / name / file).write_bytes(b"0,1,2\n")
    (folder / "train.csv").write_bytes(b"0,1,2\n")
    (folder / "imposter/mnist").mkdir(parents=True)  # Fashion-MNIST's files are called as MNIST's
    for name, content in files.items():
        (folder / "imposter/mnist" / name).write_bytes(content)


def damaged_models():
    good = planted.model()
    (length,) = struct.unpack("<Q", good[:8])
    header, data = json.loads(good[8 : 8 + length]), good[8 + length :]

    def changed(name="layers.0.weight", **fields):
        lie = {**header, name: {**header[name], **fields}}
        return with_header(json.dumps(lie).encode(), data)

    def described(text):
        return safetensors(weights((SIZE * SIZE, CLASSES)), {"duet": text})

    inputs, bytes_of_weight = SIZE * SIZE, 4 * SIZE * SIZE * CLASSES
    return {
        "empty": b"",
        "five-bytes": good[:5],
        "header-too-long": struct.pack("<Q", 1 << 60) + good[8:],
        "header-beyond-file": struct.pack("<Q", len(good)) + good[8:],
        "header-too-short": struct.pack("<Q", 20) + good[8:],
        "header-not-json": with_header(b"{layers", data),
        "header-a-list": with_header(b"[1,2]", data),
        "offsets-beyond-file": changed(data_offsets=[0, 1 << 40]),
        "offsets-backwards": changed(data_offsets=[bytes_of_weight, 0]),
        "offsets-overlap": changed("layers.0.bias", data_offsets=[bytes_of_weight - 4, len(data) - 4]),
        "offsets-gap": changed(data_offsets=[4, bytes_of_weight + 4]),
        "offsets-short": changed(data_offsets=[0, bytes_of_weight - 4]),
        "offsets-negative": changed(data_offsets=[-4, bytes_of_weight]),
        "shape-too-large": changed(shape=[CLASSES, inputs + 1]),
        "shape-overflows": changed(shape=[1 << 62, 1 << 62]),
        "shape-flat": changed(shape=[CLASSES * inputs]),
        "type-f16": changed(dtype="F16"),
        "type-nonsense": changed(dtype="F99"),
        "cut-off": good[:-9],
        "longer": good + b"more",
        "foreign": safetensors({"model.embed.weight": ([2, 2], [0.0] * 4)}, {"format": "pt"}),
        "no-bias": safetensors({"layers.0.weight": ([CLASSES, inputs], [0.0] * CLASSES * inputs)}, {"duet": "{}"}),
        "newer": planted.model(format=2),
        "description-not-json": described("format 1"),
        "description-empty": described("{}"),
        "other-sizes": planted.model(layers=[{"inputs": 15, "outputs": CLASSES, "activation": "none"}]),
        "activation": planted.model(layers=[{"inputs": inputs, "outputs": CLASSES, "activation": "swish"}]),
        "too-few-names": planted.model(names=["one"]),
        "not-finite": planted.model(scale=float("nan")),
    }


def plant_models(folder):
    (folder / "good").mkdir()
    (folder / "good/model.safetensors").write_bytes(planted.model())
    (folder / "good/run.json").write_text("{}")
    (folder / "two-classes.safetensors").write_bytes(planted.model((SIZE * SIZE, 2)))
    (folder / "larger.safetensors").write_bytes(planted.model((4 * SIZE * SIZE, CLASSES), 2 * SIZE, 2 * SIZE))
    (folder / "hidden.safetensors").write_bytes(safetensors(weights((SIZE * SIZE, 5, CLASSES))))
    (folder / "huge.safetensors").write_bytes(safetensors(weights((SIZE * SIZE, SIZE * SIZE, CLASSES), 1e30)))
    (folder / "bad-models").mkdir()
    for name, content in damaged_models().items():
        (folder / f"bad-models/{name}.safetensors").write_bytes(content)


def plant_pictures(folder):
    picture = planted.png([[0] * SIZE] * SIZE)
    (folder / "black.png").write_bytes(picture)
    (folder / "cut.png").write_bytes(picture[:-20])
    (folder / "flipped.png").write_bytes(picture[:45] + bytes([picture[45] ^ 255]) + picture[46:])
    jpeg = planted.grey_jpeg()
    (folder / "cut.jpg").write_bytes(jpeg[:30])
    (folder / "cut.pgm").write_bytes(b"P5 4 4 255\n1234")
    (folder / "huge.pgm").write_bytes(b"P5 400000 400000 255\n1234")
    (folder / "bitmap.pbm").write_bytes(b"P4 4 4\n1234")
    (folder / "text.txt").write_text("not a picture")
    (folder / "empty.png").write_bytes(b"")


def plant(folder):
    folder.mkdir()
    plant_datasets(folder)
    plant_models(folder)
    plant_pictures(folder)
    (folder / "a-file").write_text("mine")
    (folder / "steps.jsonl").write_text("mine")
    (folder / "links").mkdir()
    (folder / "links/model.safetensors").mkdir()
