"""Finds tools for a sentence, by its words (BM25) and by its meaning (embeddings).

No model chooses here: the same sentence and the same texts give the same order. That is what hosts
do that search tools before they show them, and it tells which texts are alike.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

# As usual for BM25, and for the fusion of two orders.
K1, B, K_FUSION = 1.2, 0.75, 60
# Differences below this are noise of the arithmetic of one machine.
COSINE_DIGITS = 4
STOP = frozenset(
    "a all an and any are as at be but by for from has have i if in into is it its me my of on or our "
    "so than that the their them then these they this those to us was we were what which who will "
    "with without you your".split()
)


class Embedder(Protocol):
    def vector(self, text: str) -> Any: ...


@dataclass(frozen=True)
class Tool:
    """What a host sees of a tool before it calls it."""

    name: str
    text: str
    schema: dict[str, Any]
    destroys: bool
    tokens: int


@dataclass(frozen=True)
class Found:
    """A tool in the order of one sentence."""

    tool: Tool
    score: float
    by_words: int
    by_meaning: int
    cosine: float
    # What each word of the sentence gave it.
    shares: dict[str, float]


def read_tool(definition: dict[str, Any]) -> Tool:
    """The texts of a definition as tools/list answers it: name, title, description, arguments."""
    schema = definition["inputSchema"]
    shown = {"name": definition["name"], "description": definition["description"], "inputSchema": schema}
    arguments = (f"{name}: {_texts(one)}" for name, one in schema.get("properties", {}).items())
    name = definition["name"].replace("-", " ")
    text = f"{name}. {definition.get('title', '')}. {definition['description']} {' '.join(arguments)}"
    destroys = bool(definition.get("annotations", {}).get("destructiveHint"))
    tokens = len(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()) // 4
    return Tool(definition["name"], text, schema, destroys, tokens)


def _texts(schema: dict[str, Any]) -> str:
    """The texts of an argument and of what is in it."""
    inner = [schema["items"]] if isinstance(schema.get("items"), dict) else []
    named = [f"{name}: {_texts(one)}" for name, one in schema.get("properties", {}).items()]
    choices = [str(choice) for choice in schema.get("enum", [])]
    return " ".join([schema.get("description", ""), *choices, *named, *(_texts(one) for one in inner)])


def words(text: str) -> list[str]:
    """The words of a text without their endings; isModerator is two words."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    found = re.findall(r"[a-z0-9]+", apart.lower().replace("'s", ""))
    return [stem(word) for word in found if word not in STOP]


def stem(word: str) -> str:
    """Cuts -s, -ing and -ed, roughly: the same for both sides of the comparison is enough."""
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif re.search(r"(ch|sh|ss|x)es$", word):
        word = word[:-2]
    elif word.endswith("s") and len(word) > 3 and not re.search(r"(ss|us|is)$", word):
        word = word[:-1]
    if word.endswith("ing") and len(word) > 5:
        word = word[:-3]
    elif word.endswith("ed") and len(word) > 4:
        word = word[:-2]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def _places(values: list[float]) -> list[int]:
    """The place of each value, the greatest first; equal values share one."""
    order = sorted(values, reverse=True)
    return [order.index(value) + 1 for value in values]


class Index:
    """The tools, ready to be searched."""

    def __init__(self, tools: list[Tool], model: Embedder) -> None:
        self.tools = tools
        self.model = model
        self.counts = [Counter(words(tool.text)) for tool in tools]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.lengths) / len(tools)
        self.holders = Counter(word for count in self.counts for word in count)
        self.vectors = [model.vector(tool.text) for tool in tools]

    def _shares(self, number: int, sentence: list[str]) -> dict[str, float]:
        """BM25 of one tool, by the words of the sentence."""
        shares: dict[str, float] = {}
        for word in sentence:
            times = self.counts[number][word]
            if times:
                rest = len(self.tools) - self.holders[word] + 0.5
                rarity = math.log(1 + rest / (self.holders[word] + 0.5))
                length = 1 - B + B * self.lengths[number] / self.mean
                shares[word] = rarity * times * (K1 + 1) / (times + K1 * length)
        return shares

    def search(self, sentence: str) -> list[Found]:
        """All tools, the best first: the two orders fused by reciprocal rank."""
        asked = sorted(set(words(sentence)))
        shares = [self._shares(number, asked) for number in range(len(self.tools))]
        vector = self.model.vector(sentence)
        cosines = [round(float(vector @ one), COSINE_DIGITS) for one in self.vectors]
        by_words = _places([round(sum(share.values()), 6) for share in shares])
        by_meaning = _places(cosines)
        found = [
            Found(tool, 1 / (K_FUSION + w) + 1 / (K_FUSION + m), w, m, cosine, share)
            for tool, w, m, cosine, share in zip(self.tools, by_words, by_meaning, cosines, shares, strict=True)
        ]
        return sorted(found, key=lambda one: (-one.score, one.by_meaning, one.tool.name))
