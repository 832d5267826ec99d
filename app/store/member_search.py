"""Finding members in the members file, a keystroke at a time.

The file's tables are described by the replica's DDL, which both ends share. Statements read
in row order, which is display order, and stop at the limit, so that one typed character
costs no more than a whole name.
"""
# ruff: noqa: S608 # statements are put together from this file's constants alone

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.domain.member import MEMBER_FIELDS, Member
from app.domain.search_terms import (
    ENDING_DIGITS,
    Criterion,
    MatchKind,
    MemberHit,
    MemberTerms,
    classify,
    compact,
    member_terms,
)

MAX_RECENT: Final = 500
"""How many recent or expected members are put first."""

# A beginning that more cards share than this tells nothing about whom the clerk means:
# some of them are shown, in no more than the time that this many take.
_CANDIDATES: Final = 500

_COLUMNS: Final = ", ".join(f"member.{name}" for name in MEMBER_FIELDS)
_FROM_MEMBER: Final = f"SELECT {_COLUMNS} FROM member WHERE "
_FROM_TERMS: Final = (
    f"SELECT {_COLUMNS} FROM member_terms CROSS JOIN member ON member.rank = member_terms.rowid"
    " WHERE member_terms MATCH ?"
)


@dataclass(frozen=True, slots=True)
class _Recent:
    """The recent members as they stood at one version of the file."""

    version: tuple[object, int]
    ids: tuple[UUID, ...]
    members: tuple[tuple[Member, MemberTerms], ...]


class MemberSearch:
    """Read-only look-ups in the members file.

    Args:
        connect: gives the calling thread's open, read-only connection to the members file;
            asked at every look-up, so that it may give another one after the file was swapped.
        home_office: code of the office whose members come before others, or ''.
    """

    def __init__(self, connect: Callable[[], Any], *, home_office: str = "") -> None:
        self._connect = connect
        self._home_office = home_office
        self._recent: _Recent | None = None

    def search(self, text: str, *, limit: int = 20, recent: Sequence[UUID] = ()) -> list[MemberHit]:
        """Find whom the clerk may mean.

        A member whose whole card or phone number was typed comes first; then recent or
        expected members, then the home office's, then all others. Within each of these the
        surer reading of the text comes first, then display order (of recent members, their
        own order).

        Args:
            text: what was typed, of any length and content.
            limit: number of hits at most.
            recent: members expected today or seen lately, the likeliest first; the first 500
                count.

        Returns:
            Hits, each member once, under the surest reading that it matches; empty when the
            text says nothing.
        """
        criteria = classify(text)
        if not criteria or limit < 1:
            return []
        connection = self._connect()
        hits: dict[UUID, MemberHit] = {}
        for hit in self._hits(connection, criteria, limit, tuple(recent)):
            hits.setdefault(hit.member.member_id, hit)
            if len(hits) == limit:
                break
        return list(hits.values())

    def by_id(self, member_id: UUID) -> Member | None:
        """Get a member by id, None when the file does not hold it."""
        statement = _FROM_MEMBER + "member_id = ?"
        row = self._connect().execute(statement, (member_id.bytes,)).fetchone()
        return None if row is None else Member.from_flat(row)

    def by_card(self, card_no: str) -> Member | None:
        """Get the member with this card; gaps, case and full width do not matter.

        Of several (a card issued twice) the first in display order.
        """
        statement = _FROM_MEMBER + "card = ? ORDER BY +rank LIMIT 1"
        card = compact(card_no)
        row = self._connect().execute(statement, (card,)).fetchone() if card else None
        return None if row is None else Member.from_flat(row)

    def _hits(
        self,
        connection: Any,
        criteria: tuple[Criterion, ...],
        limit: int,
        recent: tuple[UUID, ...],
    ) -> Iterator[MemberHit]:
        """Yield hits in order, the same member perhaps several times."""
        numbers = [c for c in criteria if c.whole and c.kind in (MatchKind.CARD, MatchKind.PHONE)]
        others = [c for c in criteria if c not in numbers]
        yield from self._found(connection, numbers, limit)
        if recent:
            known = self._recent_members(connection, recent[:MAX_RECENT])
            for criterion in others:
                for member, terms in known:
                    if criterion.matches(terms):
                        yield MemberHit(member, criterion.kind)
        if self._home_office:
            yield from self._found(connection, others, limit, self._home_office)
        yield from self._found(connection, others, limit)

    def _found(
        self,
        connection: Any,
        criteria: Iterable[Criterion],
        limit: int,
        home_office: str = "",
    ) -> Iterator[MemberHit]:
        for criterion in criteria:
            statement, parameters = _statement(criterion, home_office)
            for row in connection.execute(statement, (*parameters, limit)).fetchall():
                yield MemberHit(Member.from_flat(row), criterion.kind)

    def _recent_members(
        self, connection: Any, ids: tuple[UUID, ...]
    ) -> tuple[tuple[Member, MemberTerms], ...]:
        (data_version,) = connection.execute("PRAGMA data_version").fetchone()
        version = (connection, data_version)
        known = self._recent
        if known is None or known.version != version or known.ids != ids:
            known = _Recent(version, ids, tuple(_read_with_terms(connection, ids)))
            self._recent = known
        return known.members


