"""Tokens, and how the SDK takes what Webex refuses."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from typing import Any

from webexpythonsdk import ApiError, RateLimitError, WebexAPI

from stage import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Report, Sandbox

from .calls import connect

SCOPES = "spark:people_read spark:rooms_read"


def code_for(sandbox: Sandbox) -> str:
    """The SDK has no call that makes an authorize URL."""
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": SCOPES,
        "state": "opaque",
    }
    return sandbox.consent(f"{sandbox.api}/authorize?{urllib.parse.urlencode(query)}", sandbox.bob)["code"]


def oauth(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    tokens = api.access_tokens.get(CLIENT_ID, CLIENT_SECRET, code_for(sandbox), REDIRECT_URI)
    report.equal("access_tokens.get lasts 14 days", tokens.expires_in, 14 * 24 * 3600)
    bob = connect(sandbox, sandbox.bob, access_token=tokens.access_token)
    report.equal("its token is the person's who consented", bob.people.me().id, sandbox.bob.id)
    fresh = api.access_tokens.refresh(CLIENT_ID, CLIENT_SECRET, tokens.refresh_token)
    report.check("access_tokens.refresh gives another token", fresh.access_token != tokens.access_token)
    bob = connect(sandbox, sandbox.bob, access_token=fresh.access_token)
    report.equal("which works as well", bob.people.me().id, sandbox.bob.id)
    refused(report, "a token without the scope is refused", 403, lambda: list(bob.teams.list()))
    code = code_for(sandbox)
    api.access_tokens.get(CLIENT_ID, CLIENT_SECRET, code, REDIRECT_URI)
    again = lambda: api.access_tokens.get(CLIENT_ID, CLIENT_SECRET, code, REDIRECT_URI)  # noqa: E731
    refused(report, "a code works once", 400, again)
    signed_in = WebexAPI(
        base_url=f"{sandbox.api}/",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        oauth_code=code_for(sandbox),
        redirect_uri=REDIRECT_URI,
    )
    report.equal("the SDK signs in with a code by itself", signed_in.people.me().id, sandbox.bob.id)


def refused(report: Report, what: str, status: int, call: Callable[[], Any]) -> None:
    """An ApiError with this status, a message, and the tracking id of the answer."""
    try:
        answer = call()
    except ApiError as error:
        seen = (error.status_code, bool(error.message), error.tracking_id)
        report.equal(what, seen, (status, True, error.response.headers["trackingid"]))
    else:
        report.check(what, False, answer)


def refusals(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Closed Door")
    nobody = connect(sandbox, sandbox.alice, access_token="nobody")
    reader = connect(sandbox, sandbox.alice, access_token="sandbox-alice-read")
    bob = connect(sandbox, sandbox.bob)
    api.memberships.create(room.id, personId=sandbox.bob.id)
    refused(report, "401 for a token that is none", 401, nobody.people.me)
    refused(report, "403 without the scope", 403, lambda: reader.messages.create(room.id, text="Hello"))
    refused(report, "404 for a room that is none", 404, lambda: api.rooms.get(room.id[::-1]))
    refused(
        report, "409 for a second membership", 409, lambda: api.memberships.create(room.id, personId=sandbox.bob.id)
    )
    refused(report, "400 for a message without a text", 400, lambda: api.messages.create(room.id))
    theirs = api.messages.create(room.id, text="Mine")
    refused(report, "403 for editing another's message", 403, lambda: bob.messages.edit(theirs.id, room.id, text="No"))
    api.messages.delete(theirs.id)
    refused(report, "404 for a message that is gone", 404, lambda: api.messages.get(theirs.id))
    sandbox.fault("/v1/people/me", "status", code=503)
    refused(report, "503 as it comes", 503, api.people.me)
    sandbox.fault("/v1/people/me", "status", code=502, html=True)
    try:
        api.people.me()
    except ApiError as error:
        seen = (error.status_code, error.details, error.tracking_id)
        tracking_id = error.response.headers["trackingid"]
        report.equal("502 with a page has its tracking id in the header", seen, (502, None, tracking_id))
    else:
        report.check("502 with a page has its tracking id in the header", False)
    api.rooms.delete(room.id)


def rate_limits(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    impatient = connect(sandbox, sandbox.alice, wait_on_rate_limit=False)
    with sandbox.naps() as slept, sandbox.rate_limit(2, 60):
        statuses = sandbox.statuses(lambda: [api.people.me() for _ in range(4)])
        report.equal("429 is waited for, once a minute's worth is spent", statuses, [200, 200, 429, 200, 200])
        report.check("for as long as Retry-After says", len(slept) == 1 and 0 < slept[0] <= 60, slept)
    for asked, waited in ((7, 7), (None, 15)):
        with sandbox.naps() as slept:
            sandbox.fault("/v1/people/me", "status", code=429, retryAfterSecs=asked)
            api.people.me()
        report.equal(f"429 with Retry-After {asked} waits {waited} s", slept, [waited])
    sandbox.fault("/v1/people/me", "status", code=429, retryAfterSecs=3600)
    try:
        impatient.people.me()
    except RateLimitError as error:
        report.equal("429 reaches who does not wait", (error.status_code, error.retry_after), (429, 3600))
    else:
        report.check("429 reaches who does not wait", False)
