"""What a call costs of somebody who signed in, beside one with the server's own token."""

import base64
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from . import mcp, processes
from .figures import Figure, Plan, at_most, compared, in_turn, loaded
from .processes import Process

ENDPOINT = mcp.ENDPOINT
BACK = "http://127.0.0.1:9/callback"
VERIFIER = "the-verifier-of-a-client-that-only-measures-calls"
SCOPES = "spark:messages_read,spark:rooms_read,spark:people_read,spark:kms"
CONNECTIONS = (16, 64)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def hosted(folder: Path, upstream: Process) -> Process:
    """A server where people sign in."""
    address = processes.free_address()
    argv = processes.serve_argv(folder, upstream, address, auth="broker")
    settings = {
        "WEBEX_MCP_SERVER_PUBLIC_URL": f"http://{address}",
        "WEBEX_MCP_SERVER_TRUSTED_PROXIES": "127.0.0.1",
        "WEBEX_MCP_BROKER_CLIENT_ID": "bench",
        "WEBEX_MCP_BROKER_CLIENT_SECRET": "bench",
        "WEBEX_MCP_BROKER_REGISTERED_SCOPES": SCOPES,
    }
    return processes.serve(folder, argv, address, settings)


class Browser:
    """Just enough of a browser: one connection, and the cookies that it was given."""

    def __init__(self, address: str):
        self.connection = mcp.connect(address)
        self.cookie = ""

    def ask(self, method: str, path: str, body: str = "", headers: dict | None = None):
        sent = {"Cookie": self.cookie} if self.cookie else {}
        self.connection.request(method, path, body, sent | (headers or {}))
        answer = self.connection.getresponse()
        for given in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = given.split(";", 1)[0]
        return answer.status, answer.headers, answer.read().decode()

    def asked_for(self, expected: int, method: str, path: str, *more):
        status, headers, text = self.ask(method, path, *more)
        if status != expected:
            raise processes.Broken(f"{method} {path.split('?')[0]} answered {status}: {text[:200]}")
        return headers, text


def signed_in(server: Process) -> str:
    """The token that a client gets, by the way that a client and a browser take."""
    browser = Browser(server.address)
    base = f"http://{server.address}"
    client = json.dumps({"client_name": "Bench", "redirect_uris": [BACK]})
    as_json = {"Content-Type": "application/json"}
    _, text = browser.asked_for(201, "POST", "/oauth/register", client, as_json)
    client_id = json.loads(text)["client_id"]
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    question = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "resource": base + ENDPOINT,
    }
    _, page = browser.asked_for(200, "GET", f"/oauth/authorize?{urlencode(question)}")
    request = re.search(r'name="request" value="([^"]+)"', page)[1]
    agreed = urlencode({"request": request, "decision": "accept"})
    headers, _ = browser.asked_for(303, "POST", "/oauth/consent", agreed, FORM | {"Origin": base})
    state = parse_qs(urlsplit(headers["Location"]).query)["state"][0]
    back = urlencode({"code": "bench", "state": state})
    headers, _ = browser.asked_for(303, "GET", f"/oauth/callback?{back}")
    code = parse_qs(urlsplit(headers["Location"]).query)["code"][0]
    exchange = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        "resource": base + ENDPOINT,
    }
    _, text = browser.asked_for(200, "POST", "/oauth/token", urlencode(exchange), FORM)
    return json.loads(text)["access_token"]


def broker(plan: Plan) -> list[Figure]:
    """Processor time of reads: by the server's own token, and by somebody who signed in."""
    own, many = (plan.folder / name for name in ("own", "hosted"))
    own.mkdir()
    many.mkdir()
    with (
        processes.stub(plan.folder) as stub,
        processes.server(own, stub) as static,
        hosted(many, stub) as ours,
    ):
        token = signed_in(ours)
        figures = []
        for tool_call, case in (("message", "read of 2 KB"), ("list", "list of 100 messages")):
            for connections in CONNECTIONS:
                # Static authentication reads no bearer: both sides get the same bytes.
                measure = loaded(
                    plan, "calls", tool_call=tool_call, connections=connections, token=token
                )
                runs = in_turn(plan, measure, static, ours)
                name = f"signed in, {case}, {connections} connections: CPU per call, to static"
                figures.append(compared(name, "cpu_us_per_call", "µs", runs, at_most(1.2)))
    return figures


PARTS = (broker,)
