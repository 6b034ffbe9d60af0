"""Small files that tests plant: IDX data sets, pictures, safetensors; byte by byte, with nothing of ours."""

import gzip
import hashlib
import json
import os
import random
import struct
import zlib

SIZE = 4  # height and width of the planted images, in pixels
CLASSES = 3
FILES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


def idx(shape, elements, kind=0x08):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + bytes(elements)


def labelled_images(count, seed, size=SIZE, classes=CLASSES):
    """Images with one bright row, which is the label, and noise that leaves no doubt; as IDX files."""
    noise = random.Random(seed)
    labels = [noise.randrange(classes) for _ in range(count)]
    pixels = [
        noise.randrange(60) + (180 if y == label else 0) for label in labels for y in range(size) for _ in range(size)
    ]
    return idx([count, size, size], pixels), idx([count], labels)


def dataset(folder, train=300, test=60, size=SIZE, packed=False):
    """Writes the four files of a data set that a small network learns."""
    folder.mkdir(parents=True)
    for part, count, seed in [("train", train, 1), ("test", test, 2)]:
        for kind, content in zip(("images", "labels"), labelled_images(count, seed, size)):
            path = folder / FILES[part, kind]
            if packed:
                path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, mtime=0))
            else:
                path.write_bytes(content)


def dark_dataset(folder, train, test, size):
    """Writes the four files of a data set that may be large: all pixels are zero, and so are the labels."""
    folder.mkdir(parents=True)
    for part, count in [("train", train), ("test", test)]:
        images = folder / FILES[part, "images"]
        images.write_bytes(idx([count, size, size], b""))
        os.truncate(images, 16 + count * size * size)
        (folder / FILES[part, "labels"]).write_bytes(idx([count], bytes(count)))


def safetensors(tensors, metadata=None):
    """tensors: name -> (shape, floats). Returns the bytes of a file."""
    header, data = ({} if metadata is None else {"__metadata__": metadata}), b""
    for name, (shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    return with_header(json.dumps(header).encode(), data)


def with_header(header, data):
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data


def read_safetensors(path):
    """The bytes of each tensor, and the metadata."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    metadata = header.pop("__metadata__", None)
    return {name: data[slice(*tensor["data_offsets"])] for name, tensor in header.items()}, metadata


def read_floats(path):
    """Tensors as safetensors() takes them, and the metadata."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    shapes = {name: tensor["shape"] for name, tensor in json.loads(content[8 : 8 + length]).items() if name[0] != "_"}
    data, metadata = read_safetensors(path)
    return {n: (shapes[n], list(struct.unpack(f"<{len(b) // 4}f", b))) for n, b in data.items()}, metadata


def sealed(tensors, metadata):
    """The same with the checksum of its metadata and data, as a model and a checkpoint have it."""
    metadata = {key: value for key, value in metadata.items() if key != "duet.sha256"}
    data = b"".join(struct.pack(f"<{len(values)}f", *values) for _, values in tensors.values())
    texts = (metadata[key].encode() for key in sorted(metadata))
    return safetensors(tensors, {**metadata, "duet.sha256": hashlib.sha256(b"".join([*texts, data])).hexdigest()})


def weights(sizes, scale=1.0):
    """Tensors of a network whose every unit copies the input of its own number, times scale."""
    tensors = {}
    for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        copies = [scale if i == o else 0.0 for o in range(outputs) for i in range(inputs)]
        tensors[f"layers.{layer}.weight"] = ([outputs, inputs], copies)
        tensors[f"layers.{layer}.bias"] = ([outputs], [0.0] * outputs)
    return tensors


def model(sizes=(SIZE * SIZE, CLASSES), height=SIZE, width=SIZE, names=None, scale=1.0, **description):
    """The bytes of a model file: class i has the logit of pixel i (through hidden layers, where there are some)."""
    layers = [
        {"inputs": a, "outputs": b, "activation": "relu" if i + 2 < len(sizes) else "none"}
        for i, (a, b) in enumerate(zip(sizes, sizes[1:]))
    ]
    described = {
        "format": 1,
        "input": {"height": height, "width": width},
        "preprocessing": {"dtype": "uint8", "divide_by": 255.0},
        "layers": layers,
        "classes": names or [str(i) for i in range(sizes[-1])],
        "training": {},
    }
    return safetensors(weights(sizes, scale), {"duet": json.dumps({**described, **description})})


def png(rows):
    """An 8-bit grey PNG of rows of pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    raw = b"".join(b"\0" + bytes(row) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def read_png(data):
    """Width, height and rows of pixels, grey or (red, green, blue), of an 8-bit PNG, by the specification."""
    position, packed = 8, b""
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            n = {(8, 0): 1, (8, 2): 3}[depth, colour]  # bytes a pixel
        packed += body if kind == b"IDAT" else b""
        position += length + 12
    raw, size, rows = zlib.decompress(packed), width * n + 1, []
    above = [0] * (size - 1)
    for y in range(height):
        kind, *line = raw[y * size : (y + 1) * size]
        for x in range(size - 1):
            a, b, c = (line[x - n] if x >= n else 0), above[x], (above[x - n] if x >= n else 0)
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[x] = (line[x] + (0, a, b, (a + b) // 2, paeth)[kind]) % 256
        rows.append(line if n == 1 else list(zip(line[::3], line[1::3], line[2::3])))
        above = line
    return width, height, rows


def pgm(rows):
    return b"P5 %d %d 255\n" % (len(rows[0]), len(rows)) + bytes(pixel for row in rows for pixel in row)


def ppm(rows):
    samples = (sample for row in rows for pixel in row for sample in (pixel, pixel, pixel))
    return b"P6 %d %d 255\n" % (len(rows[0]), len(rows)) + bytes(samples)


def grey_jpeg():
    """A JPEG of 8 x 8 pixels, all black, put together by the specification (ITU T.81): baseline, one component."""

    def segment(marker, body):
        return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body

    one_code = bytes([1] + [0] * 15) + b"\0"  # a Huffman table with the one code '0', for the symbol 0
    dc = bytes([1, 1] + [0] * 14) + b"\0\x0b"  # '0': no difference; '10': a difference of 11 bits
    return (
        b"\xff\xd8"
        + segment(0xDB, b"\0" + b"\1" * 64)  # quantization: none
        + segment(0xC0, struct.pack(">BHHBBBB", 8, 8, 8, 1, 1, 0x11, 0))
        + segment(0xC4, b"\0" + dc)
        + segment(0xC4, b"\x10" + one_code)
        + segment(0xDA, b"\1\1\0\0\x3f\0")
        # '10', the difference -1024 (as 01111111111), then '0' for the end of the block, and ones to fill up.
        + bytes([0b10011111, 0b11111011])
        + b"\xff\xd9"
    )
