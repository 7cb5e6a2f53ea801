"""The sandbox behind the server: its world, put back before each task, and what checks read of it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from functools import cached_property
from typing import Any

TIMEOUT_SECONDS = 20
# As many as the sandbox gives on one page.
PAGE = 100


class World:
    """The REST API and the administration of one running server with a sandbox."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.saved = self._ask("GET", "/_sandbox/world")[1]

    def _ask(self, method: str, path: str, body: bytes | None = None, person: str | None = None) -> tuple[int, bytes]:
        quoted = urllib.parse.quote(path, safe="/?&=%@:.~")
        request = urllib.request.Request(self.origin + quoted, body, method=method)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if person is not None:
            request.add_header("Authorization", f"Bearer sandbox-{person}")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def read(self, path: str, person: str) -> tuple[int, Any]:
        """Status and content of a request to Webex's REST API."""
        status, body = self._ask("GET", f"/v1{path}", person=person)
        return status, json.loads(body) if body.lstrip()[:1] in (b"{", b"[") else body.decode(errors="replace")

    def administer(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        status, answer = self._ask(method, f"/_sandbox{path}", data)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: HTTP {status}: {answer[:300]!r}")
        return json.loads(answer) if answer else None

    def reset(self) -> None:
        """The world as it was at the start, and nobody has called yet."""
        status, answer = self._ask("PUT", "/_sandbox/world", self.saved)
        if status >= 300:
            raise RuntimeError(f"the world cannot be put back: HTTP {status}: {answer[:300]!r}")
        self.administer("DELETE", "/calls")

    def calls(self) -> list[dict[str, Any]]:
        """The requests to Webex since the reset."""
        items: list[dict[str, Any]] = self.administer("GET", "/calls")["items"]
        return items

    def now(self) -> datetime:
        return datetime.fromisoformat(self.administer("GET", "/clock")["now"])

    @cached_property
    def ids(self) -> dict[str, str]:
        """What `{room:TITLE}` and the like stand for: the same ids after every reset."""
        people = self.administer("GET", "/people")["items"]
        ids = {f"person:{one['token'].removeprefix('sandbox-')}": one["id"] for one in people}
        for person in ("harold", "carol", "alice"):
            for kind, path, name in (
                ("room", f"/rooms?type=group&max={PAGE}", "title"),
                ("team", f"/teams?max={PAGE}", "name"),
                ("meeting", f"/meetings?meetingType=meetingSeries&max={PAGE}", "title"),
            ):
                items = self.read(path, person)[1]["items"]
                ids |= {f"{kind}:{one[name]}": one["id"] for one in items}
        return ids
