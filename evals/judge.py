"""Judges the texts of the tools: does a sentence that people say find the tool that does it?

Prints how often the right tool comes first or among the first three, which tools are taken for which,
and whether a tool that destroys comes first where nobody asked for that. Writes what confuses, for the
person who improves the texts.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search import Embedder, Found, Index, Tool, read_tool, words

HERE = Path(__file__).parent
SHOWN_PAIRS = 12


@dataclass(frozen=True)
class Prompt:
    """A sentence, and the tools that serve it, with the arguments that it gives."""

    id: str
    text: str
    tools: dict[str, dict[str, Any]]
    harmless: bool
    workflow: bool


@dataclass(frozen=True)
class Verdict:
    """How the tools stand for one sentence. The wanted one is the best placed that serves it."""

    prompt: Prompt
    said: str
    first: Found
    wanted: Found
    place: int

    @property
    def destroys(self) -> bool:
        """A tool that destroys comes first, and nobody asked for that."""
        return self.prompt.harmless and self.first.tool.destroys and self.place != 1


def prompts() -> list[Prompt]:
    read = json.loads((HERE / "prompts.json").read_text())["prompts"]
    return [Prompt(one["id"], one["prompt"], one["tools"], one["harmless"], one["workflow"]) for one in read]


def paraphrases(file: str = "paraphrases.json") -> dict[str, list[str]]:
    said: dict[str, list[str]] = json.loads((HERE / file).read_text())["paraphrases"]
    return said


def held_out() -> dict[str, list[str]]:
    """A second set, which nobody had judged before the texts were finished."""
    return paraphrases("held-out.json")


def read_catalogue(path: Path) -> list[Tool]:
    read = json.loads(path.read_text())
    return [read_tool(one) for one in (read["tools"] if isinstance(read, dict) else read)]


def misfits(prompt: Prompt, tools: dict[str, Tool]) -> list[str]:
    """Expected arguments that a tool does not take, by name, type or choice."""
    wrong = []
    for name, arguments in prompt.tools.items():
        if name not in tools:
            continue
        properties = tools[name].schema.get("properties", {})
        for argument, value in arguments.items():
            if argument not in properties or not _fits(properties[argument], value):
                wrong.append(f"{prompt.id}: {name} {argument}")
    return wrong


def _fits(schema: dict[str, Any], value: Any) -> bool:
    kinds = {"string": str, "boolean": bool, "array": list, "object": dict, "integer": int}
    kind = kinds.get(schema.get("type", ""), object)
    return isinstance(value, kind) and value in schema.get("enum", [value])


def judge_one(index: Index, prompt: Prompt, said: str) -> Verdict:
    found = index.search(said)
    place = next(number for number, one in enumerate(found, 1) if one.tool.name in prompt.tools)
    return Verdict(prompt, said, found[0], found[place - 1], place)


def share(verdicts: list[Verdict], within: int) -> float:
    """The percentage whose wanted tool is among the first so many."""
    return round(100 * sum(one.place <= within for one in verdicts) / max(len(verdicts), 1), 1)


@dataclass(frozen=True)
class Judgement:
    """What came of all sentences that a tool of the catalogue can serve."""

    tools: list[Tool]
    waiting: list[Prompt]
    prompts: list[Verdict]
    paraphrases: list[Verdict]
    held_out: list[Verdict]
    misfits: list[str]

    def figures(self) -> dict[str, float]:
        tokens = [tool.tokens for tool in self.tools]
        return {
            "tools": len(self.tools),
            "tokensMean": round(sum(tokens) / len(tokens)),
            "tokensMost": max(tokens),
            "prompts": len(self.prompts),
            "first": share(self.prompts, 1),
            "firstThree": share(self.prompts, 3),
            "paraphrasesFirst": share(self.paraphrases, 1),
            "paraphrasesFirstThree": share(self.paraphrases, 3),
            "heldOutFirst": share(self.held_out, 1),
            "heldOutFirstThree": share(self.held_out, 3),
            "destructiveFirst": sum(one.destroys for one in self.prompts),
            "paraphrasesDestructiveFirst": sum(one.destroys for one in self.paraphrases),
            "heldOutDestructiveFirst": sum(one.destroys for one in self.held_out),
            "argumentsMisfit": len(self.misfits),
        }


def judge(catalogue: Path, model: Embedder) -> Judgement:
    tools = read_catalogue(catalogue)
    by_name = {tool.name: tool for tool in tools}
    all_prompts = prompts()
    served = [one for one in all_prompts if by_name.keys() & one.tools.keys()]
    index = Index(tools, model)
    judged = [
        [judge_one(index, one, text) for one in served for text in said[one.id]] for said in (paraphrases(), held_out())
    ]
    return Judgement(
        tools,
        [one for one in all_prompts if one not in served],
        [judge_one(index, one, one.text) for one in served],
        *judged,
        [wrong for one in served for wrong in misfits(one, by_name)],
    )


def summary(judgement: Judgement) -> str:
    """The confused pairs and what else a reader has to know at once."""
    every = judgement.prompts + judgement.paraphrases + judgement.held_out
    pairs = Counter((one.wanted.tool.name, one.first.tool.name) for one in every if one.place > 1)
    lines = [f"{len(judgement.waiting)} of the prompts wait for a tool that is not there."]
    lines.append("Taken for another one (wanted, first, how often):")
    for (wanted, first), times in sorted(pairs.items(), key=lambda one: (-one[1], one[0]))[:SHOWN_PAIRS]:
        lines.append(f"  {wanted}  {first}  {times}")
    for one in every:
        if one.destroys:
            lines.append(f"DESTROYS: {one.first.tool.name} comes first for “{one.said}”")
    lines += [f"NO SUCH ARGUMENT: {wrong}" for wrong in judgement.misfits]
    return "\n".join(lines)


def _explain(one: Verdict) -> str:
    """Which words of the two texts cause it."""

    def strongest(shares: dict[str, float], than: dict[str, float]) -> str:
        gains = {word: value - than.get(word, 0) for word, value in shares.items()}
        order = sorted((word for word in gains if gains[word] > 0.05), key=lambda word: (-gains[word], word))
        return ", ".join(f"{word} +{gains[word]:.1f}" for word in order[:6]) or "none"

    absent = sorted(set(words(one.said)) - one.wanted.shares.keys())
    lines = [
        f"- **{one.said}** ({one.prompt.id})",
        f"  - wanted {one.wanted.tool.name}: place {one.place}, by words {one.wanted.by_words}, "
        f"by meaning {one.wanted.by_meaning} (cosine {one.wanted.cosine:.2f})",
        f"  - first {one.first.tool.name}: by words {one.first.by_words}, by meaning {one.first.by_meaning} "
        f"(cosine {one.first.cosine:.2f}){'; IT DESTROYS' if one.destroys else ''}",
        f"  - words that speak for the first: {strongest(one.first.shares, one.wanted.shares)}; "
        f"for the wanted: {strongest(one.wanted.shares, one.first.shares)}",
        f"  - words that the wanted one's text lacks: {', '.join(absent) or 'none'}",
    ]
    return "\n".join(lines)


def what_confuses(judgement: Judgement) -> str:
    """A page for the person who rewrites the texts: every sentence that finds another tool first."""
    lines = [
        "# What confuses",
        "",
        "Every sentence for which another tool comes first, worst first. Words are shown without their "
        "endings; the numbers are what a word gives to one tool more than to the other.",
    ]
    sets = {"Prompts": judgement.prompts, "Paraphrases": judgement.paraphrases, "Held out": judgement.held_out}
    for title, verdicts in sets.items():
        failed = sorted((one for one in verdicts if one.place > 1), key=lambda one: (-one.place, one.said))
        lines += ["", f"## {title}: {len(failed)} of {len(verdicts)}", "", *map(_explain, failed)]
    return "\n".join(lines) + "\n"
