"""Writes the inputs that fuzzing starts from, FOLDER/TARGET/NAME: good files, and those that are known to be bad.

usage: make_corpus.py FOLDER
"""

import gzip
import json
import pathlib
import shlex
import struct
import sys

sys.dont_write_bytecode = True
tests = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(tests))
import bad_files
import planted

LONGEST = 8192  # bytes; as ./run limits inputs


OTHERS = [None, True, "text", -1, 1e300, 2**64 - 1, 5e-324, [], [[1]], {}, {"a": [1]}]


def variations(value):
    """The value with each of its parts replaced, in turn, by one of another type or size."""
    yield from OTHERS
    if isinstance(value, dict):
        parts = value.items()
    else:
        parts = enumerate(value) if isinstance(value, list) else []
    for key, part in parts:
        for other in variations(part):
            copy = value.copy()
            copy[key] = other
            yield copy


def data_files():
    """IDX files, plain and packed."""
    images, labels = planted.labelled_images(20, 1)
    files = {"images": images, "labels": labels}
    files |= {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in files.items()}
    files["two-members"] = gzip.compress(images[:9], mtime=0) + gzip.compress(images[9:], mtime=0)
    for name, (_, content) in bad_files.damaged_datasets().items():
        files[name] = content or b""
    return files


def packed_files():
    """What gunzip() is given: the size to expect, then gzip data."""
    packed = {name: content for name, content in data_files().items() if content[:2] == b"\x1f\x8b"}
    packed["stored"] = gzip.compress(bytes(range(100)), 0, mtime=0)
    packed["with-name"] = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"name\0" + packed["labels.gz"][10:]
    packed["padded"] = packed["labels.gz"] + bytes(9)
    sizes = {"labels.gz": 28, "with-name": 28, "padded": 28, "stored": 100}
    return {name: struct.pack("<Q", sizes.get(name, 336)) + content for name, content in packed.items()}


