"""Meetings, from the calendar to what is left of them, and the compliance officer's events."""

from __future__ import annotations

import json
from datetime import timedelta

from wxc_sdk.meetings import InviteeForCreateMeeting, Meeting
from wxc_sdk.meetings.invitees import CreateInviteesItem
from wxc_sdk.webhook import WebhookEvent

from stage import Receiver, Report, Sandbox

from .calls import connect

SITE = "example.webex.com"
MEETING_SECONDS = 20 * 60
# Recordings appear five minutes after the end, and what ended is told a quarter of an hour after it.
AFTERMATH_SECONDS = 16 * 60


def compliance_events(sandbox: Sandbox, report: Report) -> None:
    alice, grace = connect(sandbox, sandbox.alice), connect(sandbox, sandbox.grace)
    room = alice.rooms.create("On Record")
    since = sandbox.now()
    message = alice.messages.create(room_id=room.id, text="Noted")
    alice.messages.delete(message.id)
    found = list(grace.events.list(resource="messages", actor_id=sandbox.alice.id, from_=since, max=1))
    kinds = [(one.type, one.data.id) for one in found]
    report.equal("events.list pages, newest first", kinds, [("deleted", message.id), ("created", message.id)])
    event = grace.events.details(found[1].id)
    report.equal("events.details has the text", (event.data.text, event.actor_id), ("Noted", sandbox.alice.id))
    before = since - timedelta(seconds=1)
    until = list(grace.events.list(resource="messages", type_="created", to_=before))
    report.check("events.list up to a time", message.id not in [one.data.id for one in until], len(until))
    alice.rooms.delete(room.id)


