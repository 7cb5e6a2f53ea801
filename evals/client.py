"""A small MCP client over HTTP, in both eras, that counts what it sends and gets.

It shows a question to a person, or cannot show one. The official SDKs meet the server elsewhere; this
one is plain so that every byte is counted.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any

STATELESS, SESSIONS = "2026-07-28", "2025-11-25"
TIMEOUT_SECONDS = 20
# A call asks a person at most so often: which one is meant, and whether to do it.
MAX_QUESTIONS = 4
META = "io.modelcontextprotocol/"
SELF = {"name": "evals", "version": "1"}


class Broken(Exception):
    """The server answered something that is no answer to a call."""


@dataclass
class Person:
    """Agrees, and chooses what the task means."""

    meant: str = ""
    asked: int = 0

    def answer(self, params: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        choice = params["requestedSchema"]["properties"].get("choice")
        if choice is None:
            return {"action": "accept", "content": {"confirm": True}}
        fitting = [one["const"] for one in choice["oneOf"] if self.meant and self.meant in one["title"]]
        return {"action": "accept", "content": {"choice": fitting[0]}} if fitting else {"action": "decline"}


@dataclass(frozen=True)
class Answer:
    """What a call brought."""

    facts: dict[str, Any]
    text: str
    failed: bool


@dataclass
class Client:
    """One agent: a server, who it acts for, an era, and a person if it can show questions."""

    url: str
    token: str
    era: str
    person: Person | None
    calls: int = 0
    # Bodies in both directions; what a model writes and reads.
    wire_bytes: int = 0
    model_bytes: int = 0
    session: str | None = None
    number: int = 0
    tools: list[str] = field(default_factory=list)

    def open(self) -> None:
        if self.era == SESSIONS:
            params = {"protocolVersion": SESSIONS, "capabilities": self._capabilities(), "clientInfo": SELF}
            self._request("initialize", params)
            self._post({"jsonrpc": "2.0", "method": "notifications/initialized"}).close()
        listed = self._request("tools/list", {})
        self.tools = [tool["name"] for tool in listed["tools"]]
        self.calls = self.wire_bytes = self.model_bytes = 0

    def close(self) -> None:
        if self.session:
            urllib.request.urlopen(self._prepare(None, "DELETE"), timeout=TIMEOUT_SECONDS).close()

    def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """One call as a model makes it; questions to the person are part of it."""
        self.calls += 1
        params: dict[str, Any] = {"name": tool, "arguments": arguments}
        result = self._request("tools/call", params)
        for _ in range(MAX_QUESTIONS):
            if result.get("resultType") != "input_required":
                break
            answers = {key: self._ask(one["params"]) for key, one in result.get("inputRequests", {}).items()}
            replied = {"inputResponses": answers, "requestState": result["requestState"]}
            result = self._request("tools/call", params | replied)
        text = "\n".join(part.get("text", "") for part in result.get("content", []))
        self.model_bytes += len(json.dumps(arguments, ensure_ascii=False).encode()) + len(text.encode())
        return Answer(result.get("structuredContent") or {}, text, bool(result.get("isError")))

    def _ask(self, params: dict[str, Any]) -> dict[str, Any]:
        return self.person.answer(params) if self.person else {"action": "cancel"}

    def _capabilities(self) -> dict[str, Any]:
        return {"elicitation": {}} if self.person else {}

    def _request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.number += 1
        if self.era == STATELESS:
            meta = {"protocolVersion": STATELESS, "clientInfo": SELF, "clientCapabilities": self._capabilities()}
            params = params | {"_meta": {META + key: value for key, value in meta.items()}}
        body = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        with self._post(body) as response:
            self.session = response.headers.get("Mcp-Session-Id") or self.session
            for message in self._messages(response):
                if message.get("method") == "elicitation/create":
                    reply = {"jsonrpc": "2.0", "id": message["id"], "result": self._ask(message["params"])}
                    self._post(reply).close()
                elif message.get("id") == self.number and "result" in message:
                    result: dict[str, Any] = message["result"]
                    return result
                elif "error" in message:
                    raise Broken(message["error"])
        raise Broken(f"{method} was not answered")

    def _messages(self, response: HTTPResponse) -> Iterator[dict[str, Any]]:
        """The messages of an answer: one as JSON, or those of a stream of events."""
        if "event-stream" not in response.headers.get("Content-Type", ""):
            read = response.read()
            self.wire_bytes += len(read)
            yield json.loads(read)
            return
        for line in response:
            self.wire_bytes += len(line)
            data = line.removeprefix(b"data:").strip()
            if line.startswith(b"data:") and data:
                yield json.loads(data)

    def _post(self, body: dict[str, Any]) -> HTTPResponse:
        data = json.dumps(body).encode()
        self.wire_bytes += len(data)
        request = self._prepare(data, "POST")
        if self.era == STATELESS:
            request.add_header("Mcp-Method", body["method"])
            if "name" in body["params"]:
                request.add_header("Mcp-Name", body["params"]["name"])
        try:
            response: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            raise Broken(f"HTTP {error.code}: {error.read()[:300]!r}") from error
        return response

    def _prepare(self, data: bytes | None, method: str) -> urllib.request.Request:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "Authorization": f"Bearer {self.token}",
            "MCP-Protocol-Version": self.era,
        }
        if self.session:
            headers["Mcp-Session-Id"] = self.session
        return urllib.request.Request(self.url, data, headers, method=method)
