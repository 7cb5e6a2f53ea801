"""Every figure: how it is measured, what is wanted."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import mcp, processes
from .processes import Process

# Enough starts for a median that one interruption does not move.
STARTS = 15
# The allocator and the runtime have settled by then.
IDLE_SECONDS = 1.0
# One lookup more than this many calls would show in the second decimal.
NAMED_CALLS = 200
FILE_BYTES = 100_000_000
STREAMS = 10_000
STREAM_HOLD_SECONDS = 20
SESSIONS = 2_000
SESSION_CAP = 2_048
SESSION_CALLER_CAP = 1_024


@dataclass(frozen=True)
class Wanted:
    """A bound on a figure, and how it reads."""

    text: str
    holds: Callable[[float], bool]


def at_most(bound: float, unit: str = "") -> Wanted:
    return Wanted(f"≤ {bound:g}{unit}", lambda value: value <= bound)


def at_least(bound: float, unit: str = "") -> Wanted:
    return Wanted(f"≥ {bound:g}{unit}", lambda value: value >= bound)


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    limit: str
    ours: str
    ratio: str
    wanted: str
    met: bool | None


@dataclass(frozen=True)
class Plan:
    """How long is measured, and where files may lie."""

    rounds: int
    seconds: float
    folder: Path


def absolute(name: str, value: float, shown: str, wanted: Wanted) -> Figure:
    return Figure(name, "", shown, "", wanted.text, wanted.holds(value))


def compared(name: str, field: str, unit: str, runs: list, wanted: Wanted | None) -> Figure:
    """The median of the rounds' ratios, beside both sides' own medians."""
    limit = statistics.median(one[field] for one, _ in runs)
    ours = statistics.median(other[field] for _, other in runs)
    ratio = statistics.median(other[field] / one[field] for one, other in runs)
    sides = [f"{value:,.0f} {unit}" for value in (limit, ours)]
    text, met = (wanted.text, wanted.holds(ratio)) if wanted else ("", None)
    return Figure(name, *sides, f"{ratio:.2f}", text, met)


def in_turn(plan: Plan, measure: Callable, limit, ours) -> list:
    """Short rounds in turn, so that what else the machine does falls on both."""
    return [(measure(limit), measure(ours)) for _ in range(plan.rounds)]


def loaded(plan: Plan, command: str, **options) -> Callable[[Process], dict]:
    """The driver's command, to be measured against one side after the other."""

    def measure(side: Process) -> dict:
        report = processes.load(command, side, seconds=plan.seconds, **options)
        if report["errors"]:
            raise processes.Broken(f"{side.name} answered wrongly: {report['first_error']}")
        return report

    return measure


def alternate(plan: Plan, limit: Process, ours: Process, tool_call: str, connections: int) -> list:
    measure = loaded(plan, "calls", tool_call=tool_call, connections=connections)
    return in_turn(plan, measure, limit, ours)


def calls(plan: Plan) -> list[Figure]:
    """Processor time, throughput and latency beside the limits, and the peak of memory."""
    with ExitStack() as stack:
        stub = stack.enter_context(processes.stub(plan.folder))
        sides = {
            which: stack.enter_context(processes.limit(plan.folder, stub, which))
            for which in processes.LIMITS
        }
        for name, program in (("release", processes.RELEASE), ("ours", processes.SERVER)):
            folder = plan.folder / name
            folder.mkdir()
            server = processes.server(folder, stub, program=program)
            sides[name] = stack.enter_context(server)
        figures = lone_reads(plan, sides)
        for connections in (16, 64):
            figures += reads(plan, sides, connections)
        peak = sides["ours"].memory_kib("VmHWM") / 1024
        name = "peak memory, reads at 64 connections"
        figures.append(absolute(name, peak, f"{peak:.1f} MiB", at_most(48, " MiB")))
        return figures + lists(plan, sides)


def rounds_of(plan: Plan, sides: dict, tool_call: str, connections: int) -> Callable:
    """Measures all sides in turn; gives the pairs of two of them, round by round."""
    measure = loaded(plan, "calls", tool_call=tool_call, connections=connections)
    rounds = [{name: measure(side) for name, side in sides.items()} for _ in range(plan.rounds)]
    return lambda one, other="ours": [(round[one], round[other]) for round in rounds]


def lone_reads(plan: Plan, sides: dict) -> list[Figure]:
    """Alone, a caller waits for the clock, not for the processor: only its latency counts."""
    pairs = rounds_of(plan, sides, "message", 1)
    name = "read of 2 KB, 1 connection: p50, to"
    return [
        compared(f"{name} bare hyper", "p50_us", "µs", pairs("bare hyper"), at_most(1.4)),
        compared(f"{name} plain rmcp", "p50_us", "µs", pairs("plain rmcp"), None),
    ]