def meeting_calendar(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    start, end = sandbox.after(days=2), sandbox.after(days=2, minutes=45)
    meeting = api.meetings.create(
        title="Roadmap",
        agenda="Next year",
        start=start,
        end=end,
        timezone="UTC",
        invitees=[InviteeForCreateMeeting(email=sandbox.bob.email)],
    )
    kind = (meeting.title, meeting.meeting_type, meeting.state, meeting.host_email)
    report.equal(
        "meetings.create makes a series of one", kind, ("Roadmap", "meetingSeries", "active", sandbox.alice.email)
    )
    report.equal("meetings.get reads it back", api.meetings.get(meeting.id).agenda, "Next year")
    patched = api.meetings.patch(meeting.id, agenda="The year after")
    report.equal("meetings.patch changes one thing", (patched.title, patched.agenda), ("Roadmap", "The year after"))
    updated = api.meetings.update(meeting.id, title="Roadmap 2", password=meeting.password, start=start, end=end)
    report.equal("meetings.update replaces", updated.title, "Roadmap 2")
    mine = [one.id for one in connect(sandbox, sandbox.bob).meetings.list(from_=start, to_=end)]
    report.check("meetings.list has what one is invited to", meeting.id in mine, mine)
    for one in ({"meeting_number": meeting.meeting_number}, {"web_link": meeting.web_link}):
        found = [found.id for found in api.meetings.list(**one)]
        report.equal(f"meetings.list finds a {next(iter(one))}", found, [meeting.id])
    links = api.meetings.join(meeting_id=meeting.id, join_directly=False, expiration_minutes=5)
    report.check("meetings.join gives a link", links.join_link.startswith("https://") and links.expiration, links)
    daily = api.meetings.create(
        title="Tea", start=start, end=end, recurrence="FREQ=DAILY;INTERVAL=1;COUNT=12", timezone="UTC"
    )
    dates = list(api.meetings.list_of_series(daily.id, max=5))
    days = [one.start for one in dates]
    report.equal("meetings.list_of_series pages", (len(set(days)), days), (12, sorted(days)))
    later = api.meetings.patch(dates[0].id, start=sandbox.after(days=2, hours=3), end=sandbox.after(days=2, hours=4))
    report.equal("meetings.patch moves one occurrence", later.meeting_type, "scheduledMeeting")
    api.meetings.delete(dates[1].id)
    left = list(api.meetings.list_of_series(daily.id))
    report.equal("meetings.delete cancels one occurrence", len(left), 11)
    report.equal("the moved one is modified", [one.is_modified for one in left].count(True), 1)
    for one in (meeting, daily):
        api.meetings.delete(one.id)
    titles = {one.title for one in api.meetings.list(from_=start, to_=sandbox.after(days=20))}
    report.check("meetings.delete takes a series away", not titles & {"Roadmap 2", "Tea"}, titles)


def invitees(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    group = api.meetings.invitees
    meeting = api.meetings.create(title="Guests", start=sandbox.after(days=2), end=sandbox.after(days=2, minutes=30))
    bob = group.create_invitee(sandbox.bob.email, meeting.id, send_email=False)
    report.equal(
        "invitees.create_invitee",
        (bob.email, bob.display_name, bob.co_host),
        (sandbox.bob.email, sandbox.bob.name, False),
    )
    items = [CreateInviteesItem(email=sandbox.carol.email, co_host=True), CreateInviteesItem(email="guest@example.org")]
    many = group.create_invitees(meeting.id, items)
    report.equal("invitees.create_invitees", [one["email"] for one in many], [sandbox.carol.email, "guest@example.org"])
    changed = group.update(bob.id, sandbox.bob.email, display_name="Bobby", co_host=True)
    report.equal("invitees.update", (changed.display_name, changed.co_host), ("Bobby", True))
    report.equal("invitees.invitee_details reads it back", group.invitee_details(bob.id).co_host, True)
    emails = {one.email for one in group.list(meeting.id, max=1)}
    report.equal("invitees.list pages", emails, {sandbox.bob.email, sandbox.carol.email, "guest@example.org"})
    group.delete(bob.id)
    report.check("invitees.delete uninvites", sandbox.bob.email not in {one.email for one in group.list(meeting.id)})
    api.meetings.delete(meeting.id)


def recorded(sandbox: Sandbox, title: str) -> Meeting:
    """A meeting of Alice's that Bob is invited to, soon, and recorded."""
    return connect(sandbox, sandbox.alice).meetings.create(
        title=title,
        start=sandbox.after(minutes=10),
        end=sandbox.after(minutes=50),
        enabled_auto_record_meeting=True,
        invitees=[InviteeForCreateMeeting(email=sandbox.bob.email)],
    )


def hold(sandbox: Sandbox, meeting: Meeting, *words: str) -> str:
    """Lets it happen with Alice, Bob and these words of Bob's; answers the instance's id."""
    instance = sandbox.meet(meeting.id, "start")
    for person in (sandbox.alice, sandbox.bob):
        sandbox.meet(meeting.id, "join", email=person.email)
    for text in words:
        sandbox.meet(meeting.id, "say", email=sandbox.bob.email, text=text)
    return instance


def end(sandbox: Sandbox, meeting: Meeting) -> None:
    sandbox.advance(MEETING_SECONDS)
    sandbox.meet(meeting.id, "end")
    sandbox.advance(AFTERMATH_SECONDS)


def happened_meetings(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    group = api.meetings.participants
    meeting = recorded(sandbox, "Retrospective")
    with Receiver() as receiver:
        # The company's own meetings start and end by the clock.
        only = f"meetingNumber={meeting.meeting_number}"
        hooks = [
            api.webhook.create("Meetings", receiver.url, "meetings", event, filter=only)
            for event in ("started", "ended")
        ]
        instance = hold(sandbox, meeting, "Let us begin.")
        told = WebhookEvent.model_validate(json.loads(receiver.next().body))
        report.equal(
            "meetings:started arrives", (told.resource, told.event, told.data["id"]), ("meetings", "started", instance)
        )
        running = api.meetings.get(instance)
        report.equal(
            "meetings.get reads what is in progress", (running.meeting_type, running.state), ("meeting", "inProgress")
        )
        people = {one.email: one for one in group.list_participants(instance, max=1)}
        report.equal("participants.list_participants pages", set(people), {sandbox.alice.email, sandbox.bob.email})
        bob = people[sandbox.bob.email]
        report.equal("participants.participant_details", group.participant_details(bob.id).state, "joined")
        queried = group.query_participants_with_email(instance, emails=[sandbox.bob.email])
        report.equal("participants.query_participants_with_email", [one["id"] for one in queried], [bob.id])
        report.equal("participants.update_participant mutes", group.update_participant(bob.id, muted=True).muted, True)
        sandbox.meet(meeting.id, "join", email=sandbox.frank.email)
        waiting = [one for one in group.list_participants(instance) if one.state == "lobby"]
        report.equal("strangers wait in the lobby", [one.email for one in waiting], [sandbox.frank.email])
        admitted = group.update_participant(waiting[0].id, admit=True)
        report.equal("participants.update_participant admits", admitted.state, "joined")
        end(sandbox, meeting)
        told = WebhookEvent.model_validate(json.loads(receiver.next().body))
        report.equal("meetings:ended arrives", (told.event, told.data["id"]), ("ended", instance))
        for one in hooks:
            api.webhook.webhook_delete(one.webhook_id)
    ended = [one.id for one in api.meetings.list(meeting_type="meeting", state="ended", max=2)]
    report.check("meetings.list has what ended", instance in ended, ended)
    grace = connect(sandbox, sandbox.grace)
    ended = {one.data.id: one.data.attendees for one in grace.events.list(resource="meetings", type_="ended", max=2)}
    there = {sandbox.alice.id, sandbox.bob.id, sandbox.frank.id}
    report.equal("events.list tells who was there", set(ended[instance]), there)
    states = {one.state for one in group.list_participants(instance)}
    report.equal("participants.list_participants of what ended", states, {"end"})


def recordings(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    group = api.meetings.recordings
    mine = list(group.list_recordings(topic="retro"))
    report.equal("recordings.list_recordings by topic", len(mine), 1)
    one = group.get_recording_details(mine[0].id)
    links = one.temporary_direct_download_links
    report.check("recordings.get_recording_details has links", links and links.recording_download_link, links)
    ada = connect(sandbox, sandbox.ada).meetings.recordings
    all_of_them = [found.id for found in ada.list_recordings_for_an_admin_or_compliance_officer(max=1)]
    report.check(
        "recordings.list_recordings_for_an_admin… pages", one.id in all_of_them and len(all_of_them) > 1, all_of_them
    )

    def states() -> tuple[bool, bool]:
        """Whether it is available, and whether it is in the bin."""
        return tuple(
            one.id in [found.id for found in group.list_recordings(meeting_id=one.meeting_id, status=status)]
            for status in ("available", "deleted")
        )

    group.move_recordings_into_the_recycle_bin([one.id], SITE)
    report.equal("recordings.move_recordings_into_the_recycle_bin", states(), (False, True))
    group.restore_recordings_from_recycle_bin(False, [one.id], SITE)
    report.equal("recordings.restore_recordings_from_recycle_bin", states(), (True, False))
    group.move_recordings_into_the_recycle_bin([one.id], SITE)
    group.purge_recordings_from_recycle_bin(False, [one.id], SITE)
    report.equal("recordings.purge_recordings_from_recycle_bin", states(), (False, False))
    meeting = recorded(sandbox, "Postmortem")
    instance = hold(sandbox, meeting)
    end(sandbox, meeting)
    other = next(iter(group.list_recordings(meeting_id=instance)))
    group.delete_a_recording(other.id, "audit", "Not needed")
    left = [found.id for found in group.list_recordings(meeting_id=instance)]
    report.equal("recordings.delete_a_recording", left, [])


def transcripts(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    grace = connect(sandbox, sandbox.grace).meetings.transcripts
    group = api.meetings.transcripts
    meeting = recorded(sandbox, "Interview")
    instance = hold(sandbox, meeting, "How are you?", "Where shall we begin?", "Thank you.")
    end(sandbox, meeting)
    found = list(group.list(meeting_id=instance))
    report.equal(
        "transcripts.list of a meeting",
        [(one.meeting_topic, one.status) for one in found],
        [("Interview", "available")],
    )
    transcript = found[0]
    seen = [one.id for one in grace.list_compliance_officer(SITE, max=1)]
    report.check("transcripts.list_compliance_officer pages", transcript.id in seen and len(seen) > 1, seen)
    # The SDK fetches it and throws it away.
    statuses = sandbox.statuses(lambda: group.download(transcript.id, format="txt"))
    report.equal("transcripts.download", statuses, [200])
    text = sandbox.download(transcript.txt_download_link, sandbox.alice.token).text
    report.check("its link has the words", "Where shall we begin?" in text, text)
    snippets = list(group.list_snippets(transcript.id, max=1))
    report.equal("transcripts.list_snippets pages", [one.text for one in snippets][-1], "Thank you.")
    changed = group.update_snippet(transcript.id, snippets[0].id, "How do you do?", reason="audit")
    report.equal("transcripts.update_snippet", changed.text, "How do you do?")
    read = group.snippet_detail(transcript.id, snippets[0].id)
    report.equal(
        "transcripts.snippet_detail reads it back",
        (read.text, read.person_email),
        ("How do you do?", sandbox.bob.email),
    )
    group.delete(transcript.id, reason="audit", comment="Not needed")
    report.equal("transcripts.delete", list(group.list(meeting_id=instance)), [])
