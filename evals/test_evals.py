"""Checks the evals themselves: that they can fail, and that their data is what it should be."""

from __future__ import annotations

import json
import re
import unittest
from datetime import UTC, datetime
from typing import Any

import figures
import judge
import play
from paths import Missing, fill, follow, moment, whole_id
from search import Index, read_tool, words

# What these arguments hold is said in the task, or it comes from an earlier answer.
SAID = ("roomId", "personId", "toPersonId", "personEmail", "teamId", "meetingId", "query", "displayName", "targetUrl")
# Ids of Webex are longer than any word in a task.
LOOKS_LIKE_AN_ID = re.compile(r"[A-Za-z0-9_+/=-]{40,}")
NOW = datetime(2026, 1, 5, 9, 30, 12, tzinfo=UTC)


class Blind:
    """Finds every meaning the same, so that only words decide."""

    def vector(self, _text: str) -> Any:
        class One:
            def __matmul__(self, _other: Any) -> float:
                return 1.0

        return One()


def tool(name: str, description: str, **hints: bool) -> dict[str, Any]:
    properties = {"roomId": {"type": "string", "description": "Id or title."}}
    schema = {"type": "object", "properties": properties}
    return {"name": name, "description": description, "inputSchema": schema, "annotations": hints}


class Paths(unittest.TestCase):
    facts = {"spaces": [{"id": "1", "title": "Design Review"}, {"id": "2", "title": "CI/CD"}]}

    def test_what_is_there_is_found(self) -> None:
        self.assertEqual(follow(self.facts, "spaces[-1].id"), "2")
        self.assertEqual(follow(self.facts, "spaces[title~ci/].id"), "2")
        self.assertEqual(follow(self.facts, "spaces[title=Design Review].id"), "1")
        self.assertEqual(follow(self.facts, "spaces[*].id"), ["1", "2"])

    def test_what_is_not_there_is_missing(self) -> None:
        for path in ("rooms", "spaces[2].id", "spaces[title=Design].id", "spaces[*].name", "spaces[0].id[0]"):
            with self.subTest(path), self.assertRaises(Missing):
                follow(self.facts, path)
        with self.assertRaises(ValueError):
            follow(self.facts, "spaces(0)")

    def test_an_id_is_made_whole(self) -> None:
        uuid = "bbceb1ad-43f1-3b58-9147-f14bb0c4d154"
        room = "Y2lzY29zcGFyazovL3VzL1JPT00vYmJjZWIxYWQtNDNmMS0zYjU4LTkxNDctZjE0YmIwYzRkMTU0"
        self.assertEqual(whole_id("ROOM", f"us/{uuid}"), room)
        self.assertEqual(whole_id("ROOM", uuid), room)

    def test_times_and_places_are_filled_in(self) -> None:
        self.assertEqual(moment("+1d 15:00", NOW), "2026-01-06T15:00:00Z")
        self.assertEqual(moment("-2h", NOW), "2026-01-05T07:30:00Z")
        self.assertEqual(fill({"a": ["x={b}", "$1.c", 7]}, str.upper), {"a": ["x=B", "$1.C", 7]})


class Judge(unittest.TestCase):
    tools = [
        read_tool(tool("webex-delete-space", "Deletes a space.", destructiveHint=True)),
        read_tool(tool("webex-get-space", "Lists spaces.", destructiveHint=False)),
    ]

    def ask(self, said: str, wanted: str, harmless: bool = True) -> judge.Verdict:
        prompt = judge.Prompt("one", said, {wanted: {}}, harmless, False)
        return judge.judge_one(Index(self.tools, Blind()), prompt, said)

    def test_words_are_compared_without_their_endings(self) -> None:
        self.assertEqual(words("isModerator posted Replies"), words("moderator post reply"))

    def test_the_right_tool_comes_first_by_its_words(self) -> None:
        self.assertEqual(self.ask("List my spaces", "webex-get-space").place, 1)
        self.assertEqual(self.ask("Delete my space", "webex-get-space").place, 2)

    def test_a_tool_that_destroys_is_told_unless_it_was_asked_for(self) -> None:
        self.assertTrue(self.ask("Delete it", "webex-get-space").destroys)
        self.assertFalse(self.ask("Delete it", "webex-get-space", harmless=False).destroys)
        self.assertFalse(self.ask("Delete it", "webex-delete-space").destroys)

    def test_an_argument_that_a_tool_does_not_take_is_told(self) -> None:
        by_name = {one.name: one for one in self.tools}
        cases: list[tuple[dict[str, Any], int]] = [({"roomId": "x"}, 0), ({"roomId": 1}, 1), ({"roomid": "x"}, 1)]
        for arguments, wrong in cases:
            prompt = judge.Prompt("one", "", {"webex-get-space": arguments}, True, False)
            self.assertEqual(len(judge.misfits(prompt, by_name)), wrong, arguments)


