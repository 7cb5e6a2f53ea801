"""Sign-ins that are kept for people: renewed once by several processes that share them, while their key
is rotated."""

import json
import subprocess
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from . import processes
from .figures import Figure, Plan, Wanted, absolute, at_most

GRANTS = 10_000
# A sandbox has 10,000 tokens, of which each grant takes three, and remembers as many requests.
ROUNDS = 4
PROCESSES = 3
# The secret that the driver opens the records with.
SECRET = {"WEBEX_MCP_SECRET_KEY": "07" * 32}


def asked(sandbox: processes.Process, method: str = "GET") -> int:
    """How often the sandbox gave tokens since it last forgot its requests."""
    request = urllib.request.Request(f"http://{sandbox.address}/_sandbox/calls", method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    calls = json.loads(text)["items"] if method == "GET" else []
    return sum(1 for call in calls if call["path"].endswith("/access_token"))


def rotate(folder: Path, errors: list[str]) -> None:
    argv = [processes.SERVER, "keys", "rotate", "--data-dir", folder]
    done = subprocess.run([str(part) for part in argv], env=SECRET, capture_output=True, text=True)
    if done.returncode != 0:
        errors.append(done.stderr.strip()[-300:])


def one_round(plan: Plan, folder: Path) -> dict:
    errors: list[str] = []
    rotations, told = 0, []
    with ExitStack() as stack:
        sandbox = stack.enter_context(processes.sandbox(plan.folder))
        driver = [processes.GRANTS, "--sandbox", f"http://{sandbox.address}", "--folder", folder]
        processes.report([*driver, "fill"], {"grants": GRANTS // ROUNDS})
        asked(sandbox, "DELETE")
        started = (
            processes.Process([*driver, "renew"], number % 2, folder=plan.folder)
            for number in range(PROCESSES)
        )
        running = [stack.enter_context(process) for process in started]
        while any(process.popen.poll() is None for process in running):
            rotate(folder, errors)
            rotations += 1
        for process in running:
            if process.popen.returncode != 0:
                raise processes.Broken(f"{process.name}: {process.said()}")
            told.append(json.loads(process.popen.stdout.read()))
        renewed = asked(sandbox)
    if errors:
        raise processes.Broken(f"keys rotate: {errors[0]}")
    return {
        "renewed": renewed,
        "failed": sum(one["failed"] for one in told),
        "seconds": max(one["seconds"] for one in told),
        "rotations": rotations,
        "differ": len({one["tokens"] for one in told}) - 1,
    }


def grants(plan: Plan) -> list[Figure]:
    """The token of every grant is over at once, and three processes want all of them while their key is rotated."""
    rounds = [one_round(plan, plan.folder / f"vault.{number}") for number in range(ROUNDS)]

    def total(field: str) -> float:
        return sum(one[field] for one in rounds)

    name = f"{GRANTS:,} grants whose tokens are over, {PROCESSES} processes"
    doubled = total("renewed") - GRANTS
    once = Wanted("0", lambda value: value == 0)
    rate = GRANTS / total("seconds")
    return [
        absolute(f"{name}: renewed twice", doubled, f"{doubled:.0f}", once),
        absolute(f"{name}: failed calls", total("failed"), f"{total('failed'):.0f}", at_most(0)),
        absolute(f"{name}: other tokens", total("differ"), f"{total('differ'):.0f}", at_most(0)),
        absolute(
            f"{name}: rotations of the key meanwhile",
            total("rotations"),
            f"{total('rotations'):.0f}",
            Wanted("≥ 2", lambda value: value >= 2),
        ),
        Figure(f"{name}: renewed", "", f"{rate:,.0f}/s", "", "", None),
    ]


PARTS = (grants,)
