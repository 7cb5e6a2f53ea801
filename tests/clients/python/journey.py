"""A day with the server, as the official Python SDK sees it.

Runs one journey for each pair of protocol era (2026-07-28 and sessions) and door (HTTP and stdio):
list, read, write, search, delete with and without a person's consent. The server runs on its
sandbox, so every journey writes, and cleans up after itself. The SDK checks each answer against the
tool's output schema.

One line per check on stdout; the exit code is 0 only if every check held.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp import Client, MCPError, StdioServerParameters
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, ResourceTemplateReference

JOURNEY_TIMEOUT_SECONDS = 60
CALL_TIMEOUT_SECONDS = 20
# It has more messages than one page of Webex's, so that a search has progress to tell.
SPACE = "Daily Standup"
# Two spaces begin with this; one of them is meant.
AMBIGUOUS, MEANT = "Design", "Design System"
TOOLS = json.loads((Path(__file__).parent.parent / "tools.json").read_text())

ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}

ACCEPT = ElicitResult(action="accept", content={"confirm": True})
UNTICKED = ElicitResult(action="accept", content={"confirm": False})
DECLINE = ElicitResult(action="decline")
CANCEL = ElicitResult(action="cancel")


@dataclass
class Report:
    """Prints and counts what held and what did not."""

    passed: int = 0
    failed: int = 0

    def check(self, journey: str, what: str, held: bool, detail: Any = None) -> None:
        if held:
            self.passed += 1
            print(f"ok      {journey}: {what}")
        else:
            self.failed += 1
            print(f"NOT OK  {journey}: {what}: {detail!r}")


@dataclass
class Person:
    """Answers the server's questions the way it was told to, and remembers them."""

    answer: ElicitResult = field(default_factory=lambda: DECLINE)
    questions: list[ElicitRequestParams] = field(default_factory=list)

    async def asked(self, _context: Any, params: ElicitRequestParams) -> ElicitResult:
        self.questions.append(params)
        choice = params.requested_schema["properties"].get("choice")
        if choice is None:
            return self.answer
        meant = [option["const"] for option in choice["oneOf"] if MEANT in option["title"]]
        return ElicitResult(action="accept", content={"choice": meant[0]})


@dataclass
class Door:
    """One way to reach the server, in one protocol era."""

    name: str
    mode: str
    server: str | StdioServerParameters

    @contextlib.asynccontextmanager
    async def open(
        self, person: Person | None, changed: asyncio.Queue[str] | None = None
    ) -> AsyncIterator[Client]:
        async def told(message: Any) -> None:
            uri = getattr(getattr(message, "params", None), "uri", None)
            if changed is not None and uri is not None:
                changed.put_nowait(str(uri))

        async with Client(
            self.server,
            mode=self.mode,
            read_timeout_seconds=CALL_TIMEOUT_SECONDS,
            elicitation_callback=person.asked if person else None,
            message_handler=told,
        ) as client:
            await client.list_tools()
            yield client


def facts(result: CallToolResult) -> dict[str, Any]:
    """The structured part of an answer, whether it succeeded or failed."""
    return result.structured_content or {}


def failed_as(result: CallToolResult, code: str) -> bool:
    """An error of ours has its code, a sentence and an advice."""
    error = facts(result)
    return bool(result.is_error and error.get("code") == code and error.get("message") and error.get("advice"))


async def readable(client: Client, message: str) -> bool:
    result = await client.call_tool("webex-get-message", {"messageId": message})
    return not result.is_error


async def write(client: Client, text: str) -> str:
    """Posts a message and answers its id."""
    result = await client.call_tool("webex-create-message", {"roomId": SPACE, "text": text})
    return facts(result)["id"]


async def tools(door: Door, client: Client, check: Callable[..., None]) -> None:
    check("speaks " + ERAS[door.mode], client.protocol_version == ERAS[door.mode], client.protocol_version)
    listed = (await client.list_tools(cache_mode="refresh")).tools
    check("lists exactly the 24 published tools", [tool.name for tool in listed] == TOOLS, [t.name for t in listed])
    bare = [tool.name for tool in listed if not (tool.description and tool.output_schema and tool.annotations)]
    check("every tool has a description, an output schema and annotations", not bare, bare)


