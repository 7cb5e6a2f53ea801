"""Meetings, from the calendar to what is left of them, and the compliance officer's events."""

from __future__ import annotations

from typing import Any

from stage import Report, Sandbox

from .calls import TAG, connect

MEETING_SECONDS = 20 * 60
# Recordings appear five minutes after the end, and what ended is told a quarter of an hour after it.
AFTERMATH_SECONDS = 16 * 60


def compliance_events(sandbox: Sandbox, report: Report) -> None:
    alice, grace = connect(sandbox, sandbox.alice), connect(sandbox, sandbox.grace)
    room = alice.rooms.create("On Record")
    message = alice.messages.create(room.id, text="Noted")
    alice.messages.delete(message.id)
    newest = list(grace.events.list(resource="messages", type="deleted", actorId=sandbox.alice.id, max=1)[:1])
    report.equal("events.list has the deleted message first", [one.data.id for one in newest], [message.id])
    event = grace.events.get(newest[0].id)
    report.equal(
        "events.get reads it", (event.resource, event.type, event.actorId), ("messages", "deleted", sandbox.alice.id)
    )
    created = list(grace.events.list(resource="rooms", type="created", max=5)[:12])
    report.equal("events.list pages", len({one.id for one in created}), len(created))
    # Times as the API writes them, to the millisecond.
    since = f"{sandbox.now():%Y-%m-%dT%H:%M}:00.000Z"
    late = {one.data.id for one in grace.events.list(resource="messages", type="created", _from=since)}
    report.check("events.list from a time", message.id in late, late)
    alice.rooms.delete(room.id)


