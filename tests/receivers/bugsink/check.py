"""The shop reports to a Bugsink server; what that stored is compared with what happened in the shop.

usage: check.py VENV FOLDER SHOP
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RELEASE = "shop@4.2.0"
VISITS = 2

# Type, value and transaction of the issues, and how often each happens in one visit.
BROKEN_PRICE = ("ShopError", "product 5 is stored with a broken price", "GET /products/{id}")
EXPECTED = {
    ("ShopError", "there is no product 77", "GET /products/{id}"): 1,
    ("ShopError", "the payment failed", "POST /orders"): 2,
    ("ShopError", "`samovar` is sold out", "POST /orders"): 1,
    ("ShopError", "`saucer` is sold out", "POST /orders"): 1,
    BROKEN_PRICE: 1,
}


class Webhook:
    """Where Bugsink sends its alerts."""

    def __init__(self):
        self.alerts = alerts = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                alerts.append(json.loads(body))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Bugsink:
    """A server of its own on a fresh database."""

    def __init__(self, venv, folder, webhook):
        self.programs = venv / "bin"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "bugsink.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HERE),
            "DJANGO_SETTINGS_MODULE": "receiver_settings",
            "RECEIVER_FOLDER": str(folder),
            "RECEIVER_PORT": str(self.port),
            "RECEIVER_WEBHOOK": webhook.url,
        }
        self.manage("migrate")
        self.manage("migrate", "snappea", "--database=snappea")
        # `shell` may greet before it runs what it reads.
        prepared = self.manage("shell", script=(HERE / "prepare.py").read_text()).splitlines()[-1]
        made = json.loads(prepared)
        self.project, self.dsn, self.token = made["project"], made["dsn"], made["token"]

    def manage(self, *arguments, script=None):
        done = subprocess.run(
            [self.programs / "bugsink-manage", *arguments],
            env=self.environment, input=script, text=True, capture_output=True, timeout=180,
        )
        if done.returncode != 0:
            sys.exit(f"bugsink-manage {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def __enter__(self):
        self.process = subprocess.Popen(
            [
                self.programs / "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "4",
                "--access-logfile", "-", "bugsink.wsgi",
            ],
            env=self.environment, stdout=self.log.open("w"), stderr=subprocess.STDOUT,
        )
        try:
            wait_for("the server to answer", self.answers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):
                return True
        except OSError:
            return False

    def get(self, path):
        request = urllib.request.Request(
            f"{self.url}/api/canonical/0/{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def issues(self):
        return self.get(f"issues/?project={self.project}")["results"]

    def events(self, issue):
        listed = self.get(f"events/?issue={issue['id']}")["results"]
        return [self.get(f"events/{event['id']}/")["data"] for event in listed]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"waited {seconds} s for {what}")
        time.sleep(0.1)


def visit(shop, dsn):
    """One afternoon in the shop, all of whose reports go to the server before it ends."""
    environment = {"PATH": os.environ["PATH"], "SENTRY_DSN": dsn, "SENTRY_RELEASE": RELEASE}
    done = subprocess.run([shop], env=environment, text=True, capture_output=True, timeout=120)
    if done.returncode != 0:
        sys.exit(f"the shop ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def check_issues(issues, alerts):
    """The same failure is one issue, however often it happens; another failure is another issue."""
    seen = {}
    for issue in issues:
        key = issue["calculated_type"], issue["calculated_value"], issue["transaction"]
        expect(key not in seen, f"two issues for {key}")
        seen[key] = issue
    expect(seen.keys() == EXPECTED.keys(), f"issues for {list(seen)}")
    for key, times in EXPECTED.items():
        expect(seen[key]["digested_event_count"] == times * VISITS, f"{key}: {seen[key]['digested_event_count']}")

    told = sorted((alert["id"], alert["alert_reason"]) for alert in alerts)
    expect(told == sorted((issue["id"], "NEW") for issue in issues), f"alerts: {told}")
    return seen


def check_event(event):
    """What each report has to say, whatever failed."""
    failure = event["exception"]["values"][-1]
    expect(event["release"] == RELEASE, f"release {event['release']}")
    expect(event["sdk"]["name"] == "monitored.rust", f"sdk {event['sdk']}")
    frames = [frame for frame in failure["stacktrace"]["frames"] if frame["in_app"]]
    expect(frames, f"no frame of the shop in {failure}")
    for frame in frames:
        if "context_line" not in frame:
            continue
        lines = (ROOT / frame["filename"]).read_text().splitlines()
        around = frame["pre_context"] + [frame["context_line"]] + frame["post_context"]
        first = frame["lineno"] - 1 - len(frame["pre_context"])
        written = lines[first : first + len(around)]
        expect(around == written, f"{frame['filename']}:{frame['lineno']}: {around} instead of {written}")


def check_broken_price(event):
    """One report in full: a strainer whose price cannot be read, two causes and three functions deep."""
    values = event["exception"]["values"]
    names = [(value["type"], value["value"]) for value in values]
    expect(
        names == [
            ("ParseIntError", "invalid digit found in string"),
            # Its type is not known: what `source()` returns says only what it prints.
            ("Error", "`5.8O` is no price"),
            ("ShopError", "product 5 is stored with a broken price"),
        ],
        f"exceptions {names}",
    )
    frames = [frame for frame in values[-1]["stacktrace"]["frames"] if frame["in_app"]]
    route = [(frame["function"], frame["context_line"].strip()) for frame in frames]
    expect(
        route[-3:] == [
            ("product", "let product = shop.catalogue.find(id).await?;"),
            ("Catalogue::find", "decode(row)"),
            ("decode", "let price = price.parse().map_err(|source| ShopError::BrokenPrice { id, source })?;"),
        ],
        f"route {route}",
    )
    expect(frames[-2].get("vars") == {"id": 5}, f"values {frames[-2].get('vars')}")
    expect(event["tags"].get("product") == "5", f"tags {event['tags']}")
    expect(event["user"]["id"] == "finn", f"user {event['user']}")


def expect(holds, otherwise):
    if not holds:
        raise AssertionError(otherwise)


def main():
    venv, folder, shop = (pathlib.Path(argument) for argument in sys.argv[1:])
    webhook = Webhook()
    with Bugsink(venv, folder, webhook) as server:
        for _ in range(VISITS):
            visit(shop, server.dsn)
        issues = server.issues()
        seen = check_issues(issues, webhook.alerts)
        for issue in issues:
            for event in server.events(issue):
                check_event(event)
        for event in server.events(seen[BROKEN_PRICE]):
            check_broken_price(event)
    # An event that its strict schema refuses is answered with 200 all the same, and stands here only.
    refused = [line for line in server.log.read_text().splitlines() if "ValidationError" in line]
    expect(not refused, f"refused: {refused}")
    events = sum(issue["digested_event_count"] for issue in issues)
    print(f"bugsink: {events} events in {len(issues)} issues, {len(webhook.alerts)} alerts")


if __name__ == "__main__":
    main()
