"""Everything that is there from the start, read by those who may see it and checked by the SDK's models."""

from __future__ import annotations

from stage import Report, Sandbox

from .calls import connect


def demo_company(sandbox: Sandbox, report: Report) -> None:
    strangers: set[str] = set()
    spoken = 0
    for name in ("alice", "harold", "ada", "grace"):
        api = connect(sandbox, sandbox.people[name])
        for room in api.rooms.list():
            authors = {one.person_id for one in api.messages.list(room.id)}
            strangers |= authors - {one.person_id for one in api.membership.list(room_id=room.id)}
            spoken += len(authors)
    report.equal("who speaks in a room is one of its people", (spoken > 0, strangers), (True, set()))
    alice, grace = connect(sandbox, sandbox.alice), connect(sandbox, sandbox.grace)
    # Only the host may see who is in a meeting.
    happened = [one for one in alice.meetings.list(meeting_type="meeting") if one.host_email == sandbox.alice.email]
    report.check("meetings have happened", bool(happened))
    participants = alice.meetings.participants
    hosts = [
        (meeting.host_email, [one.email for one in participants.list_participants(meeting.id) if one.host])
        for meeting in happened
    ]
    report.check("each of them had its host", all(present == [host] for host, present in hosts), hosts)
    scheduled = list(alice.meetings.list(meeting_type="scheduledMeeting"))
    report.check("meetings are to come", bool(scheduled))
    resources = {one.resource for one in grace.events.list(max=100)}
    report.check("events tell of everything", {"messages", "memberships", "rooms"} <= resources, resources)
