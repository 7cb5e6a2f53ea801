"""Which calls of an SDK the journeys made, and whether the rest is excluded for a reason that holds.

An SDK's calls are the public methods of its API classes, found by looking at the SDK itself. Each has
to be made with success by some journey, or to be named in the SDK's list of exclusions. A whole group
may be outside of what the sandbox models. What is excluded is tried: once it works, it has to go.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from stage import Report, Sandbox

# Makes an URL and asks nothing.
PLUMBING = {"ep"}
# What Webex answers to a path or a method that it does not have.
ABSENT = (404, 405)


@dataclass
class Excluded:
    """A call that the journeys do not make, because it is broken in the SDK or must not run here.

    `works` tries it and tells whether it does what it promises; a refusal by Webex says no. Without it
    the call cannot be tried at a reasonable price.
    """

    call: str
    reason: str
    works: Callable[[Sandbox], bool] | None = None


@dataclass
class Group:
    """The calls of one API class under the name that programs use, such as `team_memberships`."""

    name: str
    api: type

    def calls(self) -> list[str]:
        """Only what the class itself defines: base classes carry the plumbing."""
        own = {name for name, member in vars(self.api).items() if inspect.isfunction(member)}
        return sorted(name for name in own - PLUMBING if not name.startswith("_"))


class WatchedItems:
    """A list of the SDK's, which counts as made once an item came or its end was seen."""

    def __init__(self, items: Any, seen: Callable[[], None]) -> None:
        self.items = items
        self.seen = seen

    def __iter__(self) -> Iterator[Any]:
        for item in self.items:
            self.seen()
            yield item
        self.seen()

    def __getitem__(self, index: Any) -> WatchedItems:
        return WatchedItems(self.items[index], self.seen)


class Coverage:
    """Notes the calls made with success."""

    def __init__(self, groups: list[Group]) -> None:
        self.groups = groups
        self.made: set[str] = set()
        for group in groups:
            for name in group.calls():
                self._watch(group, name)

    def _watch(self, group: Group, name: str) -> None:
        original = vars(group.api)[name]
        call = f"{group.name}.{name}"

        def seen() -> None:
            self.made.add(call)

        @functools.wraps(original)
        def watched(*args: Any, **kwargs: Any) -> Any:
            answer = original(*args, **kwargs)
            if inspect.isgenerator(answer) or type(answer).__name__ == "GeneratorContainer":
                return WatchedItems(answer, seen)
            seen()
            return answer

        setattr(group.api, name, watched)

    def judge(
        self,
        report: Report,
        sandbox: Sandbox,
        exclusions: list[Excluded],
        status_of: Callable[[Exception], int | None],
    ) -> None:
        """Every call is made or excluded, every exclusion is of a call and holds."""
        # Trying what is excluded must not count as having made it.
        made = frozenset(self.made)
        excluded = {one.call for one in exclusions}
        known = {f"{group.name}.{call}" for group in self.groups for call in group.calls()}
        report.equal(
            "every excluded call is one of the SDK's, and is named once", len(excluded & known), len(exclusions)
        )
        for call in sorted(known - made - excluded):
            report.check(f"{call} is made by a journey, or excluded with a reason", False, "neither")
        for one in exclusions:
            if one.call in made:
                report.check(f"{one.call} is excluded rightly", False, "a journey makes it")
            elif one.works is not None:
                what = f"{one.call} is excluded rightly: {one.reason}"
                try:
                    report.check(what, not one.works(sandbox), "it works")
                except Exception as error:  # a refusal, or a mistake in the attempt
                    report.check(what, status_of(error) is not None, error)
        for group in self.groups:
            names = [f"{group.name}.{call}" for call in group.calls()]
            count = sum(name in made for name in names)
            left = ", ".join(name.rpartition(".")[2] for name in names if name in excluded)
            print(
                f"calls   {report.sdk}: {group.name}: {count} of {len(names)}" + (f", without {left}" if left else "")
            )
        total = len(known & made)
        print(f"calls   {report.sdk}: {total} of {len(known)} made, {len(excluded)} excluded")


def judge_outside(
    report: Report,
    api: Any,
    inside: list[Group],
    outside: dict[str, str],
    status_of: Callable[[Exception], int | None],
) -> None:
    """Every API class of the SDK is inside or outside, and those outside are not there at all.

    A call that needs nothing but text is tried with nonsense: whatever is not absent answers otherwise.
    """
    known = {group.name for group in inside} | set(outside)
    groups = groups_of(api, outside)
    report.equal("every group of the SDK is inside or outside the journeys", sorted(groups - known), [])
    report.equal("every group that is outside is the SDK's", sorted(set(outside) - groups), [])
    for name, reason in outside.items():
        answers = {}
        member = functools.reduce(getattr, name.split("."), api)
        for call in Group(name, type(member)).calls():
            arguments = nonsense(getattr(member, call))
            if arguments is not None:
                answers[call] = answered(functools.partial(getattr(member, call), **arguments), status_of)
        tried = [status for status in answers.values() if status is not None]
        present = {call: status for call, status in answers.items() if status not in (*ABSENT, None)}
        report.equal(f"{name} is outside, as {len(tried)} of its calls find: {reason}", present, {})


def groups_of(api: Any, outside: dict[str, str], within: str = "") -> set[str]:
    """The names of an SDK's groups, also of those within another that is not outside as a whole."""
    groups = set()
    for name, member in vars(api).items():
        if type(member).__name__.lower().endswith("api"):
            groups.add(within + name)
            if within + name not in outside:
                groups |= groups_of(member, outside, f"{within}{name}.")
    return groups


def nonsense(call: Callable[..., Any]) -> dict[str, str] | None:
    """Arguments for a call whose required ones are texts; `None` for any other."""
    required = [one for one in inspect.signature(call).parameters.values() if one.default is one.empty]
    texts = [one for one in required if one.kind is not one.VAR_KEYWORD]
    if any(one.annotation not in (str, one.empty) for one in texts):
        return None
    return {one.name: "nonsense" for one in texts}


def answered(call: Callable[[], Any], status_of: Callable[[Exception], int | None]) -> int | None:
    """The status of a refusal, 200 for an answer, and `None` where nothing was asked of Webex."""
    try:
        answer = call()
        if hasattr(answer, "__next__") or type(answer).__name__ == "GeneratorContainer":
            next(iter(answer), None)
    except Exception as error:  # also the SDK's own, before it asks
        return status_of(error)
    return 200
