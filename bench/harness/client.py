"""The figures of the client, which measures itself in a process of its own."""

import os

from . import processes
from .figures import FILE_BYTES, Figure, Plan, absolute, at_most, compared, in_turn

# As many calls as an agent's server has in flight; alone, a caller waits for the clock.
CALLERS = 16
ITEMS = 1_000_000


def client_calls(plan: Plan) -> list[Figure]:
    """Processor time beside a bare hyper request with serde."""
    figures = []
    with processes.stub(plan.folder) as stub:
        for call, case in (("list", "list of 40 rooms"), ("get", "one room")):

            def measure(side: str) -> dict:
                options = {"side": side, "call": call, "callers": CALLERS}
                return processes.caller("calls", stub, seconds=plan.seconds, **options)

            runs = in_turn(plan, measure, "bare", "ours")
            name = f"client, {case}: CPU per call"
            figures.append(compared(name, "cpu_us_per_call", "µs", runs, at_most(1.6)))
    return figures


def client_flat(plan: Plan) -> list[Figure]:
    """What is long or large is never held."""
    with processes.stub(plan.folder) as stub:
        pages = processes.caller("pages", stub)
        down = processes.caller("download", stub)
        path = plan.folder / "plan.pdf"
        path.write_bytes(b"%PDF-1.7\n")
        os.truncate(path, FILE_BYTES)
        before_bytes = processes.counted(stub)["received bytes"]
        up = processes.caller("upload", stub, path=path)
        received = processes.counted(stub)["received bytes"] - before_bytes
    if pages["items"] != ITEMS:
        raise processes.Broken(f"the list had {pages['items']} items, not {ITEMS}")
    if down["bytes"] != FILE_BYTES or received < FILE_BYTES:
        raise processes.Broken(f"{down['bytes']} bytes came down, {received} went up")
    return [
        growth("client, 1,000,000 items in pages of 1,000: memory in all", pages["held_kib"], 16),
        growth("client, the same: memory growth after 20 pages", pages["growth_kib"], 4),
        growth("client, 100 MB down: memory growth", down["growth_kib"], 16),
        growth("client, 100 MB up: memory growth", up["growth_kib"], 16),
    ]


def growth(name: str, kib: int, bound_mib: int) -> Figure:
    mib = kib / 1024
    return absolute(name, mib, f"{mib:.1f} MiB", at_most(bound_mib, " MiB"))


PARTS = (client_calls, client_flat)
