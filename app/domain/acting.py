"""What is done about something that was heard: who does it, when it is looked at, what it did.

An action's fields merge as a case's do (`app.domain.facts`): each has its versions, and its state
is read off them. Looked at, it was done and helped, was done and didn't, or wasn't done, and then
it has another date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID

from app.domain import facts
from app.domain.errors import Rejected
from app.domain.facts import MOST_SEEN
from app.domain.lean import dataclass
from app.domain.listening_records import CorrectiveAction, Said
from app.domain.office_time import at_office

ActionState = Literal["open", "effective", "no_effect"]
RESULTS: Final = ("effective", "no_effect", "not_done")
_ENDS: Final = ("effective", "no_effect")
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class ActionStanding:
    """An action as what was said of it comes to.

    Attributes:
        owner_id: the person who does it, None where nobody was named.
        check_on: the ISO date on which somebody looks at it, '' where none was named.
        postponed: how often it wasn't done when somebody looked.
    """

    state: ActionState
    owner_id: UUID | None
    check_on: str
    postponed: int


def check_action_field(name: str, value: str, saw: Sequence[UUID]) -> None:
    """Raises Rejected('bad_field'): no such field, or nothing that may stand in it."""
    match name:
        case "owner":
            is_good = _as_id(value) is not None
        case "check_on":
            is_good = is_day(value)
        case "result":
            is_good = value in RESULTS
        case _:
            is_good = False
    if not is_good or len(saw) > MOST_SEEN:
        raise Rejected("bad_field", "An action has no such field, or nothing like this in it")


def is_day(text: str) -> bool:
    """Whether it is an ISO date on which somebody may look at something."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return text == day.isoformat() and _FIRST_DAY <= day < _LAST_DAY


def with_said(action: CorrectiveAction, said: Said) -> CorrectiveAction:
    """Return it with one more entry; one that is there already changes nothing."""
    return replace(action, said=facts.merged(action.said, said))


def standing_of(said: Iterable[Said]) -> ActionStanding:
    """Fold what was said of an action."""
    told = tuple(said)
    result, owner, check_on = (_counting(told, name) for name in ("result", "owner", "check_on"))
    return ActionStanding(
        next((state for state in _ENDS if state == result), "open"),
        _as_id(owner),
        check_on,
        sum(each.field == "result" and each.value == "not_done" for each in told),
    )


def due_ms(check_on: str, time_zone: str) -> int | None:
    """When the day ends at the office on which somebody looks at it, ms UTC; None without one."""
    return _midnight_ms(check_on, time_zone, 1)


def rings_ms(check_on: str, time_zone: str) -> int | None:
    """When that day begins: from then on the desk reminds of it."""
    return _midnight_ms(check_on, time_zone, 0)


def _midnight_ms(day: str, time_zone: str, days: int) -> int | None:
    if not is_day(day):
        return None
    then = datetime.combine(date.fromisoformat(day) + timedelta(days), time())
    return round(then.replace(tzinfo=at_office(0, time_zone).tzinfo).timestamp() * 1000)


def _counting(said: tuple[Said, ...], name: str) -> str:
    return next((each.value for each in facts.standing(said, name)), "")


def _as_id(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