def _read_with_terms(
    connection: Any, ids: tuple[UUID, ...]
) -> Iterator[tuple[Member, MemberTerms]]:
    marks = ", ".join("?" * len(ids))
    statement = _FROM_MEMBER + f"member_id IN ({marks})"
    rows = connection.execute(statement, tuple(member_id.bytes for member_id in ids)).fetchall()
    by_id = {member.member_id: member for member in map(Member.from_flat, rows)}
    for member_id in dict.fromkeys(ids):
        if (member := by_id.get(member_id)) is not None:
            yield (
                member,
                member_terms(
                    card_no=member.card_no,
                    name=member.name,
                    latin_name=member.latin_name,
                    initials=member.initials,
                    phone=member.phone,
                    home_office=member.home_office,
                ),
            )


def _statement(criterion: Criterion, home_office: str) -> tuple[str, list[str]]:
    """Put a criterion as a statement that lacks its last parameter, the limit."""
    key = criterion.key
    match criterion.kind:
        case MatchKind.CARD if criterion.whole:
            condition, parameters = "(card = ? OR card_digits = ?)", [key, key]
        case MatchKind.CARD:
            condition, parameters = _any_begins(("card", "card_digits"), key)
        case MatchKind.CARD_ENDING:
            condition, parameters = _any_begins(("card_rev",), key[::-1])
        case MatchKind.PHONE if criterion.whole:
            condition, parameters = "phone_rev = ?", [key[::-1]]
        case MatchKind.PHONE:
            condition, parameters = _any_begins(("phone_rev",), key[::-1])
        case MatchKind.NAME if criterion.whole and not criterion.words:
            condition, parameters = "characters = ?", [key]
            if criterion.ending:
                condition += " AND +phone_rev >= ? AND +phone_rev < ?"
                parameters += _between(criterion.ending[::-1])
        case _:
            return _terms_statement(criterion, home_office)
    if home_office:
        condition += " AND home_office = ?"
        parameters.append(home_office)
    # '+' keeps the planner from walking all members in row order.
    return f"{_FROM_MEMBER}{condition} ORDER BY +rank LIMIT ?", parameters


def _terms_statement(criterion: Criterion, home_office: str) -> tuple[str, list[str]]:
    key, star = criterion.key, "" if criterion.whole else " *"
    terms = []
    if criterion.kind is MatchKind.NAME:
        terms.append(f'name : "{" ".join(key)}"')
        terms += [f'latin : "{word}" *' for word in criterion.words]
    elif criterion.kind is MatchKind.INITIALS:
        terms.append(f'initials : "{key}"{star}')
    else:
        terms += [f'latin : "{word}"{star}' for word in criterion.words]
    if criterion.ending:
        terms.append(f'ending : "{criterion.ending[::-1][:ENDING_DIGITS]}" *')
    if office := compact(home_office):
        terms.append(f'office : "{office}"')
    statement, parameters = _FROM_TERMS, [" AND ".join(terms)]
    if criterion.kind is MatchKind.NAME and criterion.whole:
        statement += " AND member.characters = ?"
        parameters.append(key)
    if len(criterion.ending) > ENDING_DIGITS:
        statement += " AND member.phone_rev >= ? AND member.phone_rev < ?"
        parameters += _between(criterion.ending[::-1])
    return f"{statement} ORDER BY member_terms.rowid LIMIT ?", parameters


def _any_begins(columns: Sequence[str], prefix: str) -> tuple[str, list[str]]:
    parts = [
        "SELECT * FROM (SELECT rank FROM member"
        f" WHERE {column} >= ? AND {column} < ? LIMIT {_CANDIDATES})"
        for column in columns
    ]
    return f"rank IN ({' UNION '.join(parts)})", _between(prefix) * len(columns)


def _between(prefix: str) -> list[str]:
    return [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)]