async def reading(client: Client, check: Callable[..., None]) -> None:
    spaces = facts(await client.call_tool("webex-get-space", {"roomId": SPACE})).get("spaces", [])
    check("reads a space by its name", [space.get("title") for space in spaces] == [SPACE], spaces)

    first = facts(await client.call_tool("webex-get-message", {"roomId": SPACE, "max": 3}))
    ids = [message["id"] for message in first.get("messages", [])]
    check("lists three messages and a cursor", len(ids) == 3 and bool(first["page"]["cursor"]), first)
    arguments = {"roomId": SPACE, "max": 3, "cursor": first["page"]["cursor"]}
    second = facts(await client.call_tool("webex-get-message", arguments))
    others = [message["id"] for message in second.get("messages", [])]
    check("the cursor leads to three others", len(others) == 3 and not set(ids) & set(others), second)


async def writing(client: Client, check: Callable[..., None]) -> tuple[str, str]:
    """Posts a message and a reply to it; answers the id of the message and the word that is in both."""
    word = "journey" + uuid.uuid4().hex[:12]
    markdown = f"Good morning <@personEmail:alice@example.com|Alice>, this is *{word}*"
    sent = await client.call_tool("webex-create-message", {"roomId": SPACE, "markdown": markdown})
    parent = facts(sent).get("id", "")
    check("posts a message", not sent.is_error and bool(parent), facts(sent))

    read = facts(await client.call_tool("webex-get-message", {"messageId": parent})).get("messages", [{}])
    check("reads it back", word in read[0].get("text", ""), read)
    mentions = await client.call_tool("webex-get-message", {"roomId": SPACE, "mentionedPeople": "me", "max": 5})
    found = [message["id"] for message in facts(mentions).get("messages", [])]
    check("the mention works", parent in found, facts(mentions))

    reply = await client.call_tool(
        "webex-create-thread-reply", {"roomId": SPACE, "parentId": parent, "text": f"An answer to {word}"}
    )
    thread = facts(await client.call_tool("webex-get-thread", {"roomId": SPACE, "parentId": parent}))
    ids = [message["id"] for message in thread.get("messages", [])]
    check("the reply stands in the thread, after its parent", ids == [parent, facts(reply).get("id")], thread)
    return parent, word


async def searching(client: Client, word: str, check: Callable[..., None]) -> None:
    steps: list[float] = []

    async def progressed(progress: float, _total: float | None, _message: str | None) -> None:
        steps.append(progress)

    found = facts(
        await client.call_tool(
            "webex-search-messages", {"roomId": SPACE, "query": word}, progress_callback=progressed
        )
    )
    check("finds both by a word in them", len(found.get("messages", [])) == 2, found)
    check("tells its progress, always growing", bool(steps) and steps == sorted(set(steps)), steps)


async def files(client: Client, check: Callable[..., None]) -> str:
    """Sends a file and fetches it again; answers the id of the message that carries it."""
    content = "Grüße aus dem Test\n".encode() * 20
    sent = await client.call_tool(
        "webex-upload-file",
        {
            "roomId": SPACE,
            "fileName": "journey.txt",
            "contentType": "text/plain",
            "content": base64.b64encode(content).decode(),
        },
    )
    message = facts(sent).get("id", "")
    read = facts(await client.call_tool("webex-get-message", {"messageId": message})).get("messages", [{}])
    url = (read[0].get("files") or [""])[0]
    details = facts(await client.call_tool("webex-get-file-details", {"fileUrl": url}))
    check("an uploaded file has its name", "journey.txt" in json.dumps(details), details)
    got = facts(await client.call_tool("webex-download-file", {"fileUrl": url}))
    check("a text comes as text", got.get("text") == content.decode(), got)
    got = facts(await client.call_tool("webex-download-file", {"fileUrl": url, "as": "base64"}))
    check("and comes back byte for byte", base64.b64decode(got.get("base64", "")) == content, got)
    return message


