"""webexpythonsdk: which of its calls matter here, and which are left out for which reason."""

from __future__ import annotations

from typing import Any

import webexpythonsdk.api as sdk
from webexpythonsdk import ApiError, WebexAPI

from coverage import Excluded, Group
from stage import TIMEOUT_SECONDS, Person, Sandbox

# The SDK lists the recordings of one integration only.
TAG = "journeys"


def bulk_invites(sandbox: Sandbox) -> bool:
    api = connect(sandbox, sandbox.alice)
    meeting = api.meetings.create("Bulk", sandbox.after(days=2), sandbox.after(days=2, hours=1))
    try:
        items = [{"email": sandbox.bob.email}]
        return [one.email for one in api.meeting_invitees.bulk(meeting.id, items=items)] == [sandbox.bob.email]
    finally:
        api.meetings.delete(meeting.id)


def recording_goes(sandbox: Sandbox) -> bool:
    api = connect(sandbox, sandbox.alice)
    recording = next(iter(api.recordings.list(integrationTag=TAG)))
    api.recordings.delete(recording.id)
    return recording.id not in [one.id for one in api.recordings.list(integrationTag=TAG)]


EXCLUDED = [
    Excluded("meeting_invitees.bulk", "it sends PUT where Webex takes POST", bulk_invites),
    Excluded("recordings.delete", "it sends GET, and so deletes nothing", recording_goes),
]

# Groups of the SDK that the sandbox does not have.
OUTSIDE = {
    "admin_audit_events": "audit events are not among the modelled groups",
    "guest_issuer": "guests come of a guest issuer application, which is not modelled",
    "licenses": "licences are administration beyond messaging and meetings",
    "organizations": "organizations are administration beyond messaging and meetings",
    "roles": "roles are administration beyond messaging and meetings",
    "room_tabs": "tabs are not among the modelled groups",
}

GROUPS = [
    Group("access_tokens", sdk.AccessTokensAPI),
    Group("attachment_actions", sdk.AttachmentActionsAPI),
    Group("events", sdk.EventsAPI),
    Group("meeting_invitees", sdk.MeetingInviteesAPI),
    Group("meeting_registrants", sdk.MeetingRegistrantsAPI),
    Group("meeting_templates", sdk.MeetingTemplatesAPI),
    Group("meetings", sdk.MeetingsAPI),
    Group("memberships", sdk.MembershipsAPI),
    Group("messages", sdk.MessagesAPI),
    Group("people", sdk.PeopleAPI),
    Group("recordings", sdk.RecordingsAPI),
    Group("rooms", sdk.RoomsAPI),
    Group("team_memberships", sdk.TeamMembershipsAPI),
    Group("teams", sdk.TeamsAPI),
    Group("webhooks", sdk.WebhooksAPI),
]


def use(_: Sandbox) -> None:
    """Nothing to set: each connection knows its base URL."""


def connect(sandbox: Sandbox, person: Person, **options: Any) -> WebexAPI:
    return WebexAPI(
        access_token=options.pop("access_token", person.token),
        # Without the final slash the SDK replaces the last part of the path.
        base_url=f"{sandbox.api}/",
        single_request_timeout=TIMEOUT_SECONDS,
        **options,
    )


def status_of(error: Exception) -> int | None:
    return error.status_code if isinstance(error, ApiError) else None
