"""What managers say of a case besides its stages: a field an entry (`app.domain.facts`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from app.domain import facts
from app.domain.errors import Rejected
from app.domain.facts import MOST_SEEN, is_code
from app.domain.lean import dataclass
from app.domain.records import Case, CaseFact

SETTING: Final = "cases"
DEFAULT_CAUSES: Final = (
    "waiting",
    "manner",
    "knowledge",
    "rules",
    "system",
    "facilities",
    "other",
)
_COME_WITHIN_S: Final = 60
_CLOSE_WITHIN_H: Final = 24
DEFAULT_CASES: dict[str, object] = {
    "causes": list(DEFAULT_CAUSES),
    "come_within_s": _COME_WITHIN_S,
    "close_within_h": _CLOSE_WITHIN_H,
}
GOODWILL: Final = "goodwill"
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "severity": ("low", "medium", "high"),
    "action": ("apologised", "served", "colleague", "none"),
    "cause": (),
    "remedy": ("apology", "correction", GOODWILL, "other"),
    "told": ("customer", "companion", "nobody"),
    "told_by": ("in_person", "phone", "letter", "message"),
    "satisfied": ("yes", "partly", "no"),
    "handling": ("front", "coordination", "system"),
}
"""The fields, and what may stand in each; a cause is one of a list that the server's setting has.

'action' is what was done at once, 'told' who was told how it ended, 'told_by' how, and
'satisfied' whether they are content with how it was handled, 'handling' who has the case
(`app.domain.case_handling`).
"""
_LONGEST_SPAN: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The server's setting 'cases'.

    Attributes:
        causes: codes of what may lie at the root, in the order in which they are offered.
        come_within_s: by when somebody is to have taken a low rating, s after the tap.
        close_within_h: by when its case is to be closed, h after the tap.
    """

    causes: tuple[str, ...] = DEFAULT_CAUSES
    come_within_s: int = _COME_WITHIN_S
    close_within_h: int = _CLOSE_WITHIN_H

    @classmethod
    def from_setting(cls, value: Mapping[str, Any] | None) -> CaseRules:
        """Read the setting; what it doesn't say, or says in no such way, keeps its default."""
        told = value or {}
        found = told.get("causes")
        causes = found if isinstance(found, list) and found else DEFAULT_CAUSES
        return cls(
            tuple(code for code in causes if is_code(code)),
            _span(told.get("come_within_s"), _COME_WITHIN_S),
            _span(told.get("close_within_h"), _CLOSE_WITHIN_H),
        )


def check_field(field: str, value: str, saw: tuple[UUID, ...] = ()) -> None:
    """Raises Rejected('bad_field'): no such field, or nothing that may stand in it.

    Any code will do for a cause: what was offered by a list that has been replaced is none the
    less what the manager chose.
    """
    choices = CHOICES.get(field)
    is_known = choices is not None and (value in choices or (not choices and is_code(value)))
    if not is_known or len(saw) > MOST_SEEN:
        raise Rejected("bad_field", "A case has no such field, or nothing like this in it")


def with_fact(case: Case, fact: CaseFact) -> Case:
    """Return the case with one more entry; one that is there already changes nothing."""
    return replace(case, facts=facts.merged(case.facts, fact))


def standing(case: Case, field: str) -> tuple[CaseFact, ...]:
    """Return the versions of a field in whose place no other stands, the one that counts first."""
    return facts.standing(case.facts, field)


def _span(value: object, default: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        return default
    return value if 0 < value <= _LONGEST_SPAN else default