async def browsing(client: Client, check: Callable[..., None]) -> None:
    """Reads without a tool: resources, the completion of their names, and prompts."""
    listed = (await client.list_resources(cache_mode="refresh")).resources
    check("lists spaces as resources", any(SPACE in (one.title or one.name) for one in listed), listed[:3])
    templates = (await client.list_resource_templates()).resource_templates
    messages = next((one for one in templates if one.uri_template.endswith("/messages")), None)
    check("lists the templates", messages is not None, templates)
    if messages is None:
        return
    part = messages.uri_template.partition("{")[2].partition("}")[0]
    template = ResourceTemplateReference(uri=messages.uri_template)
    completed = (await client.complete(template, {"name": part, "value": SPACE[:5]})).completion.values
    check("completes a space's name", SPACE in completed, completed)
    read = await client.read_resource("webex://spaces/Daily%20Standup/messages")
    check("reads a space's messages as text", bool(read.contents) and bool(read.contents[0].text), read)
    try:
        await client.read_resource("webex://spaces/No%20Such%20Space/messages")
        check("an unknown resource is an error", False)
    except MCPError as error:
        check("an unknown resource is an error", "No space" in str(error), error)

    prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
    check("lists prompts", "webex-weekly-status" in prompts, prompts)
    told = await client.get_prompt("webex-weekly-status", {"roomId": SPACE})
    check("a prompt brings its facts", SPACE in told.model_dump_json(), told)


HEARD = "webex://spaces/Daily%20Standup/messages"


async def hearing(door: Door, client: Client, changed: asyncio.Queue[str], check: Callable[..., None]) -> None:
    """A resource that was subscribed to: the webhook comes in, and the client is told."""
    webhook = {"name": "Journey", "targetUrl": "self", "resource": "messages", "event": "created"}
    made = facts(await client.call_tool("webex-create-webhook", webhook))
    if door.mode == "auto":
        async with client.listen(resource_subscriptions=[HEARD]) as subscription:
            check("the subscription is acknowledged", HEARD in str(subscription.honored), subscription.honored)
            sent = await write(client, "Who hears this?")
            event = await asyncio.wait_for(anext(subscription), CALL_TIMEOUT_SECONDS)
            check("it is told of a new message", HEARD in str(event), event)
    else:
        await client.subscribe_resource(HEARD)
        sent = await write(client, "Who hears this?")
        uri = await asyncio.wait_for(changed.get(), CALL_TIMEOUT_SECONDS)
        check("its stream is told of a new message", uri == HEARD, uri)
    for tool, argument, value in (("webex-delete-message", "messageId", sent), ("webex-delete-webhook", "webhookId", made.get("id"))):
        deleted = await client.call_tool(tool, {argument: value})
        check(f"{tool} tidies up", not deleted.is_error, facts(deleted))


async def errors(client: Client, check: Callable[..., None]) -> None:
    unknown = await client.call_tool("webex-get-space", {"roomid": SPACE})
    named = "roomid" in facts(unknown).get("message", "")
    check("an unknown argument is refused by its name", failed_as(unknown, "invalid_arguments") and named, unknown)
    nowhere = await client.call_tool("webex-get-space", {"roomId": "No Such Space Anywhere"})
    check("an unknown space is not_found, with advice", failed_as(nowhere, "not_found"), nowhere)
    long = await client.call_tool("webex-create-message", {"roomId": SPACE, "text": "ü" * 3720})
    told = "7440" in facts(long).get("message", "")
    check("7,440 bytes are one too many", failed_as(long, "invalid_arguments") and told, long)


async def choosing(client: Client, check: Callable[..., None]) -> None:
    spaces = facts(await client.call_tool("webex-get-space", {"roomId": AMBIGUOUS})).get("spaces", [])
    check("a person chooses between spaces of like names", [space.get("title") for space in spaces] == [MEANT], spaces)


