"""What the desk shows of whom managers listen to, and of what is done about what they heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from uuid import UUID

from app.domain.acting import ActionStanding
from app.domain.lean import dataclass
from app.domain.listening import ListeningRules, Quota
from app.domain.listening_records import CorrectiveAction, Listening


@dataclass(frozen=True, slots=True)
class ListenedCustomer:
    """A customer on the list of whoever is signed in.

    Attributes:
        name: masked, as card and phone; all '' of somebody whom this PC doesn't hold.
    """

    listening: Listening
    name: str = ""
    card: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ShownContact:
    """Whom to call, in full: that it was shown is written down."""

    listening_id: UUID
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class SharedFinding:
    """What a manager of the office heard this week and shares."""

    staff_name: str
    topic: str
    text: str


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action of this office.

    Attributes:
        rings_ms: when the office's day begins on which somebody looks at it.
        due_ms: when that day ends; None, as the other, where no day was named.
        topic: of the conversation that it comes from, '' where none was named.
        staff_name: who asked for it.
    """

    action: CorrectiveAction
    standing: ActionStanding
    owner_name: str
    staff_name: str
    topic: str
    rings_ms: int | None
    due_ms: int | None


@dataclass(frozen=True, slots=True)
class ListeningView:
    """The page of listening.

    Attributes:
        week: ISO date of the Monday of the newest lists that this PC holds, '' without any.
        is_current: it is this week's.
        own: of whoever is signed in, in the order of the list.
        quotas: of the office's managers, whoever is signed in first, then by name.
        heard: how often each topic was named this week, the most frequent first.
        shared: what others and oneself share of it.
        actions: open ones by their day, then those that are over, the last on top.
        people: who may be an action's owner, as (id, name), by name.
        today: the office's, ISO.
        names: of the office's people, by id.
    """

    week: str = ""
    is_current: bool = False
    own: tuple[ListenedCustomer, ...] = ()
    quotas: tuple[Quota, ...] = ()
    heard: tuple[tuple[str, int], ...] = ()
    shared: tuple[SharedFinding, ...] = ()
    actions: tuple[ActionView, ...] = ()
    people: tuple[tuple[UUID, str], ...] = ()
    today: str = ""
    rules: ListeningRules = field(default_factory=ListeningRules)
    names: Mapping[UUID, str] = field(default_factory=dict)