def reads(plan: Plan, sides: dict, connections: int) -> list[Figure]:
    pairs = rounds_of(plan, sides, "message", connections)
    case, cpu = f"read of 2 KB, {connections} connections", "cpu_us_per_call"
    name = f"{case}: CPU per call, to"
    figures = [
        compared(f"{name} bare hyper", cpu, "µs", pairs("bare hyper"), at_most(1.9)),
        compared(f"{name} plain rmcp", cpu, "µs", pairs("plain rmcp"), at_most(0.9)),
        compared(f"{name} axum", cpu, "µs", pairs("axum"), None),
    ]
    rate, wanted = pairs("bare hyper"), at_least(0.55) if connections == 16 else None
    name = f"{case}: throughput, to bare hyper"
    figures.append(compared(name, "calls_per_second", "calls/s", rate, wanted))
    name = f"{case}: CPU per call, release to dist"
    figures.append(compared(name, cpu, "µs", pairs("ours", "release"), at_most(1.25)))
    return figures


def lists(plan: Plan, sides: dict) -> list[Figure]:
    pairs = rounds_of(plan, sides, "list", 16)
    name, cpu = "list of 100 messages, 16 connections: CPU per call, to", "cpu_us_per_call"
    return [
        compared(f"{name} bare hyper", cpu, "µs", pairs("bare hyper"), at_most(1.4)),
        compared(f"{name} plain rmcp", cpu, "µs", pairs("plain rmcp"), at_most(0.75)),
    ]


def compared_with(before: Path, plan: Plan) -> list[Figure]:
    """Processor time of reads, beside an earlier build of the server."""
    older = plan.folder / "before"
    older.mkdir()
    with (
        processes.stub(plan.folder) as stub,
        processes.server(older, stub, program=before) as then,
        processes.server(plan.folder, stub) as now,
    ):
        figures = []
        for tool_call, case in (("message", "read of 2 KB"), ("list", "list of 100 messages")):
            for connections in (1, 16, 64):
                runs = alternate(plan, then, now, tool_call, connections)
                name = f"{case}, {connections} connection{'s' * (connections > 1)}: CPU per call"
                figures.append(compared(name, "cpu_us_per_call", "µs", runs, at_most(1.05)))
        return figures


def slow_webex(plan: Plan) -> list[Figure]:
    """Waiting must not cost throughput."""
    with (
        processes.stub(plan.folder, delay_ms=100) as stub,
        processes.limit(plan.folder, stub) as limit,
        processes.server(plan.folder, stub) as ours,
    ):
        runs = alternate(plan, limit, ours, "message", 256)
        name = "Webex takes 100 ms, 256 callers: throughput"
        return [compared(name, "calls_per_second", "calls/s", runs, at_least(0.95))]


def wire_calls(plan: Plan) -> list[Figure]:
    """A name that was found once costs nothing more."""
    with processes.stub(plan.folder) as stub, processes.server(plan.folder, stub) as ours:
        connection = mcp.connect(ours.address)
        arguments = {"roomId": "Project Unicorn", "max": 1}
        mcp.call(connection, "webex-get-message", arguments)
        before = sum(processes.counted(stub).values())
        for _ in range(NAMED_CALLS):
            mcp.call(connection, "webex-get-message", arguments)
        each = (sum(processes.counted(stub).values()) - before) / NAMED_CALLS
        name = "Webex calls per call, space by its name, name warm"
        return [absolute(name, each, f"{each:.2f}", at_most(1))]


def start(plan: Plan) -> list[Figure]:
    """From exec to the first answer, and what an idle server holds."""
    with processes.stub(plan.folder) as stub:
        milliseconds = [first_answer_ms(plan, stub) for _ in range(STARTS)]
        with processes.server(plan.folder, stub) as ours:
            time.sleep(IDLE_SECONDS)
            idle = ours.memory_kib("VmRSS") / 1024
    median = statistics.median(milliseconds)
    return [
        absolute(
            "start to first tools/list answer", median, f"{median:.1f} ms", at_most(25, " ms")
        ),
        absolute("idle memory with --upstream", idle, f"{idle:.1f} MiB", at_most(24, " MiB")),
    ]


def first_answer_ms(plan: Plan, stub: Process) -> float:
    address = processes.free_address()
    argv = processes.serve_argv(plan.folder, stub, address)
    token = {"WEBEX_ACCESS_TOKEN": "bench"}
    started = time.perf_counter()
    pipes = {"stdout": subprocess.DEVNULL}
    with Process(argv, processes.SERVER_CORE, token, plan.folder, **pipes) as ours:
        ours.listening_on(address)
        listed = mcp.ask(mcp.connect(address), "tools/list", {})
        elapsed = time.perf_counter() - started
        if not listed["tools"]:
            raise processes.Broken("tools/list is empty")
        return elapsed * 1000


