"""Bugsink as the tests run it: one folder, loopback only, no reports to its makers, strict about what it is sent."""
import os

from bugsink.settings.default import *  # noqa: F401, F403
from bugsink.settings.default import DATABASES

_FOLDER = os.environ["RECEIVER_FOLDER"]
_PORT = os.environ["RECEIVER_PORT"]

SECRET_KEY = "of this test alone, and of no use elsewhere: 0123456789abcdefghijklmnopqrstuvwxyz"
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES["default"]["NAME"] = os.path.join(_FOLDER, "db.sqlite3")
DATABASES["snappea"]["NAME"] = os.path.join(_FOLDER, "snappea.sqlite3")
SENTRY_DSN = None
EMAIL_BACKEND = "bugsink.email_backends.QuietConsoleEmailBackend"

# What arrives is stored before the request is answered, without a second process.
SNAPPEA = {"TASK_ALWAYS_EAGER": True}

BUGSINK = {
    "BASE_URL": f"http://127.0.0.1:{_PORT}",
    "SINGLE_USER": True,
    "SINGLE_TEAM": True,
    # An event that breaks the schema is dropped, and then it is missing below.
    "VALIDATE_ON_DIGEST": "strict",
    "PHONEHOME": False,
    "INGEST_STORE_BASE_DIR": os.path.join(_FOLDER, "ingestion"),
    "ALERTS_WEBHOOK_OUTBOUND_MODE": "allowlist_only",
    "ALERTS_WEBHOOK_ALLOW_LIST": ["127.0.0.0/8"],
    "ALERTS_WEBHOOK_DENY_NON_GLOBAL": False,
}
