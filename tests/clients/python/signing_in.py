"""Signing in, as the OAuth client of the official Python SDK does it.

A person clicks through the pages by program. Each way in which a client may be known is gone whole:
from the first 401 over discovery, consent and the sign-in at Webex to calls, a renewed token and its
revocation. Then what must not work.

One line per check on stdout; the exit code is 0 only if every check held.

usage: signing_in.py --house ORIGIN --webex ORIGIN
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from journey import ERAS, Report, facts

sys.path.insert(0, str(Path(__file__).parents[2] / "house"))
from person import Page, Person  # noqa: E402

JOURNEY_TIMEOUT_SECONDS = 60
CALL_TIMEOUT_SECONDS = 20
SERVER = "/mcp/webex-messaging"
# Any port: a client takes one that is free. Nobody listens there, since a person stops before it.
BACK = "http://127.0.0.1:9/callback"
DOCUMENT = "https://agent.example.com/client.json"
DAYS = 86_400
# That of both programs which the operator knows.
SECRET = "the-secret-that-the-operator-gave"

Check = Callable[..., None]


@dataclass
class Store:
    """What the client remembers: its registration, and its tokens."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@dataclass
class Agent:
    """A client and the person before it."""

    house: str
    webex: str
    email: str = "bob@example.com"
    secret: str = "none"
    document: str | None = None
    mode: str = "auto"
    server: str = SERVER
    store: Store = field(default_factory=Store)
    # Each address to which the person was sent, and what came back from there.
    asked: list[str] = field(default_factory=list)
    back: Page | None = None
    # What it sent, and the status of what it got.
    sent: list[tuple[httpx2.Request, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.person = Person([self.house, self.webex], self.email)
        self.provider = self.new_provider()

    def new_provider(self) -> OAuthClientProvider:
        async def redirected(address: str) -> None:
            self.asked.append(address)

        async def called() -> AuthorizationCodeResult:
            self.back = await self.clicks(self.asked[-1])
            answer = self.back.answer
            return AuthorizationCodeResult(
                code=answer.get("code", ""), state=answer.get("state"), iss=answer.get("iss")
            )

        metadata = OAuthClientMetadata(
            client_name="Python agent", redirect_uris=[BACK], token_endpoint_auth_method=self.secret
        )
        return OAuthClientProvider(
            self.house + self.server, metadata, self.store, redirected, called, self.document
        )

    async def clicks(self, address: str) -> Page:
        return await self.person.sign_in(address)

    @contextlib.asynccontextmanager
    async def connected(self, **callbacks: Any) -> AsyncIterator[Client]:
        async def heard(response: httpx2.Response) -> None:
            self.sent.append((response.request, response.status_code))

        async with create_mcp_http_client(auth=self.provider) as http:
            http.event_hooks = {"response": [heard]}
            transport = streamable_http_client(self.house + self.server, http_client=http)
            settings = {"mode": self.mode, "read_timeout_seconds": CALL_TIMEOUT_SECONDS} | callbacks
            async with Client(transport, **settings) as client:
                await client.list_tools()
                yield client

    async def form(self, path: str, fields: dict[str, str]) -> httpx2.Response:
        """A form that the SDK has no function for."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            return await http.post(self.house + path, data=fields)

    @property
    def question(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.asked[-1]).query))

    def paths(self, status: int | None = None) -> list[str]:
        return [one.url.path for one, got in self.sent if status in (None, got)]

    def form_sent(self, grant: str) -> dict[str, str]:
        forms = [dict(parse_qsl(one.content.decode())) for one, _ in self.sent if one.url.path == "/oauth/token"]
        return next(form for form in forms if form["grant_type"] == grant)


async def spaces(client: Client) -> set[str]:
    found = await client.call_tool("webex-get-space", {"max": 100})
    return {space["title"] for space in facts(found).get("spaces", [])}


async def me(client: Client) -> str:
    """The address of the person as whom the client acts: the author of what it writes."""
    sent = await client.call_tool("webex-create-message", {"toPersonEmail": "alice@example.com", "text": "Hello"})
    message = facts(sent).get("id", "")
    read = await client.call_tool("webex-get-message", {"messageId": message})
    return next((one.get("from", "") for one in facts(read).get("messages", [])), str(read))


async def discovering(agent: Agent, check: Check) -> None:
    """How it got there, and what it was asked for."""
    paths = agent.paths()
    check("the first answer is a 401", agent.sent[0][1] == 401, agent.sent[0])
    where = f"/.well-known/oauth-protected-resource{SERVER}"
    check("the 401 leads to the document about the server", paths[1] == where, paths)
    check("that leads to the authorization server", paths[2] == "/.well-known/oauth-authorization-server", paths)
    question = agent.question
    check("PKCE with S256", question.get("code_challenge_method") == "S256", question)
    check("the server is named as the resource", question.get("resource") == agent.house + SERVER, question)
    offered = (agent.provider.context.protected_resource_metadata.scopes_supported or [])
    granted = (agent.store.tokens.scope or "").split()
    check("all scopes of the server are granted, and no administrator's", sorted(granted) == sorted(offered), granted)
    check("none of them is an administrator's", bool(granted) and not [one for one in granted if "admin" in one], granted)
    check("the answer names its issuer", agent.back.answer.get("iss") == agent.house, agent.back.answer)
    exchanged = agent.form_sent("authorization_code")
    check("the code is exchanged for this server", exchanged.get("resource") == agent.house + SERVER, sorted(exchanged))


async def renewing(agent: Agent, client: Client, check: Check) -> None:
    """The access token is old, by the client's own clock, and later by Webex's."""
    before = agent.store.tokens
    agent.provider.context.token_expiry_time = 1.0
    check("an old access token is renewed", await me(client) == agent.email)
    after = agent.store.tokens
    check("by another one", after.access_token != before.access_token)
    check("and the refresh token is another one too", after.refresh_token != before.refresh_token)
    check("nobody had to sign in again", len(agent.asked) == 1, agent.asked)
    async with httpx2.AsyncClient(trust_env=False) as http:
        clock = await http.post(agent.webex + "/_sandbox/clock", json={"advanceSecs": 15 * DAYS})
    check("Webex's own token expires", clock.is_success, clock.status_code)
    check("and is renewed without the client", await me(client) == agent.email)


async def revoking(agent: Agent, check: Check) -> None:
    """The client signs out; its next call has to sign in again."""
    known = agent.store.client
    fields = {"client_id": known.client_id, "token": agent.store.tokens.refresh_token}
    if known.client_secret:
        fields["client_secret"] = known.client_secret
    revoked = await agent.form("/oauth/revoke", fields)
    check("it can revoke its tokens", revoked.status_code == 200, revoked.status_code)
    agent.provider = agent.new_provider()
    async with agent.connected() as client:
        check("then it signs in again, without registering again", await me(client) == agent.email)
    check("through the person", len(agent.asked) == 2 and agent.paths(201) in ([], ["/oauth/register"]), agent.paths())


async def whole(agent: Agent, check: Check) -> None:
    async with agent.connected() as client:
        check("speaks " + ERAS[agent.mode], client.protocol_version == ERAS[agent.mode], client.protocol_version)
        check("acts as whoever signed in", await me(client) == agent.email)
        await discovering(agent, check)
        await renewing(agent, client, check)
        replaced = agent.store.tokens
        # What it stores is enough for the next start.
        agent.provider = agent.new_provider()
    async with agent.connected() as client:
        check("a new start signs nobody in again", await me(client) == agent.email and len(agent.asked) == 1)
        check("and needs no new token", agent.store.tokens == replaced)
    await revoking(agent, check)


async def registered(agent: Agent, check: Check) -> None:
    await whole(agent, check)
    check("it registered once", agent.paths().count("/oauth/register") == 1, agent.paths())
    shown = await agent.person.open(agent.asked[0])
    check("the page says that nobody vouches for its name", "not verified" in shown.text, shown.text)


async def described(agent: Agent, check: Check) -> None:
    await whole(agent, check)
    check("its document is its id", agent.store.client.client_id == DOCUMENT, agent.store.client)
    check("it did not register", "/oauth/register" not in agent.paths(), agent.paths())
    shown = await agent.person.open(agent.asked[0])
    check("the page names the host of the document", "agent.example.com" in shown.text, shown.text)


async def known(agent: Agent, check: Check) -> None:
    """A client that the operator knows, whose person was told its id and secret."""
    agent.store.client = OAuthClientInformationFull(
        client_id="known-agent", client_secret=SECRET, redirect_uris=[BACK],
        token_endpoint_auth_method="client_secret_basic", issuer=agent.house,
    )
    agent.provider = agent.new_provider()
    await whole(agent, check)
    check("it did not register", "/oauth/register" not in agent.paths(), agent.paths())


async def machine(agent: Agent, check: Check) -> None:
    """A program that acts without a person, as the bot that the operator gave it."""

    def provider(secret: str) -> OAuthClientProvider:
        return ClientCredentialsOAuthProvider(
            agent.house + agent.server, Store(), "night-shift", secret, issuer=agent.house
        )

    agent.provider = provider(SECRET)
    async with agent.connected() as client:
        check("acts as the bot", await me(client) == "ci-bot@webex.bot")
    check("nobody was asked", not agent.asked, agent.asked)
    tokens = agent.provider.context.current_tokens
    check("it has no refresh token", tokens.refresh_token is None and bool(tokens.expires_in))
    agent.provider = provider(SECRET + "x")
    told = await refused(agent)
    check("another secret is refused", "invalid_client" in (told or ""), told)


async def apart(agent: Agent, check: Check) -> None:
    """Two people at one server see what is theirs."""
    other = Agent(agent.house, agent.webex, email="carol@example.com")
    async with agent.connected() as client, other.connected() as second:
        check("each acts as themselves", (await me(client), await me(second)) == (agent.email, other.email))
        check("and sees other spaces", await spaces(client) != await spaces(second))
    async with httpx2.AsyncClient(trust_env=False) as http:
        token = {"authorization": f"Bearer {agent.store.tokens.access_token}"}
        elsewhere = await http.post(agent.house + "/mcp/webex-meeting", headers=token, json={})
    check("a token is good for one server", elsewhere.status_code == 401, elsewhere.status_code)


async def copied(agent: Agent, check: Check) -> None:
    """Two programs have the same refresh token: the client's own, twice, or somebody else's copy."""
    async with agent.connected() as client:
        check("a client signs in", await me(client) == agent.email)
    first = agent.store.tokens.refresh_token

    async def renewed(token: str) -> httpx2.Response:
        known = {"grant_type": "refresh_token", "client_id": agent.store.client.client_id}
        return await agent.form("/oauth/token", known | {"refresh_token": token})

    two = await asyncio.gather(renewed(first), renewed(first))
    successors = [one.json().get("refresh_token") for one in two]
    is_one = successors[0] is not None and successors[0] == successors[1] != first
    check("twice at once, it gives one successor", is_one, [one.status_code for one in two])
    again = await renewed(first)
    check("so it does for an answer that was lost", again.json().get("refresh_token") == successors[0], again.status_code)
    next_one = await renewed(successors[0])
    check("the successor gives the next one", next_one.status_code == 200, next_one.status_code)
    thief = await renewed(first)
    check("then the first is a copy", thief.json().get("error") == "invalid_grant", thief.text)
    lost = await renewed(next_one.json()["refresh_token"])
    check("and ends all of them", lost.json().get("error") == "invalid_grant", lost.text)
    agent.provider = agent.new_provider()
    async with agent.connected() as client:
        check("the person signs in again", await me(client) == agent.email and len(agent.asked) == 2, agent.asked)


async def refused(agent: Agent) -> str | None:
    """Connects in vain; answers what the SDK said."""
    try:
        async with agent.connected():
            return None
    except Exception as error:
        # It may come in a group of errors.
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        return str(error)


async def wrong(agent: Agent, check: Check) -> None:
    await declining(agent, check)
    await altering(agent, check)
    async with agent.connected() as client:
        check("in the end the same client signs in", await me(client) == agent.email)
    exchanged = agent.form_sent("authorization_code")
    again = await agent.form("/oauth/token", exchanged)
    check("its code works once", again.json().get("error") == "invalid_grant", again.text)
    before = len(agent.asked)
    agent.provider = agent.new_provider()
    async with agent.connected() as client:
        check("and what it gave is taken back", await me(client) == agent.email and len(agent.asked) == before + 1)


async def declining(agent: Agent, check: Check) -> None:
    async def at_ours(address: str) -> Page:
        return await agent.person.press(await agent.person.open(address), "decline")

    async def at_webex(address: str) -> Page:
        asked = await agent.person.press(await agent.person.open(address), "accept")
        return await agent.person.press(asked, "decline")

    for what, clicks in {"on our page": at_ours, "at Webex": at_webex}.items():
        agent.clicks = clicks
        told = await refused(agent)
        answer = agent.back.answer
        check(f"who declines {what} is not signed in", told is not None and agent.store.tokens is None, told)
        is_told = answer.get("error") == "access_denied" and answer.get("iss") == agent.house
        check(f"the client hears of it ({what})", is_told and answer.get("state") == agent.question["state"], answer)

    async def closes(address: str) -> Page:
        await agent.person.open(address)
        raise RuntimeError("the person closed the page")

    agent.clicks = closes
    told = await refused(agent)
    check("a page that is closed leaves nothing", "closed" in (told or "") and agent.store.tokens is None, told)


async def altering(agent: Agent, check: Check) -> None:
    """Somebody changes what the browser carries."""
    question = agent.question
    authorize = agent.asked[-1].partition("?")[0]
    for what, change in {
        "another path": "http://127.0.0.1:9/callbacks",
        "another host": "https://evil.example/callback",
        "a slash more": BACK + "/",
    }.items():
        page = await agent.person.open(f"{authorize}?{urlencode(question | {'redirect_uri': change})}")
        is_here = page.client is None and page.status == 400 and "redirect_uri" in page.text
        check(f"a redirect to {what} is refused on our page", is_here, (page.status, page.client))

    async def other_state(address: str) -> Page:
        page = await agent.person.sign_in(address)
        page.client = page.client.replace("state=", "state=x")
        return page

    agent.clicks = other_state
    told = await refused(agent)
    check("the client refuses another state than its own", "State" in (told or ""), told)
    given = agent.back.answer

    # Webex's answer with another state, and the right one in another browser.
    asked = await agent.person.press(await agent.person.open(agent.asked[-1]), "accept")
    agent.person.homes.remove(agent.house)
    back = (await agent.person.press(asked, "accept")).client
    agent.person.homes.append(agent.house)
    page = await agent.person.open(back.replace("state=", "state=x"))
    check("we refuse a state that is not ours", page.client is None and page.status == 400, page.client)
    page = await Person([agent.house], agent.email).open(back)
    check("and ours in another browser", page.client is None and page.status == 400, page.client)
    page = await agent.person.open(back)
    check("but not in the right one", "code" in page.answer, page)
    page = await agent.person.open(back)
    check("which works once", page.client is None and page.status == 400, page.client)

    fields = agent.form_sent("authorization_code") if "/oauth/token" in agent.paths() else {}
    fields |= {
        "grant_type": "authorization_code", "code": given["code"], "redirect_uri": BACK,
        "client_id": agent.store.client.client_id, "code_verifier": "x" * 43,
    }
    stolen = await agent.form("/oauth/token", fields)
    check("a stolen code is worth nothing without the verifier", stolen.json().get("error") == "invalid_grant", stolen.text)
    agent.clicks = agent.person.sign_in


async def run(house: str, webex: str) -> Report:
    def agent(**settings: Any) -> Agent:
        return Agent(house, webex, **settings)

    journeys = {
        "registers itself": (registered, agent()),
        "registers itself for a secret, in a session": (registered, agent(secret="client_secret_post", mode="legacy")),
        "has a document": (described, agent(document=DOCUMENT)),
        "is known to the operator": (known, agent(secret="client_secret_basic")),
        "is a machine": (machine, agent()),
        "two people": (apart, agent()),
        "two with one refresh token": (copied, agent()),
        "what must not work": (wrong, agent()),
    }
    return await walk(journeys)


async def walk(journeys: dict[str, tuple[Callable[..., Any], Agent]]) -> Report:
    """Each of the journeys with its agent."""
    report = Report()
    for name, (journey, one) in journeys.items():

        def check(what: str, held: bool, detail: Any = None, name: str = f"python {name}") -> None:
            report.check(name, what, held, detail)

        try:
            async with asyncio.timeout(JOURNEY_TIMEOUT_SECONDS):
                await journey(one, check)
        except Exception as error:  # a journey that breaks off is a failed check, the others still run
            check("goes to its end", False, error)
    return report


def main(what: str, run: Callable[[str, str], Any]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--house", required=True, help="the origin of a server at which people sign in")
    parser.add_argument("--webex", required=True, help="the origin of its Webex, a sandbox")
    arguments = parser.parse_args()
    # The SDK logs each refusal with its stack.
    logging.disable(logging.CRITICAL)
    report = asyncio.run(run(arguments.house, arguments.webex))
    print(f"python: {report.passed} checks of {what} held, {report.failed} did not")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main("signing in", run))
