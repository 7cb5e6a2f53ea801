"""Webhooks that come in: what a receiver keeps that is killed again and again."""

import contextlib
import hashlib
import hmac
import http.client
import json
import signal
import sqlite3
import statistics
import threading
import time

from . import mcp, processes
from .figures import Figure, Plan, Wanted, absolute, at_most

PER_SECOND = 100
SECONDS = 60
DELIVERIES = PER_SECOND * SECONDS
SENDERS = 16
# Killed this long after each start, in turn.
LIVES_SECONDS = (4.0, 7.0, 2.5, 0.4, 9.0)
TOKEN = "sandbox-alice"
# A receiver is back in milliseconds; so many tries mean that it never will be.
TRIES = 5_000
PAUSE_SECONDS = 0.005


class Sender(threading.Thread):
    """Delivers as Webex does: in time, and each delivery until it is taken."""

    def __init__(self, number: int, address: str, path: str, secret: str, begin: float):
        super().__init__(daemon=True)
        self.number, self.address, self.path = number, address, path
        self.secret, self.begin = secret.encode(), begin
        self.connection: http.client.HTTPConnection | None = None
        self.took_ms: list[float] = []
        self.failed = ""

    def run(self) -> None:
        try:
            for delivery in range(self.number, DELIVERIES, SENDERS):
                due = self.begin + delivery / PER_SECOND
                time.sleep(max(0.0, due - time.monotonic()))
                self.until_taken(delivery)
        except Exception as error:  # noqa: BLE001 - the thread that waits for it tells it
            self.failed = f"{type(error).__name__}: {error}"

    def until_taken(self, delivery: int) -> None:
        told = {"resource": "messages", "event": "created", "data": {"id": f"message-{delivery}"}}
        body = json.dumps(told).encode()
        tag = hmac.new(self.secret, body, hashlib.sha1).hexdigest()
        for _ in range(TRIES):
            began = time.monotonic()
            if self.is_taken(body, tag):
                self.took_ms.append(1_000 * (time.monotonic() - began))
                return
            time.sleep(PAUSE_SECONDS)
        raise processes.Broken(f"delivery {delivery} was never taken")

    def is_taken(self, body: bytes, tag: str) -> bool:
        try:
            if self.connection is None:
                self.connection = mcp.connect(self.address)
            self.connection.request("POST", self.path, body, {"X-Spark-Signature": tag})
            answer = self.connection.getresponse()
            answer.read()
            return 200 <= answer.status < 300
        except (OSError, http.client.HTTPException):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return False


def created(address: str, sandbox: processes.Process) -> tuple[str, str]:
    """The path and the secret of a webhook that comes in; Webex shows its creator the secret."""
    arguments = {"name": "Hook", "targetUrl": "self", "resource": "messages", "event": "created"}
    params = {"name": "webex-create-webhook", "arguments": arguments}
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": mcp.REVISION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "webex-create-webhook",
    }
    with contextlib.closing(mcp.connect(address)) as connection:
        body = json.dumps(mcp.request("tools/call", params))
        connection.request("POST", mcp.ENDPOINT, body, headers)
        connection.getresponse().read()
    with contextlib.closing(mcp.connect(sandbox.address)) as connection:
        connection.request("GET", "/v1/webhooks", headers={"Authorization": f"Bearer {TOKEN}"})
        (webhook,) = json.loads(connection.getresponse().read())["items"]
    return webhook["targetUrl"].removeprefix(f"http://{address}"), webhook["secret"]


def deliveries(plan: Plan) -> list[Figure]:
    """A hundred deliveries in a second for a minute, to a receiver that is killed meanwhile."""
    with processes.sandbox(plan.folder) as sandbox:
        address = processes.free_address()
        argv = processes.serve_argv(plan.folder, sandbox, address)
        settings = {
            "WEBEX_ACCESS_TOKEN": TOKEN,
            "WEBEX_MCP_WEBHOOKS_ALLOW_PRIVATE_TARGETS": "true",
        }

        def start() -> processes.Process:
            with (plan.folder / "serve.out").open("wb") as output:
                started = processes.Process(argv, 0, settings, plan.folder, stdout=output)
            return started.listening_on(address)

        server = start()
        path, secret = created(address, sandbox)
        begin = time.monotonic()
        senders = [Sender(one, address, path, secret, begin) for one in range(SENDERS)]
        for sender in senders:
            sender.start()
        killed = 0
        while any(sender.is_alive() for sender in senders):
            deadline = time.monotonic() + LIVES_SECONDS[killed % len(LIVES_SECONDS)]
            while time.monotonic() < deadline and any(one.is_alive() for one in senders):
                time.sleep(0.01)
            if not any(sender.is_alive() for sender in senders):
                break
            server.popen.send_signal(signal.SIGKILL)
            server.popen.wait()
            server.stop()
            killed += 1
            server = start()
        server.stop()
    broken = [sender.failed for sender in senders if sender.failed]
    if broken:
        raise processes.Broken(broken[0])
    records = f"file:{plan.folder / 'data' / 'records.db'}?mode=ro"
    with contextlib.closing(sqlite3.connect(records, uri=True)) as database:
        query = "SELECT count(*), count(DISTINCT key) FROM inbox"
        stored, different = database.execute(query).fetchone()
    took = sorted(one for sender in senders for one in sender.took_ms)
    p99 = statistics.quantiles(took, n=100)[98]
    name = f"{PER_SECOND} deliveries/s for {SECONDS} s, {killed} kills"
    lost, twice = DELIVERIES - different, stored - different
    return [
        absolute(f"{name}: taken and lost", lost, f"{lost}", at_most(0)),
        absolute(f"{name}: stored twice", twice, f"{twice}", at_most(0)),
        absolute(
            f"{name}: in the inbox",
            stored,
            f"{stored:,}",
            Wanted(f"{DELIVERIES:,}", lambda value: value == DELIVERIES),
        ),
        absolute(f"{name}: answered, p99", p99, f"{p99:.1f} ms", at_most(1_000, " ms")),
    ]


PARTS = (deliveries,)
