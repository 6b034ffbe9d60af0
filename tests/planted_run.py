"""Run folders as `duet train` leaves them, written by hand: what reports and pictures have to cope with."""

import hashlib
import json
import random

import planted

RECORD = {
    "format": 1,
    "version": "0.1.0",
    "created": "2026-01-02T03:04:05Z",
    "device": "cpu",
    "hardware": "avx2, 2 threads",
    "precision": "fp32",
    "epochs": 3,
    "stopped_at": None,
    "seconds": 1.5,
}


def metrics(loss, accuracy):
    return {"loss": loss, "accuracy": accuracy, "loss_of_batches": loss, "accuracy_of_batches": accuracy}


def epoch(number, loss, accuracy, validated=True):
    return {
        "epoch": number,
        "train": metrics(loss, accuracy),
        "validation": metrics(loss and loss + 0.1, accuracy - 0.05) if validated else None,
        "learning_rate": 0.001,
        "examples_per_second": 1000.0,
        "seconds": 0.5,
    }


def learning(epochs, validated=True):
    """A history whose loss falls and whose accuracy rises."""
    return [epoch(i, 1 / (i + 1), 1 - 0.5 / (i + 1), validated) for i in range(epochs)]


def write_history(folder, history):
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history))


def dataset(folder, classes, train=300, test=60):
    """Any number of classes: an image has one bright pixel for each bit of its label. Returns the labels of the test."""
    folder.mkdir(parents=True)
    labels = {}
    for part, count in ("train", train), ("test", test):
        labels[part] = [i % classes for i in range(count)]
        pixels = [200 * (label >> bit & 1) for label in labels[part] for bit in range(planted.SIZE**2)]
        (folder / planted.FILES[part, "images"]).write_bytes(planted.idx([count, planted.SIZE, planted.SIZE], pixels))
        (folder / planted.FILES[part, "labels"]).write_bytes(planted.idx([count], labels[part]))
    return labels["test"]


def described(folder):
    """What run.json says of the data in a folder."""
    files = [folder / name for name in planted.FILES.values()]
    return {
        "name": folder.name,
        "train": "train[50:300]",
        "validation": "train[0:50]",
        "test": "test[0:60]",
        "files": [{"path": str(f), "sha256": hashlib.sha256(f.read_bytes()).hexdigest()} for f in files],
    }


def answers(labels, classes, right=0.8, seed=3):
    """(label, predicted, probability) of each, of which about so many are right."""
    drawn = random.Random(seed)
    guesses = [label if drawn.random() < right else drawn.randrange(classes) for label in labels]
    return [(label, guess, drawn.uniform(1 / classes, 1)) for label, guess in zip(labels, guesses)]


def run(folder, names, answers=None, history=None, data=None, record=None):
    """A run of a model with these classes. `answers` are of the rows of the test from 0 on; `data` is a folder."""
    folder.mkdir(parents=True)
    pixels = planted.SIZE**2
    (folder / "model.safetensors").write_bytes(planted.model((pixels, 6, len(names)), names=names))
    write_history(folder, learning(3) if history is None else history)
    written = {**RECORD, "data": {"name": "none", "files": []}, "configuration": {"sizes": [pixels, 6, len(names)]}}
    if data:
        written["data"] = described(data)
    if answers:
        lines = [f"{row},{label},{predicted},{p}" for row, (label, predicted, p) in enumerate(answers)]
        (folder / "test_predictions.csv").write_text("\n".join(["row,label,predicted,probability", *lines, ""]))
        right = sum(label == predicted for label, predicted, _ in answers)
        written["test"] = {"loss": 0.5, "accuracy": right / len(answers)}
    (folder / "run.json").write_text(json.dumps({**written, **(record or {})}))
