"""Long work: what reaches whom when the server is killed in the middle, or Webex limits the rate."""

import json
import time
from collections import Counter

from . import killing, mcp, processes
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


EXPORTED = 1_000_000
# A generated person who is in the one generated space.
MEMBER = "sandbox-person-000000"
EXPORT = "webex-export-space"
MEGABYTE = 1024


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


def call(address: str, arguments: dict, tool: str = BROADCAST) -> dict:
    """One call of a workflow; a server that has just been killed is asked again."""
    for _ in range(TRIES):
        connection = mcp.connect(address)
        try:
            result = mcp.call(connection, tool, arguments, ENDPOINT)
            return result["structuredContent"]
        except OSError:
            time.sleep(PAUSE_SECONDS)
        finally:
            connection.close()
    raise processes.Broken(f"{tool} was never answered")


def ended(address: str, told: dict, tool: str = BROADCAST) -> dict:
    """What the work came to."""
    while told["status"] == "running":
        told = call(address, {"workId": told["workId"]}, tool)
    return told


def planned(address: str, spaces: Spaces, text: str) -> str:
    return call(address, {"roomIds": spaces.ids, "text": text})["planId"]


def killed(plan: Plan) -> list[Figure]:
    """A broadcast whose server is killed again and again."""
    with processes.sandbox(plan.folder) as sandbox:
        spaces = Spaces(sandbox)
        server = killing.Server(plan.folder, sandbox, {"WEBEX_ACCESS_TOKEN": TOKEN})
        address = server.address
        apply = {"planId": planned(address, spaces, "killed")}
        connection = mcp.connect(address)
        mcp.send(connection, "tools/call", {"name": BROADCAST, "arguments": apply}, ENDPOINT)
        in_the_middle = 0
        for kill in range(KILLS):
            time.sleep(LIVES_SECONDS[kill % len(LIVES_SECONDS)])
            is_under_way = spaces.ledger.ask("GET", f"/v1/messages?roomId={spaces.ids[-1]}")
            server.kill()
            in_the_middle += not is_under_way["items"]
        connection.close()
        for _ in range(TRIES):
            times = spaces.reached("killed")
            if times[0] == 0:
                break
            time.sleep(PAUSE_SECONDS)
        server.process.stop()
    name = f"broadcast to {ITEMS}, killed -9 {in_the_middle} times in the middle"
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
        token = {"WEBEX_ACCESS_TOKEN": TOKEN}
        with processes.serve(plan.folder, argv, address, token):
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


def exports(plan: Plan) -> list[Figure]:
    """A space of a million messages to a file: the most memory that the server has."""
    with processes.sandbox(plan.folder, "--population", f"10,1,{EXPORTED}") as sandbox:
        connection = mcp.connect(sandbox.address)
        connection.request("GET", "/v1/rooms", headers={"Authorization": f"Bearer {MEMBER}"})
        rooms = json.loads(connection.getresponse().read())["items"]
        connection.close()
        address = processes.free_address()
        argv = processes.serve_argv(plan.folder, sandbox, address)
        token = {"WEBEX_ACCESS_TOKEN": MEMBER}
        with processes.serve(plan.folder, argv, address, token) as server:
            began = time.monotonic()
            told = call(address, {"roomId": rooms[0]["id"]}, EXPORT)
            told = ended(address, told, EXPORT)
            seconds = time.monotonic() - began
            peak = server.memory_kib("VmHWM") / MEGABYTE
    name = f"export of {EXPORTED:,} messages"
    all_of_it = Wanted(f"≥ {EXPORTED:,}", lambda value: value >= EXPORTED)
    return [
        absolute(f"{name}: peak memory", peak, f"{peak:.1f} MiB", at_most(64, " MiB")),
        absolute(f"{name}: messages", told["messages"], f"{told['messages']:,}", all_of_it),
        Figure(f"{name}: a second", "", f"{told['messages'] / seconds:,.0f}", "", "", None),
    ]


PARTS = (broadcasts, exports)
