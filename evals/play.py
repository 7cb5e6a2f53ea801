"""Plays the tasks against a running server, and measures what each one took.

No model plays: a task says which calls do it, in words that the task or an earlier answer gives. Played
are the two eras of the protocol, each for a client that can show the user a question and for one that
cannot.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from client import SESSIONS, STATELESS, Answer, Broken, Client, Person
from paths import Missing, fill, follow, moment, whole_id
from world import World

HERE = Path(__file__).parent
ENDPOINT = "/mcp/webex"
READS = ("GET", "HEAD")
# What only a check may write; an agent has to find ids itself.
KNOWN_TO_CHECKS = ("room", "person", "team", "meeting")
SHOWN_CHARS = 300


@dataclass(frozen=True)
class Task:
    """What somebody wants, the calls that do it, and how to see that it is done."""

    id: str
    says: str
    actor: str
    ideal: int
    steps: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    # Orders to the sandbox before the task begins.
    before: list[dict[str, Any]]
    # It changes nothing at Webex.
    reads: bool
    # What it reads depends on the day and the hour, so its sizes cannot be compared.
    lately: bool

    @property
    def tools(self) -> set[str]:
        return {step["tool"] for step in self.steps}


@dataclass(frozen=True)
class Way:
    """How a client meets the server."""

    era: str
    asks: bool

    def __str__(self) -> str:
        return f"{self.era} {'with' if self.asks else 'without'} questions"


WAYS = [Way(era, asks) for era in (STATELESS, SESSIONS) for asks in (True, False)]


@dataclass
class Outcome:
    """One task, played in one way."""

    task: Task
    way: Way
    problem: str = ""
    calls: int = 0
    questions: int = 0
    wire_bytes: int = 0
    model_bytes: int = 0
    upstream: list[str] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.calls > self.task.ideal + 1


def read_tasks() -> list[Task]:
    tasks = []
    for path in sorted((HERE / "tasks").glob("*.json")):
        for one in json.loads(path.read_text()):
            optional = one.get("before", []), one.get("reads", False), one.get("lately", False)
            tasks.append(Task(one["id"], one["says"], one["as"], one["ideal"], one["steps"], one["checks"], *optional))
            if one["ideal"] > len(one["steps"]):
                raise ValueError(f"{one['id']}: fewer steps than its ideal number of calls")
    return tasks


class Play:
    """One task on its way: the answers so far."""

    def __init__(self, world: World, client: Client, outcome: Outcome) -> None:
        self.world = world
        self.client = client
        self.outcome = outcome
        self.answers: list[Answer] = []

    def known(self, words: str) -> Any:
        """What `$…` and `{…}` stand for in a step."""
        if words.startswith("$"):
            number, _, path = words[1:].partition(".")
            return follow(self.answers[int(number) - 1].facts, path)
        if words.startswith("time:"):
            return moment(words.removeprefix("time:"), self.world.now())
        if words.split(":")[0] in KNOWN_TO_CHECKS:
            raise ValueError(f"{self.outcome.task.id}: an agent does not know {words}")
        raise ValueError(f"{self.outcome.task.id}: there is no {words}")

    def known_to_checks(self, words: str) -> Any:
        kind, _, path = words.partition(" ")
        if kind.isupper() and path.startswith("$"):
            return whole_id(kind, self.known(path))
        return self.world.ids[words] if words in self.world.ids else self.known(words)

    def step(self, step: dict[str, Any]) -> None:
        """A call, and the one that follows when it is refused for want of a choice or a yes."""
        meant = step.get("meant", "")
        if self.client.person:
            self.client.person.meant = meant
        arguments = fill(step["arguments"], self.known)
        answer = self.client.call(step["tool"], arguments)
        code = answer.facts.get("code") if answer.failed else None
        if code == "ambiguous":
            chosen = [one["id"] for one in answer.facts["candidates"] if meant and meant in one["name"]]
            which = next((name for name, value in arguments.items() if value == step.get("unclear")), None)
            if chosen and which:
                arguments[which] = chosen[0]
                answer = self.client.call(step["tool"], arguments)
                code = answer.facts.get("code") if answer.failed else None
        if code == "confirmation_required":
            token = {"confirmationToken": answer.facts["confirmationToken"]}
            answer = self.client.call(step["tool"], arguments | token)
        if answer.failed:
            raise Missing(f"{step['tool']}: {answer.text[:SHOWN_CHARS]}")
        self.answers.append(answer)

    def is_done_already(self) -> bool:
        """Whether every look at Webex would pass although nothing has been done: such a task proves nothing."""
        if self.outcome.task.reads:
            return False
        try:
            for check in self.outcome.task.checks:
                self.check(check)
        except (Missing, IndexError):
            return False
        return True

    def check(self, check: dict[str, Any]) -> None:
        """One look at an answer, at its text, or at Webex."""
        check = fill({key: one for key, one in check.items() if key != "answer"}, self.known_to_checks) | (
            {"answer": check["answer"]} if "answer" in check else {}
        )
        if "text" in check:
            there: Any = self.answers[check["text"] - 1].text
        elif "answer" in check:
            there = self.known(check["answer"])
        else:
            status, there = self.world.read(check["get"], check.get("as", self.outcome.task.actor))
            if status != check.get("status", 200):
                raise Missing(f"{check['get']}: HTTP {status}")
            if "path" in check:
                there = follow(there, check["path"])
        wrong = compare(there, check)
        if wrong:
            raise Missing(f"{check.get('get') or check.get('answer') or 'text'}: {wrong}")


def compare(there: Any, check: dict[str, Any]) -> str:
    """What is wrong with what is there, or nothing."""
    shown = json.dumps(there, ensure_ascii=False)[:SHOWN_CHARS]
    if "is" in check and there != check["is"]:
        return f"{shown} instead of {check['is']!r}"
    if "are" in check and sorted(there) != sorted(check["are"]):
        return f"{shown} instead of {check['are']!r}"
    if "has" in check and check["has"] not in there:
        return f"{check['has']!r} is not in {shown}"
    if "lacks" in check and check["lacks"] in there:
        return f"{check['lacks']!r} is in {shown}"
    return ""


def play(world: World, task: Task, way: Way) -> Outcome:
    outcome = Outcome(task, way)
    world.reset()
    for order in task.before:
        world.administer("POST", order["path"], fill(order["body"], lambda words: world.ids[words]))
    person = Person() if way.asks else None
    client = Client(world.origin + ENDPOINT, f"sandbox-{task.actor}", way.era, person)
    try:
        client.open()
        game = Play(world, client, outcome)
        if game.is_done_already():
            raise Missing("its checks pass before its first step")
        world.administer("DELETE", "/calls")
        for step in task.steps:
            game.step(step)
        calls = world.calls()
        outcome.upstream = [f"{one['method']} {one['path']}" for one in calls]
        if task.reads and any(one["method"] not in READS for one in calls):
            raise Missing(f"something was changed: {outcome.upstream}")
        for check in task.checks:
            game.check(check)
    except (Missing, Broken, KeyError, IndexError, ValueError, OSError) as error:
        outcome.problem = f"{type(error).__name__}: {error}"
    finally:
        client.close()
    outcome.calls, outcome.questions = client.calls, person.asked if person else 0
    outcome.wire_bytes, outcome.model_bytes = client.wire_bytes, client.model_bytes
    return outcome


def play_all(origin: str, only: list[str]) -> tuple[list[Outcome], list[Task]]:
    """The outcomes of all tasks whose tools are there, and the tasks that wait."""
    world = World(origin)
    seen = Client(origin + ENDPOINT, "sandbox-alice", STATELESS, None)
    seen.open()
    tasks = [task for task in read_tasks() if not only or task.id in only]
    waiting = [task for task in tasks if not task.tools <= set(seen.tools)]
    return [play(world, task, way) for task in tasks if task not in waiting for way in WAYS], waiting


def figures(outcomes: list[Outcome], waiting: list[Task]) -> dict[str, float]:
    names = {one.task.id for one in outcomes}
    failed = {one.task.id for one in outcomes if one.problem}
    sized = [one for one in outcomes if not one.task.lately]
    return {
        "tasks": len(names) + len(waiting),
        "tasksDone": len(names - failed),
        "tasksFailed": len(failed),
        "tasksWaiting": len(waiting),
        "callsMean": round(mean([one.calls for one in outcomes]), 2),
        "callsOverIdealPlusOne": sum(one.over for one in outcomes),
        "upstreamMean": round(mean([len(one.upstream) for one in sized]), 2),
        "bytesMean": round(mean([one.wire_bytes for one in sized])),
        "tokensPerTaskMean": round(mean([one.model_bytes for one in sized]) / 4),
    }


def mean(counts: list[int]) -> float:
    return sum(counts) / max(len(counts), 1)


def table(outcomes: list[Outcome], waiting: list[Task]) -> str:
    """One line a task, over its ways; then what went wrong."""
    lines = [f"{'task':24} ideal  calls  asked  upstream  bytes  tokens"]
    for name in dict.fromkeys(one.task.id for one in outcomes):
        of = [one for one in outcomes if one.task.id == name]
        bad = sum(bool(one.problem) for one in of)
        asked, upstream, wire, model = (
            sum(values) / len(of)
            for values in zip(*((o.questions, len(o.upstream), o.wire_bytes, o.model_bytes) for o in of), strict=True)
        )
        calls = "-".join(str(one) for one in sorted({one.calls for one in of}))
        state = f"  FAILED in {bad} of {len(of)}" if bad else ""
        counted = f"{asked:5.1f}  {upstream:8.1f}  {wire:5.0f}  {model / 4:6.0f}"
        lines.append(f"{name:24} {of[0].task.ideal:5}  {calls:>5}  {counted}{state}")
    lines += [f"{task.id:24} waits for {', '.join(sorted(task.tools))}" for task in waiting]
    lines += [f"FAILED {one.task.id}, {one.way}: {one.problem}" for one in outcomes if one.problem]
    lines += [f"TOO MANY CALLS {one.task.id}, {one.way}: {one.calls}" for one in outcomes if one.over]
    return "\n".join(lines)
