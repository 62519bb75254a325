"""A service that calls the next one of the way: GET /call/SCENARIO/HOST/HOST…

It is also a customer of a shop, GET /order/SCENARIO/SHOP, and the bank of one, POST /charges.

It prints its port and ends, with everything sent, when its standard input does.
"""

import json
import logging
import os
import sys
import threading
import urllib.request

import sentry_sdk
from flask import Flask
from werkzeug.serving import make_server

rate = os.environ.get("RATE")
sentry_sdk.init(
    release="python@1",
    environment="interop",
    traces_sample_rate=float(rate) if rate else None,
    auto_session_tracking=False,
)
app = Flask("service")
# Its line for each request says nothing here.
logging.getLogger("werkzeug").setLevel(logging.WARNING)


@app.get("/call/<scenario>/", defaults={"way": ""})
@app.get("/call/<scenario>/<path:way>")
def call(scenario, way):
    sentry_sdk.capture_message(f"python {len(way)} {scenario}")
    if way:
        host, _, rest = way.partition("/")
        with urllib.request.urlopen(f"http://{host}/call/{scenario}/{rest}", timeout=10) as answer:
            return answer.read()
    return "end of the way"


@app.get("/order/<scenario>/<shop>")
def order(scenario, shop):
    sentry_sdk.capture_message(f"python orders {scenario}")
    basket = json.dumps({"product": 1, "quantity": 1, "card": "gold"}).encode()
    request = urllib.request.Request(
        f"http://{shop}/orders", data=basket, headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["receipt"]


@app.post("/charges")
def charge():
    return {"Paid": {"receipt": "paid by python"}}


server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.port, flush=True)
sys.stdin.read()
server.shutdown()
sentry_sdk.get_client().close(timeout=5)
