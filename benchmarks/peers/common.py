"""What the programs of the peers share, so that all do the same job: arguments, data, first weights, report.

The job: rows 10000 to 59999 of MNIST in file order, the short last batch included; after each epoch the loss
and accuracy of rows 0 to 9999; a ReLU network in float32; Adam.
"""
import argparse
import gzip
import json
import os
import sys
import time

import numpy as np

LEARNING_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
PIXELS, CLASSES, VALIDATION_ROWS = 784, 10, 10_000


def arguments(program, modes=()):
    """The command line: options.sizes (of all layers), batch, epochs, data, device, precision, save, mode if modes."""
    parser = argparse.ArgumentParser(description=program, epilog="The last line of the output is JSON.")
    if modes:
        parser.add_argument("mode", choices=modes)
    parser.add_argument("--hidden", default="700,500", metavar="N,N...",
                        help="widths of the hidden layers (%(default)s)")
    parser.add_argument("--batch", type=int, default=128, metavar="N", help="rows of a step (%(default)s)")
    parser.add_argument("--epochs", type=int, default=4, metavar="N",
                        help="times through the rows (%(default)s)")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"), help="(%(default)s)")
    parser.add_argument("--precision", default="fp32", choices=("fp32", "tf32"),
                        help="of matrix products on a GPU (%(default)s)")
    parser.add_argument("--data", required=True, metavar="DIR", help="folder of IDX files, plain or .gz")
    parser.add_argument("--save", metavar="FILE", help="keep the trained weights here, in the peer's format")
    options = parser.parse_args()
    options.sizes = [PIXELS, *map(int, options.hidden.split(",")), CLASSES]
    return options


def read_idx(folder, name):
    path = os.path.join(folder, name)
    with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as file:
        content = file.read()
    dimensions = content[3]  # their sizes follow, as big-endian integers
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_mnist(folder):
    """Training and validation examples, (pixels from 0 to 1, labels) each."""
    pixels = read_idx(folder, "train-images-idx3-ubyte").reshape(-1, PIXELS).astype(np.float32) / 255
    labels = read_idx(folder, "train-labels-idx1-ubyte").astype(np.int64)
    cut = VALIDATION_ROWS
    return (pixels[cut:], labels[cut:]), (pixels[:cut], labels[:cut])


def initial_layers(sizes):
    """(weight (in, out), bias) of every layer: Glorot uniform, the same in every program."""
    random = np.random.default_rng(22)
    layers = []
    for n, m in zip(sizes, sizes[1:]):
        limit = np.sqrt(6 / (n + m))
        layers.append((random.uniform(-limit, limit, (n, m)).astype(np.float32), np.zeros(m, np.float32)))
    return layers


def mean_over_rows(batches):
    """Loss and accuracy over all rows, of (rows, loss, accuracy) of batches."""
    rows, losses, accuracies = np.array(batches, np.float64).T
    return float(rows @ losses / rows.sum()), float(rows @ accuracies / rows.sum())


def run_epochs(epochs, run_epoch):
    """The history of `epochs` calls of run_epoch(), which trains and validates and gives (loss, accuracy) of
    both as Python's numbers, so that nothing is still being computed when the clock is read."""
    history = []
    for epoch in range(epochs):
        start = time.perf_counter()
        training, validation = run_epoch()
        history.append(epoch_record(time.perf_counter() - start, training, validation))
        print(f"epoch {epoch}: {history[-1]}", file=sys.stderr)
    return history


def epoch_record(seconds, training, validation):
    return {"seconds": seconds, "training_loss": training[0], "validation_loss": validation[0],
            "validation_accuracy": validation[1]}


def report(name, version, history):
    """Prints the result. The first epoch's seconds include what a program compiles or warms up in it."""
    print(json.dumps({"name": name, "version": version, "epochs": history}), flush=True)