class Tasks(unittest.TestCase):
    def test_a_check_tells_what_is_wrong(self) -> None:
        there = ["a", "b"]
        cases: list[tuple[str, Any, Any]] = [
            ("is", there, ["b", "a"]),
            ("are", ["b", "a"], ["a"]),
            ("has", "a", "c"),
            ("lacks", "c", "a"),
        ]
        for how, good, bad in cases:
            self.assertFalse(play.compare(there, {how: good}), how)
            self.assertTrue(play.compare(there, {how: bad}), how)

    def test_each_has_a_name_checks_and_no_id_that_nobody_told(self) -> None:
        tasks = play.read_tasks()
        self.assertGreaterEqual(len(tasks), 30)
        self.assertEqual(len({one.id for one in tasks}), len(tasks))
        for one in tasks:
            written = json.dumps(one.steps)
            self.assertTrue(one.checks, one.id)
            self.assertIsNone(LOOKS_LIKE_AN_ID.search(written), one.id)
            for kind in play.KNOWN_TO_CHECKS:
                self.assertNotIn("{" + kind, written, one.id)
            said = one.says.lower()
            for name, value in (pair for step in one.steps for pair in step["arguments"].items()):
                if name in SAID and not value.startswith("$"):
                    self.assertIn(value.lower(), said, one.id)

    def test_what_reads_the_last_days_counts_for_calls_and_not_for_sizes(self) -> None:
        def outcome(name: str, lately: bool) -> play.Outcome:
            task = play.Task(name, "", "alice", 1, [], [], [], reads=True, lately=lately)
            sizes = (900, 800, ["GET /x"] * 9) if lately else (100, 40, ["GET /x"])
            return play.Outcome(task, play.WAYS[0], "", 2 if lately else 1, 0, *sizes)

        found = play.figures([outcome("steady", False), outcome("lately", True)], [])
        sizes = [found[name] for name in ("callsMean", "upstreamMean", "bytesMean", "tokensPerTaskMean")]
        self.assertEqual(sizes, [1.5, 1, 100, 10])


class Prompts(unittest.TestCase):
    def test_each_has_a_tool_and_two_paraphrases_in_each_set(self) -> None:
        prompts, paraphrases, held_out = judge.prompts(), judge.paraphrases(), judge.held_out()
        self.assertEqual(len(prompts), 66)
        for said in (paraphrases, held_out):
            self.assertEqual({one.id for one in prompts}, said.keys())
        for one in prompts:
            self.assertTrue(one.tools, one.id)
            # No sentence is said twice, in either set.
            self.assertEqual(len({one.text, *paraphrases[one.id], *held_out[one.id]}), 5, one.id)


class Committed(unittest.TestCase):
    before = {"judge": {"first": 70.0, "destructiveFirst": 0}, "tasks": {"callsMean": 1.5, "bytesMean": 1000}}

    def test_a_worse_figure_is_told_and_a_better_one_is_not(self) -> None:
        for part, name, value, is_worse in (
            ("judge", "first", 69.9, True),
            ("judge", "first", 71.0, False),
            ("judge", "destructiveFirst", 1, True),
            ("tasks", "callsMean", 1.51, True),
            ("tasks", "bytesMean", 1020, False),
            ("tasks", "bytesMean", 1021, True),
        ):
            told = figures.worse({part: {name: value}}, self.before)
            self.assertEqual(bool(told), is_worse, (name, value))


if __name__ == "__main__":
    unittest.main()
