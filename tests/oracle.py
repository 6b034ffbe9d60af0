"""Training in float64 with NumPy: the oracle of the golden tests. It knows nothing of the program it judges."""
import gzip
import struct
import sys
from pathlib import Path

try:
    import numpy as np
except ImportError as error:
    print(f"skipped: {error} (Debian package python3-numpy)")
    sys.exit(77)

import planted


def read_idx(path):
    data = gzip.open(path).read() if str(path).endswith(".gz") else Path(path).read_bytes()
    dimensions = data[3]
    shape = struct.unpack(f">{dimensions}I", data[4 : 4 + 4 * dimensions])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_part(folder, part):
    return (read_idx(folder / f"{part}-images-idx3-ubyte.gz"), read_idx(folder / f"{part}-labels-idx1-ubyte.gz"))


def glorot(sizes, seed):
    """[(w (in, out), b (out))] in float32."""
    rng = np.random.default_rng(seed)
    layers = []
    for n, m in zip(sizes, sizes[1:]):
        limit = np.sqrt(6 / (n + m))
        layers.append((rng.uniform(-limit, limit, (n, m)).astype(np.float32), np.zeros(m, np.float32)))
    return layers


def save_layers(path, layers):
    """As safetensors: tensors alone, weight as (out, in)."""
    tensors = {}
    for i, (w, b) in enumerate(layers):
        for name, array in ((f"layers.{i}.weight", w.T), (f"layers.{i}.bias", b)):
            tensors[name] = (array.shape, array.ravel().tolist())
    path.write_bytes(planted.safetensors(tensors))


def train(layers, images, labels, batch, epochs=1, steps=None, lr=1e-3, b1=0.9, b2=0.999, eps=1e-7):
    """Loss and accuracy of every step, of the batch before its update; in file order, short last batch divided by
    its own size."""
    x = images.reshape(len(images), -1)
    w = [a.astype(np.float64) for a, _ in layers]
    b = [a.astype(np.float64) for _, a in layers]
    parameters = w + b
    m = [np.zeros_like(p) for p in parameters]
    v = [np.zeros_like(p) for p in parameters]
    results, t = [], 0
    for start in [s for _ in range(epochs) for s in range(0, len(x), batch)][:steps]:
        h, y = [x[start : start + batch] / 255.0], labels[start : start + batch]
        for i in range(len(w)):
            z = h[-1] @ w[i] + b[i]
            h.append(np.maximum(z, 0) if i < len(w) - 1 else z)
        rows = np.arange(len(y))
        e = np.exp(z - z.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        loss = np.mean(np.log(e.sum(1)) + z.max(1) - z[rows, y])
        results.append((float(loss), float(np.mean(z.argmax(1) == y))))
        dz = p
        dz[rows, y] -= 1
        dz /= len(y)
        dw, db = [], []
        for i in reversed(range(len(w))):
            dw.insert(0, h[i].T @ dz)
            db.insert(0, dz.sum(0))
            if i:
                dz = (dz @ w[i].T) * (h[i] > 0)
        t += 1
        for k, g in enumerate(dw + db):
            m[k] = b1 * m[k] + (1 - b1) * g
            v[k] = b2 * v[k] + (1 - b2) * g * g
            parameters[k] -= lr * (m[k] / (1 - b1**t)) / (np.sqrt(v[k] / (1 - b2**t)) + eps)
    return results
