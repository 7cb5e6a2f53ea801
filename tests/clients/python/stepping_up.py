"""More scopes when a tool needs them, as a client of the official Python SDK comes by them.

A compliance officer has signed in with the scopes that everybody gets. The first call of a tool that
needs more sends a client that can show a page to ours; one that cannot is challenged, and its OAuth
client asks for more by itself.

usage: stepping_up.py --house ORIGIN --webex ORIGIN
"""

from __future__ import annotations

import sys
from typing import Any

from mcp_types import CallToolResult, ElicitRequestURLParams, ElicitResult

from signing_in import Agent, Check, facts, main, walk

SERVER = "/mcp/webex-compliance"
NEEDED = "spark-compliance:events_read"


async def events(client: Any) -> CallToolResult:
    return await client.call_tool("webex-get-event", {"max": 1})


class Visitor:
    """What a person does with a page that the server asks for."""

    def __init__(self, agent: Agent, email: str | None = None, answer: str = "accept") -> None:
        self.agent, self.answer = agent, answer
        self.email = email or agent.email
        self.seen: list[str] = []
        self.end = ""

    async def asked(self, _context: Any, params: Any) -> ElicitResult:
        if not isinstance(params, ElicitRequestURLParams):
            return ElicitResult(action="decline")
        self.seen.append(params.url)
        person = self.agent.person
        person.email = self.email
        page = await person.open(params.url)
        page = await person.press(page, self.answer)
        if self.answer == "accept":
            page = await person.press(page, "accept")
        person.email = self.agent.email
        self.end = page.text
        # Whoever was not let through tells it to the program; otherwise that waits for a while.
        is_through = page.status == 200 and self.answer == "accept"
        return ElicitResult(action="accept" if is_through else "decline")


async def shown(agent: Agent, check: Check) -> None:
    visitor = Visitor(agent)
    async with agent.connected(elicitation_callback=visitor.asked) as client:
        granted = (agent.store.tokens.scope or "").split()
        check("everybody's scopes come first", NEEDED not in granted and bool(granted), granted)
        got = await events(client)
        check("the call works in the end", not got.is_error, facts(got))
        is_ours = len(visitor.seen) == 1 and visitor.seen[0].startswith(agent.house + "/")
        check("after one page of ours", is_ours, visitor.seen)
        again = await events(client)
        check("the next call asks nobody", not again.is_error and len(visitor.seen) == 1, visitor.seen)
    check("nobody signed in a second time by the client", len(agent.asked) == 1, agent.asked)


async def other(agent: Agent, check: Check) -> None:
    """Somebody else follows the link, or the person says no: nothing is given, and nothing goes round."""
    for what, visitor, told in (
        ("somebody else", Visitor(agent, email="bob@example.com"), "cannot continue"),
        ("who declines", Visitor(agent, answer="decline"), "Nothing was changed"),
    ):
        async with agent.connected(elicitation_callback=visitor.asked) as client:
            got = await events(client)
            check(f"{what} gives the client nothing", bool(got.is_error), facts(got))
            check(f"{what} is asked once", len(visitor.seen) == 1, visitor.seen)
            page = visitor.end[visitor.end.rfind("<main"):]
            check(f"{what} is told on our page", told in page, page)


async def challenged(agent: Agent, check: Check) -> None:
    async with agent.connected() as client:
        granted = set((agent.store.tokens.scope or "").split())
        got = await events(client)
        check("the call works in the end", not got.is_error, facts(got))
    check("the client was challenged", 403 in [status for _, status in agent.sent], agent.paths())
    check("and asked its person once more", len(agent.asked) == 2, agent.asked)
    wanted = set(agent.question.get("scope", "").split())
    check("for what it had and what it needs", granted <= wanted and NEEDED in wanted, wanted)
    check("which it has now", NEEDED in (agent.store.tokens.scope or ""), agent.store.tokens.scope)


async def run(house: str, webex: str) -> Any:
    def agent(**settings: Any) -> Agent:
        return Agent(house, webex, server=SERVER, email="grace@example.com", **settings)

    return await walk({
        "shows a page, in rounds": (shown, agent()),
        "shows a page, in a session": (shown, agent(mode="legacy")),
        "the wrong answer to a page": (other, agent()),
        "is challenged": (challenged, agent()),
        "is challenged, in a session": (challenged, agent(mode="legacy")),
    })


if __name__ == "__main__":
    sys.exit(main("stepping up", run))
