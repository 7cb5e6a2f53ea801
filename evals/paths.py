"""The small language in which tasks say what they take from an answer.

    $1.spaces[0].id                     of the first answer
    $2.messages[text~launch plan].id    the first one whose text contains these words, in any case
    $1.memberships[name=Bob Smith].id   the first one whose name is this
    $3.memberships[*].personEmail       all of them, as a list
    roomId={$1.spaces[0].id}            within a text
    {time:+1d 15:00}                    that time of that day in UTC, by the sandbox's clock
    {time:-2h}                          so long ago

Only a check may write {room:TITLE}, {person:NAME}, {team:NAME}, {meeting:TITLE}: an agent knows no id
that no answer has told it. {MESSAGE $1.messages[0].id} in a check is the id of a message as Webex's
REST API wants it: answers show it short.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

_STEP = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_]*)|\[([^\]]*)\]")
_TIME = re.compile(r"([+-]\d+)([dhm])(?: (\d\d):(\d\d))?")
_PLACE = re.compile(r"\{([^{}]+)\}")


class Missing(Exception):
    """A path leads nowhere."""


def follow(value: Any, path: str) -> Any:
    """What is at the end of a path such as `items[0].id`."""
    end = 0
    for match in _STEP.finditer(path):
        if match.start() != end:
            break
        end = match.end()
        if match[2] == "*":
            rest = path[end:]
            return [follow(one, rest) for one in value]
        value = _take(value, match[1], match[2], path)
    if end != len(path):
        raise ValueError(f"no such path: {path}")
    return value


def _take(value: Any, key: str | None, choice: str | None, path: str) -> Any:
    if key is not None:
        if isinstance(value, dict) and key in value:
            return value[key]
        raise Missing(f"{path}: there is no {key}")
    assert choice is not None
    if not isinstance(value, list):
        raise Missing(f"{path}: not a list")
    if re.fullmatch(r"-?\d+", choice):
        if not -len(value) <= int(choice) < len(value):
            raise Missing(f"{path}: only {len(value)} in the list")
        return value[int(choice)]
    field, sign, wanted = re.split(r"([~=])", choice, maxsplit=1)
    for one in value:
        there = str(one.get(field, ""))
        if there == wanted if sign == "=" else wanted.lower() in there.lower():
            return one
    raise Missing(f"{path}: none in the list")


def moment(words: str, now: datetime) -> str:
    """A time as the tools and Webex write it, of words such as `+1d 15:00`."""
    match = _TIME.fullmatch(words)
    if match is None:
        raise ValueError(f"no such time: {words}")
    unit = {"d": "days", "h": "hours", "m": "minutes"}[match[2]]
    then = (now + timedelta(**{unit: int(match[1])})).replace(second=0, microsecond=0)
    if match[3]:
        then = then.replace(hour=int(match[3]), minute=int(match[4]))
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def whole_id(kind: str, short: str) -> str:
    """Webex's id of a thing of this kind, of the short one in an answer."""
    cluster, slash, key = short.rpartition("/")
    text = f"ciscospark://{cluster if slash else 'us'}/{kind}/{key}"
    return base64.b64encode(text.encode()).decode().rstrip("=")


def fill(value: Any, lookup: Callable[[str], Any]) -> Any:
    """A copy with every `$…` and `{…}` in its texts replaced by what it stands for."""
    if isinstance(value, dict):
        return {key: fill(one, lookup) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, lookup) for one in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$"):
        return lookup(value)
    return _PLACE.sub(lambda match: str(lookup(match[1])), value)
