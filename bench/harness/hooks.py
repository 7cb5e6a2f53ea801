"""Webhooks that come in: what a receiver keeps that is killed again and again."""

import contextlib
import hashlib
import hmac
import json
import sqlite3
import statistics
import time

from . import killing, mcp, processes
from .figures import Figure, Plan, Wanted, absolute, at_most

PER_SECOND = 100
SECONDS = 60
DELIVERIES = PER_SECOND * SECONDS
SENDERS = 16
# Killed this long after each start, in turn.
LIVES_SECONDS = (4.0, 7.0, 2.5, 0.4, 9.0)
TOKEN = "sandbox-alice"


class Sender(killing.User):
    """Delivers as Webex does: in time, and each delivery until it is taken."""

    def __init__(self, number: int, address: str, path: str, secret: str, begin: float):
        super().__init__(address)
        self.number, self.path = number, path
        self.secret, self.begin = secret.encode(), begin
        self.took_ms: list[float] = []

    def use(self) -> None:
        for delivery in range(self.number, DELIVERIES, SENDERS):
            due = self.begin + delivery / PER_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            self.until_taken(delivery)

    def until_taken(self, delivery: int) -> None:
        told = {"resource": "messages", "event": "created", "data": {"id": f"message-{delivery}"}}
        body = json.dumps(told).encode()
        tag = hmac.new(self.secret, body, hashlib.sha1).hexdigest()
        for _ in range(killing.TRIES):
            began = time.monotonic()
            answer = self.post(self.path, body, {"X-Spark-Signature": tag})
            if answer and 200 <= answer[0] < 300:
                self.took_ms.append(1_000 * (time.monotonic() - began))
                return
            time.sleep(killing.PAUSE_SECONDS)
        raise processes.Broken(f"delivery {delivery} was never taken")


def created(address: str, sandbox: processes.Process) -> tuple[str, str]:
    """The path and the secret of a webhook that comes in; Webex shows its creator the secret."""
    arguments = {"name": "Hook", "targetUrl": "self", "resource": "messages", "event": "created"}
    with contextlib.closing(mcp.connect(address)) as connection:
        mcp.call(connection, "webex-create-webhook", arguments)
    with contextlib.closing(mcp.connect(sandbox.address)) as connection:
        connection.request("GET", "/v1/webhooks", headers={"Authorization": f"Bearer {TOKEN}"})
        (webhook,) = json.loads(connection.getresponse().read())["items"]
    return webhook["targetUrl"].removeprefix(f"http://{address}"), webhook["secret"]


def deliveries(plan: Plan) -> list[Figure]:
    """A hundred deliveries in a second for a minute, to a receiver that is killed meanwhile."""
    with processes.sandbox(plan.folder) as sandbox:
        settings = {
            "WEBEX_ACCESS_TOKEN": TOKEN,
            "WEBEX_MCP_WEBHOOKS_ALLOW_PRIVATE_TARGETS": "true",
        }
        server = killing.Server(plan.folder, sandbox, settings)
        path, secret = created(server.address, sandbox)
        begin = time.monotonic()
        senders = [Sender(one, server.address, path, secret, begin) for one in range(SENDERS)]
        server.kill_while_used(senders, LIVES_SECONDS)
    records = f"file:{plan.folder / 'data' / 'records.db'}?mode=ro"
    with contextlib.closing(sqlite3.connect(records, uri=True)) as database:
        query = "SELECT count(*), count(DISTINCT key) FROM inbox"
        stored, different = database.execute(query).fetchone()
    took = sorted(one for sender in senders for one in sender.took_ms)
    p99 = statistics.quantiles(took, n=100)[98]
    name = f"{PER_SECOND} deliveries/s for {SECONDS} s, {server.kills} kills"
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
