"""The journal: what a journaled write costs beside the disk, and what a killed server keeps."""

import json
import time
from collections import Counter

from . import killing, mcp, processes
from .figures import Figure, Plan, Wanted, absolute, at_most

CALLS = 20_000
CALLERS = 16
# Killed this long after each start, in turn: in the middle of starting, working and committing.
LIVES_SECONDS = (0.4, 1.1, 0.7, 1.9, 0.25, 1.4)
TOKEN = "sandbox-alice"
PAGE = 1_000


class Ledger:
    """What Webex has: the messages of one space, read from the sandbox itself."""

    def __init__(self, sandbox: processes.Process):
        self.address = sandbox.address
        self.room = self.ask("POST", "/v1/rooms", {"title": "Ledger"})["id"]

    def ask(self, method: str, path: str, body: dict | None = None) -> dict:
        answer, _ = self.answer(method, path, body)
        return answer

    def answer(self, method: str, path: str, body: dict | None = None):
        connection = mcp.connect(self.address)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        document = json.loads(answer.read() or b"null")
        link = answer.headers.get("Link")
        connection.close()
        return document, link

    def texts(self, whole: bool = True) -> Counter:
        """How often each text was posted; the newest page alone where that is enough."""
        found: Counter = Counter()
        path = f"/v1/messages?roomId={self.room}&max={PAGE}"
        while path:
            page, link = self.answer("GET", path)
            found.update(item["text"] for item in page["items"])
            path = link.split("<", 1)[1].split(">", 1)[0] if whole and link else None
            if path:
                path = path[path.index("/v1/") :]
        return found


class Caller(killing.User):
    """Makes its calls one after the other, each until it knows what became of it."""

    def __init__(self, number: int, address: str, ledger: Ledger):
        super().__init__(address)
        self.number, self.ledger = number, ledger
        self.unknown = 0

    def use(self) -> None:
        for call in range(self.number, CALLS, CALLERS):
            self.until_known(f"call {call}", f"call-{call}")

    def until_known(self, text: str, key: str) -> None:
        for _ in range(killing.TRIES):
            told = self.once(text, key)
            code = told.get("code") if told else "no answer"
            if code is None:
                return
            if code == "outcome_unknown":
                self.unknown += 1
                if text in self.ledger.texts(whole=False):
                    return
                key += "-again"
            elif code in ("no answer", "conflict", "unavailable", "rate_limited"):
                time.sleep(killing.PAUSE_SECONDS)
            else:
                raise processes.Broken(f"{text}: {told}")
        raise processes.Broken(f"{text} was never answered")

    def once(self, text: str, key: str) -> dict | None:
        arguments = {"roomId": self.ledger.room, "text": text}
        params = {"name": "webex-create-message", "arguments": arguments}
        headers = mcp.headers("tools/call", params) | {"Idempotency-Key": key}
        body = json.dumps(mcp.request("tools/call", params)).encode()
        answer = self.post(mcp.ENDPOINT, body, headers)
        try:
            return json.loads(answer[1])["result"]["structuredContent"] if answer else None
        except (ValueError, KeyError):
            return None


def kills(plan: Plan) -> list[Figure]:
    """A server that is killed again and again during keyed writes, restarted at once each time."""
    with processes.sandbox(plan.folder) as sandbox:
        ledger = Ledger(sandbox)
        server = killing.Server(plan.folder, sandbox, {"WEBEX_ACCESS_TOKEN": TOKEN})
        callers = [Caller(number, server.address, ledger) for number in range(CALLERS)]
        server.kill_while_used(callers, LIVES_SECONDS)
        found = ledger.texts()
    wanted = {f"call {call}" for call in range(CALLS)}
    lost = len(wanted - set(found))
    doubled = sum(1 for text, times in found.items() if times > 1)
    unknown = sum(caller.unknown for caller in callers)
    name = f"kill -9, {CALLS:,} keyed writes, {CALLERS} callers, {server.kills} kills"
    nothing = at_most(0)
    return [
        absolute(f"{name}: lost", lost, f"{lost}", nothing),
        absolute(f"{name}: doubled", doubled, f"{doubled}", nothing),
        absolute(
            f"{name}: outcome_unknown",
            unknown,
            f"{unknown}",
            at_most(CALLERS * server.kills),
        ),
        absolute(
            f"{name}: in the ledger",
            sum(found.values()),
            f"{sum(found.values()):,}",
            Wanted(f"{CALLS:,}", lambda value: value == CALLS),
        ),
    ]


def writes(plan: Plan) -> list[Figure]:
    """A journaled write beside the disk's own, alone and in company; recovery and verification."""
    found = processes.report([processes.JOURNAL, "--folder", plan.folder], {})
    lone = found["lone_ms"]
    bound = 1.5 * found["sync_ms"] + 0.3
    return [
        Figure(
            "journaled write, alone",
            f"{found['sync_ms']:.3f} ms a sync",
            f"{lone:.3f} ms, {found['lone_syncs']:.2f} syncs",
            f"{lone / found['sync_ms']:.2f}",
            f"≤ 1.5 syncs + 0.3 ms = {bound:.3f} ms",
            lone <= bound,
        ),
        Figure(
            "journaled writes, 64 callers",
            f"{1_000 / found['sync_ms']:,.0f} syncs/s",
            f"{found['group_per_second']:,.0f} writes/s, {found['group_syncs_per_second']:,.0f} syncs/s",
            "",
            "≥ 5,000 writes/s where the disk allows 500 syncs/s",
            found["group_per_second"] >= 5_000,
        ),
        absolute(
            "journal of 1,000,000 entries: start to ready",
            found["recovery_ms"],
            f"{found['recovery_ms']:,.0f} ms",
            at_most(1_000, " ms"),
        ),
        Figure(
            "audit verify, 1,000,000 entries",
            f"{found['read_and_hash_ms']:,.0f} ms to read and hash",
            f"{found['verify_ms']:,.0f} ms",
            f"{found['verify_ms'] / found['read_and_hash_ms']:.2f}",
            "≤ 2",
            found["verify_ms"] <= 2 * found["read_and_hash_ms"],
        ),
    ]


PARTS = (writes, kills)
