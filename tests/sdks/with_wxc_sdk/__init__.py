"""The journeys of wxc_sdk, in the order in which they run."""

from .access import authorizations, oauth, rate_limits, refusals
from .asynchronous import asynchronous_calls
from .company import demo_company
from .meetings import (
    compliance_events,
    happened_meetings,
    invitees,
    meeting_calendar,
    recordings,
    transcripts,
)
from .messaging import cards, direct_messages, files, messages, pages_of_messages, webhooks
from .spaces import memberships, people, people_administration, rooms, team_memberships, teams
from .webinars import interpretation, surveys, tracking_codes

JOURNEYS = [
    demo_company,
    people,
    people_administration,
    rooms,
    memberships,
    messages,
    pages_of_messages,
    direct_messages,
    files,
    cards,
    webhooks,
    teams,
    team_memberships,
    compliance_events,
    meeting_calendar,
    invitees,
    happened_meetings,
    recordings,
    transcripts,
    tracking_codes,
    interpretation,
    surveys,
    oauth,
    authorizations,
    refusals,
    rate_limits,
    asynchronous_calls,
]
