"""What the journeys stand on: a running sandbox, a place that receives webhooks, a report.

Everything here speaks to the sandbox's administration or to its OAuth pages. The REST API itself is
left to the SDKs.
"""

from __future__ import annotations

import contextlib
import http.server
import queue
import sys
import threading
import time
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import requests

# The sandbox answers at once; whoever waits this long waits for nothing.
TIMEOUT_SECONDS = 10
# The demo integration, and one of its redirect URIs. Nobody listens there: a redirect is only read.
CLIENT_ID = "sandbox-integration"
CLIENT_SECRET = "sandbox-integration-secret"
REDIRECT_URI = "http://127.0.0.1:8484/oauth/callback"


class Report:
    """Prints and counts what held and what did not."""

    def __init__(self, sdk: str) -> None:
        self.sdk = sdk
        self.passed = 0
        self.failed = 0

    def check(self, what: str, held: bool, detail: Any = None) -> None:
        if held:
            self.passed += 1
            print(f"ok      {self.sdk}: {what}")
        else:
            self.failed += 1
            print(f"NOT OK  {self.sdk}: {what}: {detail!r}")

    def equal(self, what: str, actual: Any, expected: Any) -> None:
        self.check(what, actual == expected, f"{actual!r} instead of {expected!r}")

    def run(self, journey: Callable[[Sandbox, Report], None], sandbox: Sandbox) -> None:
        """A journey that breaks off fails; the next one starts all the same."""
        name = journey.__name__.replace("_", " ")
        try:
            journey(sandbox, self)
        except Exception as error:  # whatever an SDK raises, this journey is over
            traceback.print_exc(file=sys.stderr)
            self.check(f"{name}: reaches its end", False, error)


@dataclass
class Person:
    """Somebody of the demo company."""

    id: str
    name: str
    email: str
    token: str


class Sandbox:
    """A running `webex-mcp sandbox`, and its administration."""

    def __init__(self, base: str) -> None:
        self.base = base
        # One of the SDKs needs the final slash, the other one cannot have it.
        self.api = f"{base}/v1"
        self.people = {
            one["token"].removeprefix("sandbox-"): Person(one["id"], one["displayName"], one["email"], one["token"])
            for one in self.admin("GET", "people")["items"]
        }

    def __getattr__(self, name: str) -> Person:
        """A person by the name in their token: `sandbox.alice`."""
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.base}/_sandbox/{path}", json=body, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def now(self) -> datetime:
        return datetime.fromisoformat(self.admin("GET", "clock")["now"])

    def after(self, **delta: float) -> str:
        """A time so long from now, as meetings are written: to the minute."""
        moment = (self.now() + timedelta(**delta)).replace(second=0, microsecond=0)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def advance(self, seconds: float) -> None:
        self.admin("POST", "clock", {"advanceSecs": int(seconds)})

    def meet(self, meeting_id: str, action: str, **fields: Any) -> str:
        """Does something in a meeting, and answers the id of its instance."""
        return self.admin("POST", "meetings", {"meetingId": meeting_id, "action": action, **fields})["meetingId"]

    def fault(self, path: str, kind: str, times: int = 1, **fields: Any) -> None:
        """The next requests of this path meet this fault."""
        self.admin("POST", "faults", {"path": path, "times": times, "fault": {"kind": kind, **fields}})

    def statuses(self, act: Callable[[], Any]) -> list[int]:
        """The statuses of the requests that something makes, in order."""
        self.admin("DELETE", "calls")
        act()
        return [call["status"] for call in self.admin("GET", "calls")["items"]]

    @contextlib.contextmanager
    def rate_limit(self, requests_: int, per_seconds: int) -> Iterator[None]:
        self.admin("POST", "rate-limit", {"requests": requests_, "perSecs": per_seconds})
        try:
            yield
        finally:
            self.admin("DELETE", "rate-limit")

    @contextlib.contextmanager
    def naps(self) -> Iterator[list[float]]:
        """Collects the seconds an SDK wants to sleep; the sandbox's clock moves instead."""
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            self.advance(seconds)

        with mock.patch.object(time, "sleep", sleep):
            yield slept

    def consent(self, authorize_url: str, person: Person, decision: str = "accept") -> dict[str, str]:
        """What a browser brings back from the consent page once this person has answered."""
        page = requests.get(authorize_url, timeout=TIMEOUT_SECONDS)
        page.raise_for_status()
        answer = {"person": person.id, "decision": decision}
        sent = requests.post(authorize_url, data=answer, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        assert sent.status_code in (302, 303), sent.text
        query = urllib.parse.urlsplit(sent.headers["Location"]).query
        return dict(urllib.parse.parse_qsl(query))

    def download(self, url: str, token: str) -> requests.Response:
        """A file's content: neither SDK has a call for it."""
        return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_SECONDS)


@dataclass
class Delivery:
    """One webhook delivery as it came over the wire."""

    signature: str | None
    body: bytes


class Receiver:
    """A web server on a port of the system's choice that keeps what webhooks bring."""

    def __init__(self) -> None:
        self.deliveries: queue.Queue[Delivery] = queue.Queue()
        deliveries = self.deliveries

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()
                deliveries.put(Delivery(self.headers.get("X-Spark-Signature"), body))

            def log_message(self, *_: Any) -> None:
                """Silence: the report says what came."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()

    def next(self) -> Delivery:
        return self.deliveries.get(timeout=TIMEOUT_SECONDS)
