"""What surrounds a meeting: tracking codes, interpreters, and the survey after a webinar."""

from __future__ import annotations

from wxc_sdk.meetings import InterpreterForSimultaneousInterpretation, TrackingCodeItem

from stage import Report, Sandbox

from .calls import connect
from .meetings import MEETING_SECONDS, SITE


def tracking_codes(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    codes = {one.name: one for one in api.meetings.list_tracking_codes("MeetingCenter", site_url=SITE)}
    report.check("meetings.list_tracking_codes has the site's", bool(codes), codes)
    choice = next(one for one in codes.values() if one.input_mode == "select")
    wanted = TrackingCodeItem(name=choice.name, value=choice.options[0].value)
    start, end = sandbox.after(days=4), sandbox.after(days=4, minutes=30)
    meeting = api.meetings.create(title="Booked", start=start, end=end, tracking_codes=[wanted])
    report.equal("meetings.create keeps one of them", meeting.tracking_codes, [wanted])
    api.meetings.delete(meeting.id)


def interpretation(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    start, end = sandbox.after(days=4), sandbox.after(days=4, minutes=30)
    meeting = api.meetings.create(title="Zweisprachig", start=start, end=end)
    erin = InterpreterForSimultaneousInterpretation(
        language_code1="en", language_code2="de", email=sandbox.erin.email, display_name=sandbox.erin.name
    )
    changed = api.meetings.update_simultaneous_interpretation(meeting.id, True, [erin])
    seen = [(one.language_code1, one.language_code2, one.email) for one in changed.interpreters]
    report.equal("meetings.update_simultaneous_interpretation", seen, [("en", "de", sandbox.erin.email)])
    read = api.meetings.get(meeting.id).simultaneous_interpretation
    report.equal(
        "meetings.get reads it back", [one.id for one in read.interpreters], [one.id for one in changed.interpreters]
    )
    off = api.meetings.update_simultaneous_interpretation(meeting.id, False)
    report.equal(
        "meetings.update_simultaneous_interpretation ends it", (off.enabled, off.interpreters or []), (False, [])
    )
    api.meetings.delete(meeting.id)


def surveys(sandbox: Sandbox, report: Report) -> None:
    api = connect(sandbox, sandbox.alice)
    webinar = api.meetings.create(
        title="Launch",
        start=sandbox.after(minutes=10),
        end=sandbox.after(minutes=50),
        scheduled_type="webinar",
    )
    report.equal("meetings.create makes a webinar", webinar.scheduled_type, "webinar")
    survey = api.meetings.survey(webinar.id)
    kinds = [one.type for one in survey.questions]
    report.equal("meetings.survey has its questions", kinds, ["rating", "singleRadio", "text"])
    instance = sandbox.meet(webinar.id, "start")
    sandbox.advance(MEETING_SECONDS)
    sandbox.meet(webinar.id, "end")
    option = survey.questions[1].options[0].value
    for person, score in ((sandbox.bob, "4"), (sandbox.carol, "5")):
        sandbox.meet(instance, "answer", email=person.email, answers=[score, option, "More cake."])
    sandbox.advance(60)
    results = list(api.meetings.list_survey_results(webinar.id, max=1))
    scores = {one.email: one.questions[0].answers[0].answer for one in results}
    report.equal("meetings.list_survey_results pages", scores, {sandbox.bob.email: "4", sandbox.carol.email: "5"})
    same = [one.id for one in api.meetings.list_survey_results(instance)]
    report.equal("meetings.list_survey_results of one instance", same, [one.id for one in results])
