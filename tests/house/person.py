"""A person before a browser, as a program: reads pages, fills their forms in, keeps cookies, and goes
where it is sent, up to the address of a client. The same as person.mjs."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

MAX_REDIRECTS = 10


@dataclass
class Page:
    """A page, or the address of a client to which the browser would go now."""

    address: str
    status: int = 0
    text: str = ""
    client: str | None = None

    @property
    def answer(self) -> dict[str, str]:
        """The parameters with which the client is called."""
        return dict(parse_qsl(urlsplit(self.client or "").query))

    @property
    def hidden(self) -> dict[str, str]:
        """What a form sends that nobody fills in."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', self.text)
        return {name: html.unescape(value) for name, value in found}

    @property
    def action(self) -> str:
        found = re.search(r'<form method="post" action="([^"]*)">', self.text)
        return urljoin(self.address, html.unescape(found[1]) if found else self.address)

    def choice(self, label: str) -> dict[str, str]:
        """The value of the choice beside which this is written."""
        pattern = r'<input type="radio" name="([^"]*)" value="([^"]*)".*?</label>'
        found = [one for one in re.finditer(pattern, self.text, re.DOTALL) if label in one[0]]
        return {found[0][1]: html.unescape(found[0][2])} if found else {}


@dataclass
class Person:
    """`homes`: the origins whose pages are read; every other one is a client's."""

    homes: list[str]
    email: str
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    async def open(self, address: str) -> Page:
        return await self._go("GET", address)

    async def press(self, page: Page, decision: str) -> Page:
        """Presses a button of a page that asks."""
        fields = page.hidden | page.choice(self.email) | {"decision": decision}
        return await self._go("POST", page.action, fields)

    async def sign_in(self, address: str) -> Page:
        """The whole way: our page, Webex's page, and back to the client."""
        asked = await self.press(await self.open(address), "accept")
        return asked if asked.client else await self.press(asked, "accept")

    async def _go(self, method: str, address: str, fields: dict[str, str] | None = None) -> Page:
        async with httpx2.AsyncClient(trust_env=False) as client:
            for _ in range(MAX_REDIRECTS):
                parts = urlsplit(address)
                origin = f"{parts.scheme}://{parts.netloc}"
                if origin not in self.homes:
                    return Page(address, client=address)
                jar = self.cookies.setdefault(origin, {})
                headers = {"cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
                if fields is not None:
                    headers["origin"] = origin
                answer = await client.request(method, address, headers=headers, data=fields)
                for line in answer.headers.get_list("set-cookie"):
                    name, _, value = line.partition(";")[0].partition("=")
                    jar[name] = value
                # It keeps cookies of its own, which know no secure ones on this machine.
                client.cookies.clear()
                location = answer.headers.get("location")
                if location is None:
                    return Page(address, answer.status_code, answer.text)
                method, address, fields = "GET", urljoin(address, location), None
        raise RuntimeError("the pages send their reader in circles")
