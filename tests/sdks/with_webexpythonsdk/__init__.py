"""The journeys of webexpythonsdk, in the order in which they run."""

from .access import oauth, rate_limits, refusals
from .meetings import (
    compliance_events,
    happened_meetings,
    meeting_calendar,
    meeting_invitees,
    meeting_recordings,
    meeting_registrants,
    meeting_templates,
)
from .messaging import cards, direct_messages, files, messages, pages_of_messages, webhooks
from .spaces import memberships, people, people_administration, rooms, team_memberships, teams

JOURNEYS = [
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
    meeting_templates,
    meeting_invitees,
    meeting_registrants,
    happened_meetings,
    meeting_recordings,
    oauth,
    refusals,
    rate_limits,
]
