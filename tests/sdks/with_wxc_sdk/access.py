"""Tokens, and how the SDK takes what Webex refuses."""

from __future__ import annotations

import tempfile
import urllib.parse
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from requests import HTTPError
from wxc_sdk.integration import Integration
from wxc_sdk.messages import Message
from wxc_sdk.rest import ErrorDetail, RestError
from wxc_sdk.tokens import Tokens

from stage import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Person, Report, Sandbox

from .calls import connect

SCOPES = ["spark:people_read", "spark:rooms_read", "spark:kms"]


def integration(sandbox: Sandbox) -> Integration:
    return Integration(
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        scopes=SCOPES,
        redirect_url=REDIRECT_URI,
        auth_service=f"{sandbox.api}/authorize",
        token_service=f"{sandbox.api}/access_token",
    )


def sign_in(sandbox: Sandbox, person: Person) -> Tokens:
    ours = integration(sandbox)
    return ours.tokens_from_code(sandbox.consent(ours.auth_url("opaque"), person)["code"])


def oauth(sandbox: Sandbox, report: Report) -> None:
    ours = integration(sandbox)
    url = ours.auth_url("opaque")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    report.equal("integration.auth_url asks for the scopes", asked["scope"].split(), SCOPES)
    declined = sandbox.consent(url, sandbox.bob, decision="decline")
    report.equal(
        "who declines comes back without a code",
        (declined.get("error"), declined.get("state")),
        ("access_denied", "opaque"),
    )
    answer = sandbox.consent(url, sandbox.bob)
    report.equal("who accepts comes back with code and state", sorted(answer), ["code", "state"])
    tokens = ours.tokens_from_code(answer["code"])
    report.equal("integration.tokens_from_code keeps the scopes", sorted(tokens.scope.split()), sorted(SCOPES))
    me = connect(sandbox, sandbox.bob, tokens=tokens).people.me()
    report.equal("its token is the person's who consented", me.person_id, sandbox.bob.id)
    try:
        ours.tokens_from_code(answer["code"])
    except HTTPError as error:
        report.equal("a code works once", error.response.status_code, 400)
    else:
        report.check("a code works once", False)
    first = tokens.access_token
    ours.refresh(tokens)
    report.check("integration.refresh gives another token", first != tokens.access_token)
    me = connect(sandbox, sandbox.bob, tokens=tokens).people.me()
    report.equal("which works as well", me.person_id, sandbox.bob.id)
    report.equal("integration.validate_tokens leaves what is fresh", ours.validate_tokens(tokens), False)
    tokens.expires_at -= timedelta(days=14)
    report.equal("integration.validate_tokens renews what ends", ours.validate_tokens(tokens), True)
    tokens.expires_at -= timedelta(days=14)
    kept: list[Tokens] = []
    cached = ours.get_cached_tokens(lambda: tokens, kept.append)
    report.check("integration.get_cached_tokens renews and keeps", kept == [cached] and cached.remaining > 0, kept)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tokens.yml")
        path.write_text(tokens.model_dump_json())
        read = ours.get_cached_tokens_from_yml(str(path))
        report.equal("integration.get_cached_tokens_from_yml", read.access_token, tokens.access_token)
    sandbox.advance(15 * 24 * 3600)
    refused(report, "a token ends with its time", 401, connect(sandbox, sandbox.bob, tokens=tokens).people.me)
    ours.refresh(tokens)
    me = connect(sandbox, sandbox.bob, tokens=tokens).people.me()
    report.equal("and is renewed all the same", me.person_id, sandbox.bob.id)


def authorizations(sandbox: Sandbox, report: Report) -> None:
    tokens = sign_in(sandbox, sandbox.dave)
    ada = connect(sandbox, sandbox.ada).authorizations
    listed = ada.list(person_id=sandbox.dave.id)
    report.equal("authorizations.list has both tokens", sorted(one.type for one in listed), ["access", "refresh"])
    same = ada.list(person_email=sandbox.dave.email)
    report.equal("authorizations.list by address", {one.id for one in same}, {one.id for one in listed})
    report.equal("they are the integration's", {one.client_id for one in listed}, {CLIENT_ID})
    refresh = next(one.id for one in listed if one.type == "refresh")
    ada.delete(authorization_id=refresh)
    refused(report, "authorizations.delete revokes", 401, connect(sandbox, sandbox.dave, tokens=tokens).people.me)
    report.equal("with what came of it", ada.list(person_id=sandbox.dave.id), [])


def refused(report: Report, what: str, status: int, call: Callable[[], Any]) -> None:
    """A RestError with this status, a description, and the tracking id of the answer."""
    try:
        answer = call()
    except RestError as error:
        if not isinstance(error.detail, ErrorDetail):
            report.check(what, False, error.detail)
            return
        seen = (error.response.status_code, bool(error.description), error.detail.tracking_id)
        report.equal(what, seen, (status, True, error.response.headers["trackingid"]))
    else:
        report.check(what, False, answer)


def refusals(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    room = api.rooms.create("Closed Door")
    nobody = connect(sandbox, sandbox.alice, tokens="nobody")
    reader = connect(sandbox, sandbox.alice, tokens="sandbox-alice-read")
    bob = connect(sandbox, sandbox.bob)
    api.membership.create(room.id, person_id=sandbox.bob.id)
    refused(report, "401 for a token that is none", 401, nobody.people.me)
    refused(report, "403 without the scope", 403, lambda: reader.messages.create(room_id=room.id, text="Hello"))
    refused(report, "403 for who is no compliance officer", 403, lambda: list(api.events.list()))
    refused(report, "404 for a room that is none", 404, lambda: api.rooms.details(room.id[::-1]))
    refused(
        report, "409 for a second membership", 409, lambda: api.membership.create(room.id, person_id=sandbox.bob.id)
    )
    refused(report, "400 for a message without a text", 400, lambda: api.messages.create(room_id=room.id))
    theirs = api.messages.create(room_id=room.id, text="Mine")
    edit = Message(id=theirs.id, room_id=room.id, text="No")
    refused(report, "403 for editing another's message", 403, lambda: bob.messages.edit(edit))
    api.messages.delete(theirs.id)
    refused(report, "404 for a message that is gone", 404, lambda: api.messages.details(theirs.id))
    sandbox.fault("/v1/people/me", "status", code=503)
    refused(report, "503 as it comes", 503, api.people.me)
    sandbox.fault("/v1/people/me", "status", code=502, html=True)
    try:
        api.people.me()
    except RestError as error:
        report.check("502 with a page is told as it is", "<html>" in error.description, error.description)
    else:
        report.check("502 with a page is told as it is", False)
    api.rooms.delete(room.id)


def rate_limits(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    impatient = connect(sandbox, sandbox.alice, retry_429=False)
    with sandbox.naps() as slept, sandbox.rate_limit(2, 60):
        statuses = sandbox.statuses(lambda: [api.people.me() for _ in range(4)])
        report.equal("429 is waited for, once a minute's worth is spent", statuses, [200, 200, 429, 200, 200])
        report.check("for as long as Retry-After says", len(slept) == 1 and 0 < slept[0] <= 60, slept)
    for asked, waited in ((7, 7), (None, 5), (3600, 60)):
        with sandbox.naps() as slept:
            sandbox.fault("/v1/people/me", "status", code=429, retryAfterSecs=asked)
            api.people.me()
        report.equal(f"429 with Retry-After {asked} waits {waited} s", slept, [waited])
    sandbox.fault("/v1/people/me", "status", code=429, retryAfterSecs=1)
    refused(report, "429 reaches who does not wait", 429, impatient.people.me)
