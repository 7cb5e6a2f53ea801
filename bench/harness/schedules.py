"""Scheduled messages: many at the same moment, over several servers that share their records."""

import threading
import time
from contextlib import ExitStack

from . import mcp, processes
from .figures import Figure, Plan, absolute, at_most
from .journal import TOKEN, Ledger

MESSAGES = 1_000
SERVERS = 3
CALLERS = 4
TOOL = "webex-schedule-message"
ENDPOINT = "/mcp/webex"
# Scheduling all of them takes less; the first is not due before the last is scheduled.
AHEAD_SECONDS = 60
# So long after their time all have been sent, or something is broken.
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.1


def schedule(address: str, arguments: dict) -> None:
    connection = mcp.connect(address)
    mcp.call(connection, TOOL, arguments, ENDPOINT)
    connection.close()


def at_once(plan: Plan) -> list[Figure]:
    """A thousand messages for one moment, three servers on the same records: each is sent once."""
    with ExitStack() as running:
        sandbox = running.enter_context(processes.sandbox(plan.folder))
        ledger = Ledger(sandbox)
        addresses = [processes.free_address() for _ in range(SERVERS)]
        for number, address in enumerate(addresses):
            argv = processes.serve_argv(plan.folder, sandbox, address)
            output = running.enter_context((plan.folder / f"serve.{number}").open("wb"))
            token = {"WEBEX_ACCESS_TOKEN": TOKEN}
            server = processes.Process(argv, number % 2, token, plan.folder, stdout=output)
            running.enter_context(server.listening_on(address))
        due = int(time.time()) + AHEAD_SECONDS
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due))
        failed: list[str] = []

        def some(first: int) -> None:
            try:
                for number in range(first, MESSAGES, CALLERS):
                    asked = {"roomId": ledger.room, "text": f"message {number}", "at": at}
                    schedule(addresses[number % SERVERS], asked | {"timezone": "UTC"})
            except Exception as error:  # noqa: BLE001 - told below
                failed.append(f"{type(error).__name__}: {error}")

        began = time.monotonic()
        callers = [threading.Thread(target=some, args=(first,)) for first in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        scheduled_in = time.monotonic() - began
        if failed or time.time() >= due:
            raise processes.Broken(failed[0] if failed else "scheduling took too long")
        while sum((found := ledger.texts()).values()) < MESSAGES:
            if time.time() > due + PATIENCE_SECONDS:
                break
            time.sleep(POLL_SECONDS)
        sent_in = time.time() - due
        # Whoever sends one twice does it soon.
        time.sleep(2)
        found = ledger.texts()
    lost = MESSAGES - len(found)
    doubled = sum(1 for times in found.values() if times > 1)
    name = f"{MESSAGES:,} messages scheduled for one moment, {SERVERS} servers"
    none = at_most(0)
    return [
        absolute(f"{name}: not sent", lost, f"{lost}", none),
        absolute(f"{name}: doubled", doubled, f"{doubled}", none),
        absolute(f"{name}: all sent after", sent_in, f"{sent_in:.1f} s", at_most(60, " s")),
        Figure(f"{name}: scheduled", "", f"{MESSAGES / scheduled_in:,.0f}/s", "", "", None),
    ]


PARTS = (at_once,)