def pictures():
    grey = [[x * y % 256 for x in range(9)] for y in range(7)]
    colours = [[(pixel, 255 - pixel, pixel // 2) for pixel in row] for row in grey]
    jpeg = planted.grey_jpeg()
    return {
        "grey.png": planted.png(grey),
        "grey.jpg": jpeg,
        "restarts.jpg": jpeg[:2] + b"\xff\xdd\0\4\0\1" + jpeg[2:],
        "grey.pgm": planted.pgm(grey),
        "colours.ppm": planted.ppm(grey),
        "text.pgm": b"P2 # a comment\n3 2\n15\n0 1 2\n13 14 15\n",
        "text.ppm": ("P3\n9 7 255\n" + " ".join(str(v) for row in colours for pixel in row for v in pixel)).encode(),
        "cut.png": planted.png(grey)[:-20],
        "cut.jpg": jpeg[:30],
        "huge.pgm": b"P5 400000 400000 255\n1234",
        "bitmap.pbm": b"P4 4 4\n1234",
    }


def splits():
    expressions = """train test train[10000:] train[:10%] train[5:5] train[7:3] test[99%:] train[-1:] train[:101%] train[1.5:]
        train[010:] train[5] train[ trian train[99999999999999999999:]""".split()
    return {expression: struct.pack("<I", 60000) + expression.encode() for expression in expressions}


def header_of(model):
    (length,) = struct.unpack("<Q", model[:8])
    return json.loads(model[8 : 8 + length]), model[8 + length :]


def models():
    header, values = header_of(planted.model())
    varied = {str(i): planted.with_header(json.dumps(other).encode(), values) for i, other in enumerate(variations(header))}
    return {"good": planted.model(), "hidden": planted.model((16, 5, 3)), **bad_files.damaged_models(), **varied}


def checkpoints():
    """One as duet left it, and its metadata varied; the target makes the checksum new."""
    header, values = header_of((tests / "golden_files/checkpoint-format-1-of-0.1.0.safetensors").read_bytes())
    metadata = header["__metadata__"]
    inputs = {}
    for i, other in enumerate(variations(json.loads(metadata["duet-checkpoint"]))):
        metadata["duet-checkpoint"] = json.dumps(other)
        inputs[str(i)] = planted.with_header(json.dumps(header).encode(), values)
    return inputs


def descriptions():
    header, _ = header_of(planted.model())
    good = json.loads(header["__metadata__"]["duet"])
    return {str(i): json.dumps(other).encode() for i, other in enumerate([good, *variations(good)])}


METRICS = {"loss": 0.5, "accuracy": 0.75, "loss_of_batches": 0.25, "accuracy_of_batches": 1}


def epoch(number, **other):
    return {"epoch": number, "train": METRICS, "validation": METRICS, "learning_rate": 0.001, "examples_per_second": 10.5,
            "seconds": 2, **other}  # fmt: skip


def lines(*epochs):
    return "".join(json.dumps(line) + "\n" for line in epochs)


PREDICTIONS = "row,label,predicted,probability\n5,2,2,0.5\n6,0,1,0.75\n7,1,1,1\n"


def record(**other):
    """run.json of a run on the examples of PREDICTIONS."""
    files = [{"path": f"tiny/{name}", "sha256": "0" * 64} for name in planted.FILES.values()]
    return {
        "format": 1, "version": "0.1.0", "compiler": "GNU 12", "created": "2026-01-01T00:00:00Z", "device": "cpu",
        "hardware": "a processor", "threads": 2, "precision": "fp32",
        "data": {"name": "tiny", "classes": 3, "train": "train[60:300]", "validation": "train[:20%]", "test": "test",
                 "files": files},
        "configuration": {"sizes": [16, 5, 3], "activation": "relu", "init": "glorot_uniform", "init_sha256": None,
                          "optimizer": "adam", "learning_rate": 0.001, "batch": 100, "epochs": 2, "seed": 0,
                          "shuffle": "epoch"},
        "epochs": 2, "stopped_at": None, "environment": {"OMP_NUM_THREADS": "2"}, "signal": 2,
        "algorithms": {"linear": "id 1"}, "train": METRICS, "validation": METRICS,
        "test": {"loss": 0.5, "accuracy": 2 / 3, "confusion": [[0, 1, 0], [0, 1, 0], [0, 0, 1]]}, "seconds": 2.5,
        **other}  # fmt: skip


def runs():
    """run.json, history.jsonl and test_predictions.csv, with a zero byte between them."""
    history = lines(epoch(0), epoch(1, validation={**METRICS, "loss": None}))
    folders = {
        "whole": (record(), history, PREDICTIONS),
        "without-predictions": (record(), history, ""),
        "without-test": (record(test=None), lines(epoch(0, validation=None)), ""),
        "being-written": ("", history[:-20], ""),
        "of-another-run": (record(test={"accuracy": 0.5}), history, PREDICTIONS),
        "record-alone": (record(), "", ""),
        "newer": ({"format": 2}, "", ""),
    }
    for i, other in enumerate(variations(record())):
        folders[f"record-{i}"] = (other, history, PREDICTIONS if i % 2 else "")
    for i, other in enumerate(variations(epoch(0))):
        folders[f"history-{i}"] = ("", lines(other), "")
    return {
        name: "\0".join([json.dumps(first) if first else "", *others]).encode() for name, (first, *others) in folders.items()
    }


def predictions():
    return {str(classes): bytes([classes - 1]) + PREDICTIONS.encode() for classes in (2, 3, 256)}


def tuned_products():
    product = {"call": "linear 128x784 by 784x700, relu", "algorithm": "id 21", "bytes": "00ff", "candidates": 8,
               "rule_us": 10.5, "chosen_us": 7}  # fmt: skip
    good = {"format": 1, "devices": {"NVIDIA H100": {"a key": product}}}
    return {str(i): json.dumps(other).encode() for i, other in enumerate([good, *variations(good)])}


def command_lines():
    """Those of bad_input.tsv and some good ones, without what only a shell understands."""
    lines = ["duet --version", "duet --help", "duet data --help", "duet doctor --json", "duet inspect good --json",
             "duet compare one two three -o chart.svg --force --json", "duet report run --data tiny --data-dir .",
             "duet plot run loss -o loss.png", "duet tune --batch 128 --hidden 700,500", "duet data fetch mnist",
             "duet predict good a.png - --invert --probabilities --device cuda:1", "duet data show tiny --split test",
             "duet train mnist --hidden=700,500 --train train[10000:] --validation train[:10000] --test test --epochs 4"
             " --learning-rate 1e-3 --beta1 .9 --shuffle none --device cpu --threads 2 --precision fp32 --progress plain"
             " --tensorboard events --log-steps steps.jsonl --report --force --json --quiet"]  # fmt: skip
    for line in (tests / "bad_input.tsv").read_text().splitlines():
        command = line.split("\t")[1] if line.count("\t") > 2 else ""
        if command.startswith("duet ") and not set(command) & set("|<>;&$(*"):
            lines.append(command)
    return {f"{i:03}": "".join(word + "\0" for word in shlex.split(line)[1:]).encode() for i, line in enumerate(lines)}


CORPORA = {"idx": data_files, "gzip": packed_files, "picture": pictures, "split": splits, "safetensors": models,
           "checkpoint": checkpoints,
           "description": descriptions, "run": runs, "test_predictions": predictions, "tuning_file": tuned_products,
           "command_line": command_lines}  # fmt: skip


def main(folder):
    for target, inputs in CORPORA.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in inputs().items():
            if len(content) <= LONGEST:
                (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
