"""Long work: what reaches whom when the server is killed in the middle, or Webex limits the rate."""

import signal
import time
from collections import Counter

from . import mcp, processes
from .figures import Figure, Plan, Wanted, absolute, at_most
from .journal import PAGE, TOKEN, Ledger

ITEMS = 500
KILLS = 10
# Killed so long after each start, in turn; 500 messages take a second or two.
LIVES_SECONDS = (0.15, 0.3, 0.2, 0.45, 0.25)
# A burst, then a wait: 500 messages meet the limit several times.
RATE_LIMIT = {"requests": 200, "perSecs": 2}
TRIES = 1_200
PAUSE_SECONDS = 0.1
ENDPOINT = "/mcp/webex-workflows"
BROADCAST = "webex-broadcast-message"


class Spaces:
    """The spaces that everything is sent to, and what Webex has of them."""

    def __init__(self, sandbox: processes.Process):
        self.ledger = Ledger(sandbox)
        titles = (f"Broadcast {number}" for number in range(ITEMS))
        self.ids = [self.ledger.ask("POST", "/v1/rooms", {"title": title})["id"] for title in titles]

    def reached(self, text: str) -> Counter:
        """How many spaces have the text how often."""
        times: Counter = Counter()
        for space in self.ids:
            page = self.ledger.ask("GET", f"/v1/messages?roomId={space}&max={PAGE}")
            times[sum(one["text"] == text for one in page["items"])] += 1
        return times


def call(address: str, arguments: dict) -> dict:
    """One call of the workflow; a server that has just been killed is asked again."""
    for _ in range(TRIES):
        connection = mcp.connect(address)
        try:
            result = mcp.call(connection, BROADCAST, arguments, ENDPOINT)
            return result["structuredContent"]
        except OSError:
            time.sleep(PAUSE_SECONDS)
        finally:
            connection.close()
    raise processes.Broken(f"{BROADCAST} was never answered")


def ended(address: str, told: dict) -> dict:
    """What the work came to."""
    while told["status"] == "running":
        told = call(address, {"workId": told["workId"]})
    return told


def planned(address: str, spaces: Spaces, text: str) -> str:
    return call(address, {"roomIds": spaces.ids, "text": text})["planId"]


def killed(plan: Plan) -> list[Figure]:
    """A broadcast whose server is killed again and again."""
    with processes.sandbox(plan.folder) as sandbox:
        spaces = Spaces(sandbox)
        address = processes.free_address()
        argv = processes.serve_argv(plan.folder, sandbox, address)

        def start() -> processes.Process:
            with (plan.folder / "serve.out").open("wb") as output:
                token = {"WEBEX_ACCESS_TOKEN": TOKEN}
                started = processes.Process(argv, 0, token, plan.folder, stdout=output)
            return started.listening_on(address)

        server = start()
        apply = {"planId": planned(address, spaces, "killed")}
        connection = mcp.connect(address)
        mcp.send(connection, "tools/call", {"name": BROADCAST, "arguments": apply}, ENDPOINT)
        kills = 0
        for kill in range(KILLS):
            time.sleep(LIVES_SECONDS[kill % len(LIVES_SECONDS)])
            is_under_way = spaces.ledger.ask("GET", f"/v1/messages?roomId={spaces.ids[-1]}")
            server.popen.send_signal(signal.SIGKILL)
            server.popen.wait()
            server.stop()
            kills += not is_under_way["items"]
            server = start()
        connection.close()
        for _ in range(TRIES):
            times = spaces.reached("killed")
            if times[0] == 0:
                break
            time.sleep(PAUSE_SECONDS)
        server.stop()
    name = f"broadcast to {ITEMS}, killed -9 {kills} times in the middle"
    once = Wanted(f"{ITEMS}", lambda value: value == ITEMS)
    return [
        absolute(f"{name}: reached once", times[1], f"{times[1]}", once),
        absolute(f"{name}: not or twice", ITEMS - times[1], f"{ITEMS - times[1]}", at_most(0)),
    ]


def limited(plan: Plan) -> list[Figure]:
    """A broadcast where Webex limits the rate of its person."""
    with processes.sandbox(plan.folder) as sandbox:
        spaces = Spaces(sandbox)
        address = processes.free_address()
        argv = processes.serve_argv(plan.folder, sandbox, address)
        with (plan.folder / "serve.out").open("wb") as output:
            token = {"WEBEX_ACCESS_TOKEN": TOKEN}
            server = processes.Process(argv, 0, token, plan.folder, stdout=output)
        with server.listening_on(address):
            apply = {"planId": planned(address, spaces, "limited")}
            spaces.ledger.ask("POST", "/_sandbox/rate-limit", RATE_LIMIT)
            told = ended(address, call(address, apply))
            spaces.ledger.answer("DELETE", "/_sandbox/rate-limit")
            times = spaces.reached("limited")
    shown = sum(one["became"] != "sent" for one in told["deliveries"])
    return [
        absolute(f"broadcast to {ITEMS} at a limited rate: refused", shown, f"{shown}", at_most(0)),
        absolute(
            f"broadcast to {ITEMS} at a limited rate: reached once",
            times[1],
            f"{times[1]}",
            Wanted(f"{ITEMS}", lambda value: value == ITEMS),
        ),
    ]


def broadcasts(plan: Plan) -> list[Figure]:
    return killed(plan) + limited(plan)


PARTS = (broadcasts,)