def held(plan: Plan) -> list[Figure]:
    """Callers who are there and do nothing, up to the caps."""
    with processes.stub(plan.folder) as stub:
        with processes.server(plan.folder, stub, auth="passthrough") as ours:
            sessions = processes.load(
                "sessions", ours, count=SESSIONS, cap=SESSION_CAP, caller_cap=SESSION_CALLER_CAP
            )
        with processes.server(plan.folder, stub) as ours:
            streams = processes.load(
                "listen", ours, count=STREAMS, hold_seconds=STREAM_HOLD_SECONDS
            )
    kib = at_most(40, " KiB")
    wanted_sessions = Wanted(f"{SESSION_CAP:,}, then 503", lambda held: held == SESSION_CAP)
    wanted_streams = Wanted(f"{STREAMS:,}, then refused", lambda held: held == STREAMS)
    statuses = (sessions["last_status"], sessions["crowded_caller_status"])
    holds_sessions = statuses == (503, 503) and sessions["held"] == SESSION_CAP
    refused = streams["refusal"] is not None and streams["call_meanwhile_status"] == 200
    refusal = (streams["refusal"] or "never refused").split(" ", 2)[:2]
    return [
        absolute("memory per idle session", sessions["kib_each"],
                 f"{sessions['kib_each']:.1f} KiB", kib),
        Figure("sessions held", "", f"{sessions['held']:,}, then {statuses[0]}", "",
               wanted_sessions.text, holds_sessions),
        absolute("memory per idle listen stream", streams["kib_each"],
                 f"{streams['kib_each']:.1f} KiB", kib),
        Figure("listen streams held", "", f"{streams['held']:,}, then {' '.join(refusal)}", "",
               wanted_streams.text, refused and streams["held"] == STREAMS),
    ]


def files(plan: Plan) -> list[Figure]:
    """A large file passes through in small pieces."""
    with processes.stub(plan.folder) as stub:
        with processes.server(plan.folder, stub) as ours:
            down = download_growth_mb(stub, ours)
        up = upload_growth_mb(plan, stub)
    bound = at_most(16, " MB")
    return [
        absolute("memory growth, 100 MB down a signed link", down, f"{down:.1f} MB", bound),
        absolute("memory growth, 100 MB up from a path over stdio", up, f"{up:.1f} MB", bound),
    ]


def download_growth_mb(stub: Process, ours: Process) -> float:
    connection = mcp.connect(ours.address)
    file = {"fileUrl": f"http://{stub.address}/v1/contents/{mcp.webex_id('CONTENT')}"}
    content = mcp.call(connection, "webex-download-file", file)["content"]
    links = [block["uri"] for block in content if block["type"] == "resource_link"]
    if not links:
        raise processes.Broken("webex-download-file gave no link for a file of 100 MB")
    ours.forget_peak()
    before = ours.memory_kib("VmRSS")
    host, path = links[0].removeprefix("http://").split("/", 1)
    connection = mcp.connect(host)
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    received = 0
    while piece := answer.read(1 << 20):
        received += len(piece)
    if received != FILE_BYTES:
        raise processes.Broken(f"the link gave {received} bytes, not {FILE_BYTES}")
    return (ours.memory_kib("VmHWM") - before) * 1024 / 1e6


def upload_growth_mb(plan: Plan, stub: Process) -> float:
    uploads = plan.folder / "uploads"
    uploads.mkdir()
    path = uploads / "plan.pdf"
    path.write_bytes(b"%PDF-1.7\n")
    os.truncate(path, FILE_BYTES)
    argv = [processes.SERVER, "stdio"]
    variables = {
        "WEBEX_ACCESS_TOKEN": "bench",
        "WEBEX_BASE_URL": f"http://{stub.address}/v1",
        "WEBEX_MCP_FILES_UPLOAD_DIRS": str(uploads),
        "WEBEX_MCP_DATA_DIR": str(plan.folder / "data"),
    }
    before_bytes = processes.counted(stub)["received bytes"]
    pipes = {"stdin": subprocess.PIPE}
    with Process(argv, processes.SERVER_CORE, variables, plan.folder, **pipes) as ours:
        ask_stdio(ours, "tools/list", {})
        ours.forget_peak()
        before = ours.memory_kib("VmRSS")
        arguments = {"roomId": mcp.webex_id("ROOM"), "path": str(path)}
        ask_stdio(ours, "tools/call", {"name": "webex-upload-file", "arguments": arguments})
        growth = ours.memory_kib("VmHWM") - before
    received = processes.counted(stub)["received bytes"] - before_bytes
    if received < FILE_BYTES:
        raise processes.Broken(f"Webex received {received} bytes, not {FILE_BYTES}")
    return growth * 1024 / 1e6


def ask_stdio(ours: Process, method: str, params: dict) -> dict:
    """Nothing else is said before the answer, for no progress is asked for."""
    return mcp.result_of(line_over_stdio(ours, method, params))


def line_over_stdio(ours: Process, method: str, params: dict) -> bytes:
    """The answer as it came: to read a long one takes this program as long as the server took."""
    request = mcp.request(method, params)
    ours.popen.stdin.write(json.dumps(request).encode() + b"\n")
    ours.popen.stdin.flush()
    if line := ours.popen.stdout.readline():
        return line
    raise processes.Broken(f"{ours.name} stdio ended: {ours.said()}")


PARTS = (calls, slow_webex, wire_calls, start, held, files)
