"""The figures of the simulated Webex."""

import http.client
import json
import statistics
import subprocess
import time

from . import processes
from .figures import STARTS, Figure, Plan, absolute, at_least, at_most, compared, in_turn, loaded
from .processes import Process

TOKEN = "sandbox-alice"
CONNECTIONS = 16
# The allocator and the runtime have settled by then.
SETTLE_SECONDS = 0.5


def get(address: str, path: str) -> dict:
    """One read as Alice; anything but 200 is an error."""
    connection = http.client.HTTPConnection(address, timeout=processes.START_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise processes.Broken(f"the sandbox answered {answer.status} to {path}")
    return json.loads(body)


def reads_of(address: str) -> dict[str, str]:
    """What is read, by the name of its figure."""
    rooms = get(address, "/v1/rooms?max=1000")["items"]
    room = next(room["id"] for room in rooms if room["title"] == "Project Unicorn")
    message = get(address, f"/v1/messages?roomId={room}&max=1")["items"][0]["id"]
    return {
        "list of rooms": "/v1/rooms",
        "one room": f"/v1/rooms/{room}",
        "list of messages": f"/v1/messages?roomId={room}",
        "one message": f"/v1/messages/{message}",
        "people/me": "/v1/people/me",
        "list of meetings": "/v1/meetings",
    }


def sandbox_reads(plan: Plan) -> list[Figure]:
    """Throughput and latency beside a bare handler that returns the same bytes."""
    with processes.sandbox(plan.folder) as ours:
        paths = reads_of(ours.address)
        figures = []
        with processes.mirror(plan.folder, ours, TOKEN, list(paths.values())) as limit:
            for name, path in paths.items():
                measure = loaded(
                    plan, "reads", path=path, token=TOKEN, connections=CONNECTIONS
                )
                runs = in_turn(plan, measure, limit, ours)
                case = f"sandbox, {name}, {CONNECTIONS} connections"
                figures += [
                    compared(
                        f"{case}: throughput", "calls_per_second", "calls/s", runs, at_least(0.25)
                    ),
                    compared(f"{case}: p99", "p99_us", "µs", runs, None),
                ]
        return figures


def sandbox_start(plan: Plan) -> list[Figure]:
    """From exec to the first answer, and what the demo company takes."""
    elapsed_ms, mb = medians([first_read(plan) for _ in range(STARTS)])
    # The whole process: its world alone is less.
    memory = "sandbox, memory with the demo company"
    return [
        absolute(
            "sandbox, start to first answer", elapsed_ms, f"{elapsed_ms:.1f} ms", at_most(100, " ms")
        ),
        absolute(memory, mb, f"{mb:.1f} MB", at_most(30, " MB")),
    ]


def large_world(plan: Plan) -> list[Figure]:
    """A generated world is not kept in memory, so it costs what the small one does."""
    # A build without generated worlds has no such rows.
    asked = subprocess.run([processes.SERVER, "sandbox", "--help"], capture_output=True, text=True)
    if "--population" not in asked.stdout:
        return []
    large = ("--population", "large")
    elapsed_ms, mb = medians([first_read(plan, *large) for _ in range(STARTS)])
    world = "sandbox, 5,000,000 messages"
    return [
        Figure(f"{world}: start to first answer", "", f"{elapsed_ms:.0f} ms", "", "", None),
        Figure(f"{world}: memory", "", f"{mb:.1f} MB", "", "", None),
    ]


def medians(reads: list[tuple[float, int]]) -> tuple[float, float]:
    """Of milliseconds, and of KiB in MB."""
    elapsed_ms, kib = zip(*reads)
    return statistics.median(elapsed_ms), statistics.median(kib) * 1024 / 1e6


def first_read(plan: Plan, *arguments: str) -> tuple[float, int]:
    """Milliseconds from exec to the first answer, and the memory in KiB when it has settled."""
    address = processes.free_address()
    argv = [processes.SERVER, "sandbox", "--listen", address, *arguments]
    pipes = {"stdout": subprocess.DEVNULL}
    started = time.perf_counter()
    with Process(argv, processes.SERVER_CORE, folder=plan.folder, **pipes) as ours:
        ours.listening_on(address)
        get(address, "/v1/people/me")
        elapsed = time.perf_counter() - started
        get(address, "/v1/rooms")
        time.sleep(SETTLE_SECONDS)
        return elapsed * 1000, ours.memory_kib("VmRSS")


PARTS = (sandbox_reads, sandbox_start, large_world)