async def consent(client: Client, person: Person, message: str, check: Callable[..., None]) -> None:
    """A person is asked before a message goes, and only a clear yes makes it go."""
    for name, answer in {"declined": DECLINE, "cancelled": CANCEL, "not ticked": UNTICKED}.items():
        person.answer = answer
        person.questions.clear()
        result = await client.call_tool("webex-delete-message", {"messageId": message})
        check(f"deletion {name}: the person was asked once", len(person.questions) == 1, person.questions)
        check(f"deletion {name}: the answer says so", failed_as(result, "declined"), facts(result))
        check(f"deletion {name}: the message is still there", await readable(client, message))
    person.answer = ACCEPT
    result = await client.call_tool("webex-delete-message", {"messageId": message})
    check("deletion accepted", not result.is_error, facts(result))
    gone = await client.call_tool("webex-get-message", {"messageId": message})
    check("the message is gone", failed_as(gone, "not_found"), facts(gone))


async def unattended(client: Client, check: Callable[..., None]) -> None:
    """Who cannot be asked gets candidates to choose from, and a token that confirms one call, once."""
    result = await client.call_tool("webex-get-space", {"roomId": AMBIGUOUS})
    names = [candidate.get("name") for candidate in facts(result).get("candidates", [])]
    check("an ambiguous name is answered with candidates", failed_as(result, "ambiguous") and MEANT in names, result)

    message, other = await write(client, "to be deleted by token"), await write(client, "to stay for now")
    asked = await client.call_tool("webex-delete-message", {"messageId": message})
    confirmation = facts(asked).get("confirmationToken", "")
    check("without a form, a token is asked for", failed_as(asked, "confirmation_required") and bool(confirmation), asked)
    check("and nothing was deleted", await readable(client, message))

    moved = await client.call_tool("webex-delete-message", {"messageId": other, "confirmationToken": confirmation})
    check("the token is good for no other message", failed_as(moved, "invalid_arguments"), facts(moved))
    check("which is still there", await readable(client, other))

    confirmed = {"messageId": message, "confirmationToken": confirmation}
    done = await client.call_tool("webex-delete-message", confirmed)
    check("the token confirms its own", not done.is_error and not await readable(client, message), facts(done))
    again = await client.call_tool("webex-delete-message", confirmed)
    check("but not twice", failed_as(again, "invalid_arguments"), facts(again))

    asked = await client.call_tool("webex-delete-message", {"messageId": other})
    arguments = {"messageId": other, "confirmationToken": facts(asked).get("confirmationToken", "")}
    check("a token of its own deletes the other", not (await client.call_tool("webex-delete-message", arguments)).is_error)


async def journey(door: Door, check: Callable[..., None]) -> None:
    person = Person()
    changed: asyncio.Queue[str] = asyncio.Queue()
    async with door.open(person, changed) as client:
        await tools(door, client, check)
        await reading(client, check)
        parent, word = await writing(client, check)
        await searching(client, word, check)
        upload = await files(client, check)
        await browsing(client, check)
        await errors(client, check)
        await choosing(client, check)
        person.answer = ACCEPT
        if isinstance(door.server, str):
            await hearing(door, client, changed, check)
        check("deletes the upload", not (await client.call_tool("webex-delete-message", {"messageId": upload})).is_error)
        await consent(client, person, parent, check)
    async with door.open(None) as client:
        await unattended(client, check)


async def run(url: str, binary: str) -> Report:
    report = Report()
    with tempfile.TemporaryDirectory() as data:
        settings = {"WEBEX_MCP_DATA_DIR": data, "WEBEX_MCP_LOG_LEVEL": "error"}
        stdio = StdioServerParameters(command=binary, args=["stdio", "--sandbox"], env=settings)
        doors = [
            Door(f"python {mode} {kind}", mode, server)
            for mode in ERAS
            for kind, server in {"http": url, "stdio": stdio}.items()
        ]
        for door in doors:

            def check(what: str, held: bool, detail: Any = None, name: str = door.name) -> None:
                report.check(name, what, held, detail)

            try:
                async with asyncio.timeout(JOURNEY_TIMEOUT_SECONDS):
                    await journey(door, check)
            except Exception as error:  # a journey that breaks off is a failed check, the others still run
                check("goes to its end", False, error)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="the endpoint of a running `webex-mcp serve --sandbox`")
    parser.add_argument("--binary", required=True, help="path of webex-mcp, started here for stdio")
    arguments = parser.parse_args()
    report = asyncio.run(run(arguments.url, arguments.binary))
    print(f"python: {report.passed} checks held, {report.failed} did not")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
