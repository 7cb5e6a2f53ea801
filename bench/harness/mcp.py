"""An MCP client of the 2026-07-28 revision, as small as a measurement can use."""

import base64
import http.client
import itertools
import json

REVISION = "2026-07-28"
ENDPOINT = "/mcp/webex-messaging"
# A transfer of 100 MB on one core takes less than a second.
ANSWER_TIMEOUT_SECONDS = 60

_ids = itertools.count(1)


def webex_id(kind: str) -> str:
    """The id of the stand-in's first resource of a kind."""
    plain = f"ciscospark://us/{kind}/5b2f7c1e-8d3a-4f60-9a11-{0:012x}"
    return base64.b64encode(plain.encode()).decode().rstrip("=")


def request(method: str, params: dict) -> dict:
    """A request with everything that the revision asks of a client."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": REVISION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "webex-bench", "version": "0.1.0"},
    }
    params = params | {"_meta": meta}
    return {"jsonrpc": "2.0", "id": next(_ids), "method": method, "params": params}


def connect(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(address, timeout=ANSWER_TIMEOUT_SECONDS)


def headers(method: str, params: dict) -> dict:
    found = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": REVISION,
        "Mcp-Method": method,
    }
    return found | ({"Mcp-Name": params["name"]} if "name" in params else {})


def send(
    connection: http.client.HTTPConnection, method: str, params: dict, endpoint: str = ENDPOINT
) -> None:
    """Sends one request over HTTP."""
    body = json.dumps(request(method, params))
    connection.request("POST", endpoint, body, headers(method, params))


def ask(
    connection: http.client.HTTPConnection, method: str, params: dict, endpoint: str = ENDPOINT
) -> dict:
    """Sends one request over HTTP and gives its result."""
    send(connection, method, params, endpoint)
    answer = connection.getresponse()
    body = answer.read()
    if answer.headers.get_content_type() == "text/event-stream":
        data = [line for line in body.splitlines() if line.startswith(b"data: {")]
        body = data[-1].removeprefix(b"data: ")
    return result_of(body)


def call(
    connection: http.client.HTTPConnection, tool: str, arguments: dict, endpoint: str = ENDPOINT
) -> dict:
    return ask(connection, "tools/call", {"name": tool, "arguments": arguments}, endpoint)


def result_of(body: bytes) -> dict:
    """The result of an answer; anything else is an error that shows the answer."""
    answer = json.loads(body or b"null")
    result = answer.get("result") if isinstance(answer, dict) else None
    if result is None or result.get("isError"):
        raise ValueError(f"no result: {body[:300].decode(errors='replace')}")
    return result
