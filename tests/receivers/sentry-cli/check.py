"""What `sentry-cli` says of the shop's binary is what the shop's events say of it: with these ids a server finds the
debug information of a stripped binary.

usage: check.py VENV SHOP
"""
import gzip
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(__file__).resolve().parents[3]


def events(body):
    """The events in an envelope: lines of JSON, each item's header before it."""
    lines = body.split(b"\n")[1:]
    for header, payload in zip(lines[::2], lines[1::2]):
        if json.loads(header)["type"] == "event":
            yield json.loads(payload)


class Server:
    """Takes envelopes; keeps the first event that names the objects it was made by."""

    def __init__(self):
        self.arrived = threading.Event()
        self.images = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                for event in events(body):
                    if "debug_meta" in event and not outer.arrived.is_set():
                        outer.images = event["debug_meta"]["images"]
                        outer.arrived.set()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://key@127.0.0.1:{server.server_port}/1"
        threading.Thread(target=server.serve_forever, daemon=True).start()


def panic(shop, dsn):
    """Opens the shop and lets it panic."""
    environment = {**os.environ, "SENTRY_DSN": dsn}
    process = subprocess.Popen(
        [shop, "serve", "0"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        url = process.stdout.readline().split()[-1]
        try:
            urllib.request.urlopen(f"{url}/test-panic", timeout=10)
        except (urllib.error.HTTPError, OSError):
            pass
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def main():
    venv, shop = (pathlib.Path(argument) for argument in sys.argv[1:])
    server = Server()
    panic(shop, server.dsn)
    if not server.arrived.wait(timeout=20):
        raise AssertionError("no event came with the objects it was made by")
    read = subprocess.run(
        [venv / "bin" / "sentry-cli", "debug-files", "check", "--json", shop],
        env={**os.environ, "SENTRY_NO_UPDATE_CHECK": "1"}, capture_output=True, text=True, check=True, timeout=60,
    )
    expected = json.loads(read.stdout)["variants"][0]
    main_image = server.images[0]
    sent = {key: main_image[key] for key in ("debug_id", "code_id")}
    if sent != {key: expected[key] for key in ("debug_id", "code_id")}:
        raise AssertionError(f"events say {sent}, sentry-cli {expected}")
    print(f"sentry-cli: {sent['debug_id']} is the shop, as its events say")


if __name__ == "__main__":
    main()
