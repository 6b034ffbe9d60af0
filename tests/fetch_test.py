"""duet data fetch against a local HTTP server that serves well and badly. Argument: the program."""

import gzip
import http.server
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

DUET = sys.argv.pop(1)
NAMES = ["t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "train-images-idx3-ubyte"]
LABELS = NAMES[0]  # fetched first
SKIPPED = 77


def find_fashion():
    listed = subprocess.run([DUET, "data", "list", "--json"], capture_output=True, check=True)
    for dataset in json.loads(listed.stdout)["datasets"]:
        if dataset["name"] == "fashion-mnist" and dataset["found"]:
            return pathlib.Path(dataset["folder"])
    return None


def read(name):
    for path in [SOURCE / name, SOURCE / (name + ".gz")]:
        if path.exists():
            data = path.read_bytes()
            return data if path.suffix == ".gz" else gzip.compress(data, 1)
    raise FileNotFoundError(name)


class Server:
    """A mirror; `misbehave` maps a file's name to what is done instead of sending it."""

    def __init__(self, misbehave=None):
        self.requests = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rsplit("/", 1)[1].removesuffix(".gz")
                server.requests.append(name)
                ((misbehave or {}).get(name) or send)(self, name)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/folder"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def answer(handler, body, announced=None, status=200):
    handler.send_response(status)
    handler.send_header("Content-Length", str(announced or len(body)))
    handler.end_headers()
    try:
        handler.wfile.write(body)
    except (BrokenPipeError, ConnectionResetError):
        pass  # the client has seen enough


def send(handler, name):
    answer(handler, read(name))


def send_plain(handler, name):
    answer(handler, gzip.decompress(read(name)))


def send_web_page(handler, _):
    answer(handler, b"\n<!DOCTYPE html><html><body>Please accept our cookies</body></html>")


def send_nothing(handler, _):
    answer(handler, b"")


def forbid(handler, _):
    handler.send_error(403)


def send_half(handler, name):
    body = read(name)
    answer(handler, body[: len(body) // 2], announced=len(body))


def send_half_as_if_whole(handler, name):
    body = read(name)
    answer(handler, body[: len(body) // 2])


def send_another(handler, name):
    data = bytearray(gzip.decompress(read(name)))
    data[-1] ^= 1
    answer(handler, gzip.compress(bytes(data)))


def send_bomb(handler, name):
    data = gzip.decompress(read(name))
    answer(handler, gzip.compress(data + bytes(50_000_000)))


def send_too_much(handler, _):
    answer(handler, bytes(1_000_000))


class FetchTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name) / "fashion-mnist"

    def serve(self, misbehave=None):
        server = Server(misbehave)
        self.addCleanup(server.close)
        return server

    def fetch(self, *urls, options=()):
        command = [DUET, "data", "fetch", "fashion-mnist", "--json", "--data-dir", self.folder.parent, *options]
        for url in urls:
            command += ["--mirror", url]
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)

    def files(self):
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else None

    def assert_refused(self, misbehaviour, reason, requests=1):
        server = self.serve({LABELS: misbehaviour})
        done = self.fetch(server.url)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("fashion-mnist could not be fetched:", done.stderr)
        self.assertIn(f"{server.url}/{LABELS}.gz: {reason}", done.stderr)
        self.assertEqual(server.requests, [LABELS] * requests)
        self.assertIsNone(self.files())

    def test_good_files_are_kept_and_not_fetched_again(self):
        server = self.serve()
        done = self.fetch(server.url + "/")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), {"name": "fashion-mnist", "folder": str(self.folder), "fetched": NAMES})
        self.assertEqual(self.files(), sorted(name + ".gz" for name in NAMES))
        self.assertEqual(server.requests, NAMES)
        verified = subprocess.run([DUET, "data", "verify", self.folder], capture_output=True)
        self.assertEqual(verified.returncode, 0)

        again = self.fetch(server.url)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(json.loads(again.stdout)["fetched"], [])
        self.assertEqual(server.requests, NAMES)

    def test_web_page_with_status_200(self):
        self.assert_refused(send_web_page, "a web page came instead of the file")

    def test_empty_file(self):
        self.assert_refused(send_nothing, "the file is empty")

    def test_status_403(self):
        self.assert_refused(forbid, "the server answered 403 (forbidden)")

    def test_truncated_body_is_tried_three_times(self):
        self.assert_refused(send_half, "the connection was cut after", requests=3)

    def test_truncated_file_in_a_whole_body(self):
        self.assert_refused(send_half_as_if_whole, f"{LABELS}: its gzip data is damaged or cut off")

    def test_wrong_checksum(self):
        self.assert_refused(send_another, "its SHA-256 is ")

    def test_gzip_bomb(self):
        self.assert_refused(send_bomb, f"{LABELS}: trailing bytes")

    def test_body_that_is_too_large(self):
        self.assert_refused(send_too_much, "more than the 75544 bytes expected")

    def test_connection_refused(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))  # bound, so that nobody else takes it, but not listening
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            done = self.fetch(url)
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"{url}/{LABELS}.gz: Failed to connect", done.stderr)
        self.assertIsNone(self.files())

    def test_lost_connection_is_made_good(self):
        tries = []

        def lose_once(handler, name):
            tries.append(name)
            (send_half if len(tries) == 1 else send)(handler, name)

        server = self.serve({LABELS: lose_once})
        done = self.fetch(server.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.requests, [LABELS] + NAMES)

    def test_next_mirror_is_used_and_remembered(self):
        bad, good = self.serve({LABELS: forbid}), self.serve()
        done = self.fetch(bad.url, good.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(bad.requests, [LABELS])
        self.assertEqual(good.requests, NAMES)

    def test_reasons_of_all_mirrors_are_told(self):
        first, second = self.serve({LABELS: forbid}), self.serve({LABELS: send_web_page})
        done = self.fetch(first.url, second.url)
        self.assertEqual(done.returncode, 3)
        self.assertIn(f"{first.url}/{LABELS}.gz: the server answered 403", done.stderr)
        self.assertIn(f"{second.url}/{LABELS}.gz: a web page came", done.stderr)

    def test_unpacked_file_is_kept_under_its_name(self):
        server = self.serve({LABELS: send_plain})
        self.assertEqual(self.fetch(server.url).returncode, 0)
        self.assertEqual(self.files(), sorted([LABELS] + [name + ".gz" for name in NAMES[1:]]))

    def test_damaged_file_is_replaced_only_by_force(self):
        self.folder.mkdir()
        damaged = self.folder / LABELS  # plain, and so preferred to the .gz that is fetched
        damaged.write_bytes(b"mine")
        server = self.serve()
        done = self.fetch(server.url)
        self.assertEqual(done.returncode, 1)
        self.assertIn("give --force to replace it", done.stderr)
        self.assertEqual(damaged.read_bytes(), b"mine")
        self.assertEqual(server.requests, [])
        self.assertEqual(self.fetch(server.url, options=["--force"]).returncode, 0)
        self.assertEqual(self.files(), sorted(name + ".gz" for name in NAMES))

    def test_mirror_must_be_a_url(self):
        done = self.fetch("example.org/mnist")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--mirror: 'example.org/mnist' is not the URL of a folder", done.stderr)


SOURCE = find_fashion()
if __name__ == "__main__":
    if SOURCE is None:
        print("skipped: Fashion-MNIST was not found (Debian package dataset-fashion-mnist)")
        sys.exit(SKIPPED)
    unittest.main()
