"""The figures: what is better than what, what is aimed at, and what was committed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
COMMITTED = HERE / "figures.json"
README = HERE / "README.md"
# The history in the README ends here; the newest line comes last.
END_OF_HISTORY = "<!-- end of the history -->"

Figures = dict[str, dict[str, float]]

MORE_IS_BETTER = (
    "prompts",
    "first",
    "firstThree",
    "paraphrasesFirst",
    "paraphrasesFirstThree",
    "heldOutFirst",
    "heldOutFirstThree",
    "tasks",
    "tasksDone",
)
LESS_IS_BETTER = (
    "destructiveFirst",
    "paraphrasesDestructiveFirst",
    "heldOutDestructiveFirst",
    "argumentsMisfit",
    "tasksFailed",
    "tasksWaiting",
    "callsMean",
    "callsOverIdealPlusOne",
    "upstreamMean",
    "bytesMean",
    "tokensPerTaskMean",
)
# These may be so many percent worse: some texts of times and ids may be a few bytes longer. Played at four
# times of three days, the three were the same.
SLACK_PERCENT = {"upstreamMean": 2, "bytesMean": 2, "tokensPerTaskMean": 2}
# What is aimed at: the part, the figure, its words, the bound, and whether more is better.
AIMS = (
    ("judge", "first", "right tool first, %", 70, True),
    ("judge", "firstThree", "right tool among the first three, %", 92, True),
    ("judge", "destructiveFirst", "a tool that destroys first, though harmless", 0, False),
    ("tasks", "tasksDone", "tasks done", 40, True),
    ("tasks", "callsMean", "calls of a task in the mean", 1.5, False),
    ("tasks", "callsOverIdealPlusOne", "times that a task took more than its ideal and one", 0, False),
)
# Paraphrases may find the tool less often than the prompts, by so many points.
PARAPHRASE_POINTS = 8
HISTORY = (
    *("tools", "prompts", "first", "firstThree", "paraphrasesFirst", "paraphrasesFirstThree"),
    *("heldOutFirst", "heldOutFirstThree", "destructiveFirst"),
    *("tasksDone", "tasksWaiting", "callsMean", "upstreamMean", "bytesMean", "tokensPerTaskMean"),
)


@dataclass(frozen=True)
class Aim:
    """A bound, and whether it is met."""

    words: str
    met: bool


def aims(figures: Figures) -> list[Aim]:
    """The bounds that belong to these figures."""
    found = []
    for part, name, words, bound, more in AIMS:
        if part in figures:
            there = figures[part][name]
            found.append(Aim(f"{words}: {there:g}, aim {bound:g}", there >= bound if more else there <= bound))
    if "judge" in figures:
        of = figures["judge"]
        for said, whose in (("paraphrases", "paraphrases"), ("heldOut", "held-out paraphrases")):
            for name, words in (("First", "first"), ("FirstThree", "among the first three")):
                there, least = of[f"{said}{name}"], of[name[0].lower() + name[1:]] - PARAPHRASE_POINTS
                found.append(Aim(f"right tool {words} for {whose}, %: {there:g}, aim {least:g}", there >= least))
    return found


def committed() -> Figures:
    read: Figures = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    return read


def worse(figures: Figures, before: Figures) -> list[str]:
    """What is worse than what was committed."""
    found = []
    for part, of in figures.items():
        for name, now in of.items():
            then = before.get(part, {}).get(name)
            slack = abs(then or 0) * SLACK_PERCENT.get(name, 0) / 100
            fell = name in MORE_IS_BETTER and then is not None and now < then - slack
            rose = name in LESS_IS_BETTER and then is not None and now > then + slack
            if fell or rose:
                found.append(f"{name}: {now:g}, it was {then:g}")
    return found


def record(figures: Figures, commit: str) -> None:
    """Commits to these figures, and adds them to the history."""
    COMMITTED.write_text(json.dumps(figures, indent=2) + "\n")
    both = {name: value for part in figures.values() for name, value in part.items()}
    cells = [date.today().isoformat(), commit, *(f"{both[name]:g}" for name in HISTORY)]
    text = README.read_text()
    README.write_text(text.replace(END_OF_HISTORY, f"| {' | '.join(cells)} |\n{END_OF_HISTORY}"))