def meeting_calendar(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    start, end = sandbox.after(days=2), sandbox.after(days=2, minutes=45)
    meeting = api.meetings.create(
        "Roadmap", start, end, agenda="Next year", timezone="UTC", invitees=[{"email": sandbox.bob.email}]
    )
    kind = (meeting.title, meeting.meetingType, meeting.state, meeting.hostEmail)
    report.equal(
        "meetings.create makes a series of one", kind, ("Roadmap", "meetingSeries", "active", sandbox.alice.email)
    )
    report.equal("meetings.get reads it back", api.meetings.get(meeting.id).agenda, "Next year")
    changed = api.meetings.update(meeting.id, "Roadmap 2", meeting.password, start, end, agenda="The year after")
    report.equal("meetings.update changes it", (changed.title, changed.agenda), ("Roadmap 2", "The year after"))
    bob = [one.id for one in connect(sandbox, sandbox.bob).meetings.list(from_=start, to=end)]
    report.check("meetings.list has what one is invited to", meeting.id in bob, bob)
    found = [one.id for one in api.meetings.list(meetingNumber=meeting.meetingNumber)]
    report.equal("meetings.list finds a number", found, [meeting.id])
    daily = api.meetings.create("Tea", start, end, recurrence="FREQ=DAILY;INTERVAL=1;COUNT=12", timezone="UTC")
    report.check("meetings.create keeps a recurrence", "COUNT=12" in daily.recurrence, daily.recurrence)
    span = {"from_": sandbox.after(days=1), "to": sandbox.after(days=20)}

    def occurrences() -> list[Any]:
        # The SDK loses parameters that its lists have no name for, such as meetingSeriesId.
        dates = api.meetings.list(meetingType="scheduledMeeting", max=5, **span)
        return [one for one in dates if one.meetingSeriesId == daily.id]

    dates = occurrences()
    days = [one.start for one in dates]
    report.equal("meetings.list pages through the occurrences", len(set(days)), 12)
    report.equal("the occurrences come in order", days, sorted(days))
    moved = sandbox.after(days=2, hours=3), sandbox.after(days=2, hours=4)
    exception = api.meetings.update(dates[0].id, "Late Tea", daily.password, *moved)
    report.equal(
        "meetings.update moves one occurrence",
        (exception.title, exception.meetingType),
        ("Late Tea", "scheduledMeeting"),
    )
    api.meetings.delete(dates[1].id)
    report.equal("meetings.delete cancels one occurrence", len(occurrences()), 11)
    for one in (meeting, daily):
        api.meetings.delete(one.id)
    titles = {one.title for one in api.meetings.list(**span)}
    report.check("meetings.delete takes a series away", not titles & {"Roadmap 2", "Tea"}, titles)


def meeting_templates(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    templates = list(api.meeting_templates.list(templateType="meeting"))
    report.check("meeting_templates.list has some", bool(templates), templates)
    template = api.meeting_templates.get(templates[0].id)
    report.equal("meeting_templates.get reads one", template.name, templates[0].name)
    start, end = sandbox.after(days=3), sandbox.after(days=3, minutes=30)
    meeting = api.meetings.create("From a template", start, end, templateId=template.id)
    report.equal("meetings.create takes a template", meeting.title, "From a template")
    api.meetings.delete(meeting.id)


def meeting_invitees(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    meeting = api.meetings.create("Guests", sandbox.after(days=2), sandbox.after(days=2, minutes=30))
    bob = api.meeting_invitees.create(meeting.id, sandbox.bob.email, displayName="Bob", sendEmail=False)
    report.equal(
        "meeting_invitees.create", (bob.email, bob.coHost, bob.meetingId), (sandbox.bob.email, False, meeting.id)
    )
    changed = api.meeting_invitees.update(bob.id, sandbox.bob.email, displayName="Bobby", coHost=True)
    report.equal("meeting_invitees.update", (changed.displayName, changed.coHost), ("Bobby", True))
    report.equal("meeting_invitees.get reads it back", api.meeting_invitees.get(bob.id).coHost, True)
    api.meeting_invitees.create(meeting.id, "stranger@example.org")
    emails = {one.email for one in api.meeting_invitees.list(meeting.id, max=1)}
    report.check("meeting_invitees.list pages", emails >= {sandbox.bob.email, "stranger@example.org"}, emails)
    api.meeting_invitees.delete(bob.id)
    emails = {one.email for one in api.meeting_invitees.list(meeting.id)}
    report.check("meeting_invitees.delete uninvites", sandbox.bob.email not in emails, emails)
    api.meetings.delete(meeting.id)


def happened_meetings(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    meeting = api.meetings.create(
        "Retrospective",
        sandbox.after(minutes=10),
        sandbox.after(minutes=40),
        enabledAutoRecordMeeting=True,
        integrationTags=[TAG],
        invitees=[{"email": sandbox.bob.email}],
    )
    instance = sandbox.meet(meeting.id, "start")
    sandbox.meet(meeting.id, "join", email=sandbox.bob.email)
    running = api.meetings.get(instance)
    report.equal(
        "meetings.get reads what is in progress", (running.meetingType, running.state), ("meeting", "inProgress")
    )
    sandbox.advance(MEETING_SECONDS)
    sandbox.meet(meeting.id, "end")
    sandbox.advance(AFTERMATH_SECONDS)
    ended = [one.id for one in api.meetings.list(meetingType="meeting", state="ended", max=2)]
    report.check("meetings.list has what ended", instance in ended, ended)


def meeting_recordings(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    recordings = list(api.recordings.list(integrationTag=TAG))
    topics = [one.topic.split("-")[0] for one in recordings]
    report.equal("recordings.list has what was recorded of an integration", topics, ["Retrospective"])
    listed = "temporaryDirectDownloadLinks" in recordings[0].json_data
    report.equal("recordings.list has no download links", listed, False)
    recording = api.recordings.get(recordings[0].id)
    links = recording.json_data["temporaryDirectDownloadLinks"]
    report.check(
        "recordings.get has them",
        links["recordingDownloadLink"] and links["expiration"] > sandbox.after(hours=2),
        links,
    )
    mine = [one.id for one in api.recordings.list(meetingId=recording.meetingId, integrationTag=TAG)]
    report.equal("recordings.list keeps to a meeting", mine, [recording.id])


def meeting_registrants(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    meeting = api.meetings.create(
        "Open Day",
        sandbox.after(days=5),
        sandbox.after(days=5, hours=1),
        registration={"autoAcceptRequest": True, "requireFirstName": True, "requireLastName": True},
    )
    guest = api.meeting_registrants.create(meeting.id, "Gus", "Ross", "gus@example.org", city="Oslo")
    report.equal("meeting_registrants.create is accepted", (guest.status, guest.email), ("approved", "gus@example.org"))
    read = api.meeting_registrants.get(meeting.id, guest.id)
    report.equal("meeting_registrants.get reads it back", (read.firstName, read.city), ("Gus", "Oslo"))
    bob = api.meeting_registrants.create(meeting.id, "Bob", "Smith", sandbox.bob.email)
    ids = [one.id for one in api.meeting_registrants.list(meeting.id, max=1)]
    report.equal("meeting_registrants.list pages", sorted(ids), sorted([guest.id, bob.id]))
    found = [one.id for one in api.meeting_registrants.list(meeting.id, email=sandbox.bob.email)]
    report.equal("meeting_registrants.list finds an address", found, [bob.id])
    api.meeting_registrants.delete(meeting.id, guest.id)
    left = [one.id for one in api.meeting_registrants.list(meeting.id)]
    report.equal("meeting_registrants.delete takes them away", left, [bob.id])
    api.meetings.delete(meeting.id)
