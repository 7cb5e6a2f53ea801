"""What tools cost that nobody calls: the same binary with a tool a server, and with all of them."""

import json
import statistics
import subprocess
import time
from pathlib import Path

from . import mcp, processes
from .figures import (
    STARTS,
    Figure,
    Plan,
    ask_stdio,
    at_most,
    compared,
    in_turn,
    line_over_stdio,
    loaded,
)
from .processes import Process

# One tool for each built-in server, so that no other is ever made.
FEW = {
    "webex-messaging": "webex-get-message",
    "webex-meeting": "webex-list-meetings",
    "webex-directory": "webex-get-person",
    "webex-compliance": "webex-get-event",
    "webex-suite": "webex-get-message",
    "webex-compact": "webex-get-message",
    "webex": "webex-get-message",
}
# Every effect is every tool; the driver's path serves what `/mcp/webex` does.
ALL = {"webex-messaging": ["read", "write", "destroy"]}
TOOLS = len(json.loads((processes.BENCH.parent / "docs/catalogue.json").read_text())["tools"])
# A list is asked for again so many times on a server that has answered it before.
LISTS = 200
CONNECTIONS = 16
GROWTH = at_most(1.1)


def config(plan: Plan, name: str, tables: dict) -> Path:
    path = plan.folder / f"{name}.toml"
    lines = [
        f"[servers.{slug}]\ntools = {json.dumps([tools] if isinstance(tools, str) else tools)}\n"
        for slug, tools in tables.items()
    ]
    path.write_text("".join(lines))
    return path


def started(plan: Plan, file: Path) -> dict:
    """Microseconds from exec over stdio to the first answers, and of a list that was asked before."""
    variables = {"WEBEX_ACCESS_TOKEN": "bench", "WEBEX_MCP_DATA_DIR": str(plan.folder / "data")}
    argv = [processes.SERVER, "stdio", "--config", file]
    began = time.perf_counter()
    pipes = {"stdin": subprocess.PIPE}
    with Process(argv, processes.SERVER_CORE, variables, plan.folder, **pipes) as ours:
        probe = line_over_stdio(ours, "server/discover", {})
        discovered = time.perf_counter()
        line = line_over_stdio(ours, "tools/list", {})
        listed = time.perf_counter()
        mcp.result_of(probe)
        tools = mcp.result_of(line)["tools"]
        cpu = ours.cpu_us()
        for _ in range(LISTS):
            ask_stdio(ours, "tools/list", {})
        again = (ours.cpu_us() - cpu) / LISTS
    return {
        "tools": len(tools),
        "discover_us": (discovered - began) * 1e6,
        "list_us": (listed - began) * 1e6,
        "again_us": again,
    }


def tools_start(plan: Plan) -> list[Figure]:
    """From exec to an answer that names no tool, and to the one that names them all."""
    files = [config(plan, "few", FEW), config(plan, "all", ALL)]
    pairs = [tuple(started(plan, file) for file in files) for _ in range(STARTS)]
    if {(few["tools"], many["tools"]) for few, many in pairs} != {(1, TOOLS)}:
        raise processes.Broken(f"the lists have {pairs[0]} tools")
    case = f"{TOOLS} tools, to 1: start over stdio to first"
    again = [statistics.median(side["again_us"] for side in sides) for sides in zip(*pairs)]
    return [
        compared(f"{case} server/discover answer", "discover_us", "µs", pairs, GROWTH),
        compared(f"{case} tools/list answer", "list_us", "µs", pairs, GROWTH),
        Figure(
            f"{TOOLS} tools, to 1: CPU of a tools/list that was asked before",
            *(f"{one:,.0f} µs" for one in again),
            f"{again[1] / again[0]:.2f}",
            "",
            None,
        ),
    ]


def tools_reads(plan: Plan) -> list[Figure]:
    """Processor time of a read, with one tool on its server and with all."""
    few, many = (plan.folder / name for name in ("few", "all"))
    few.mkdir()
    many.mkdir()
    with (
        processes.stub(plan.folder) as stub,
        processes.server(few, stub, config=config(plan, "few", FEW)) as one,
        processes.server(many, stub, config=config(plan, "all", ALL)) as all_tools,
    ):
        listed = [
            len(mcp.ask(mcp.connect(side.address), "tools/list", {})["tools"])
            for side in (one, all_tools)
        ]
        if listed != [1, TOOLS]:
            raise processes.Broken(f"the servers list {listed} tools")
        measure = loaded(plan, "calls", tool_call="message", connections=CONNECTIONS)
        runs = in_turn(plan, measure, one, all_tools)
    name = f"{TOOLS} tools, to 1: CPU per read of 2 KB, {CONNECTIONS} connections"
    return [compared(name, "cpu_us_per_call", "µs", runs, GROWTH)]


PARTS = (tools_start, tools_reads)
