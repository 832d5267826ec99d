"""Finding members in the members file, a keystroke at a time.

The file's tables are described by the replica's DDL, which both ends share. Statements read
in row order, which is display order, and stop at the limit, so that one typed character
costs no more than a whole name.
"""
# ruff: noqa: S608 # statements are put together from this file's constants alone

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

from app.domain.familiarity import Familiarity, usual_visits
from app.domain.member import MEMBER_FIELDS, Member
from app.domain.search_terms import (
    ENDING_DIGITS,
    ENDING_MARK,
    INITIALS_MARK,
    LATIN_MARK,
    NAME_MARK,
    OFFICE_MARK,
    Criterion,
    MatchKind,
    MemberHit,
    MemberTerms,
    classify,
    compact,
    member_terms,
)

# A beginning that more cards share than this tells nothing about whom the clerk means:
# some of them are shown, in no more than the time that this many take.
_CANDIDATES: Final = 500

# What a member's weight is multiplied by for the reading of the text that finds them. The odds
# are rough and needn't be better: what counts is that a regular's second-best reading comes
# before the first reading of somebody who is hardly ever seen here.
_CERTAIN_ODDS: Final = 1e12  # the whole card or phone number
_WHOLE_ODDS: Final = 5.0
_KIND_ODDS: Final = {
    MatchKind.PHONE: 1.0,
    MatchKind.CARD_ENDING: 0.25,
    MatchKind.CARD: 0.1,
    MatchKind.NAME: 1.0,
    MatchKind.INITIALS: 1.0,
    MatchKind.LATIN_NAME: 0.5,
}
_COLUMNS: Final = ", ".join(f"member.{name}" for name in MEMBER_FIELDS)
_MEMBERS: Final = f"SELECT {_COLUMNS} FROM member WHERE "
_ID: Final = MEMBER_FIELDS.index("member_id")
_RANK: Final = MEMBER_FIELDS.index("rank")
_OFFICE: Final = MEMBER_FIELDS.index("home_office")
_NOBODY: Final = Familiarity()


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
        self._known_of: tuple[UUID, ...] = ()
        self._known: dict[bytes, MemberTerms] = {}

    def search(
        self, text: str, *, limit: int = 20, familiar: Familiarity = _NOBODY, now_ms: int = 0
    ) -> list[MemberHit]:
        """Find whom the clerk may mean.

        A member whose whole card or phone number was typed comes first. The others come by
        how likely they are to be here (`app.domain.familiarity`) and how sure the reading of
        the text is. Neither outweighs the other altogether.

        Args:
            text: what was typed, of any length and content.
            limit: number of hits at most.
            familiar: whom this counter knows.
            now_ms: the time, milliseconds since 1970 UTC.

        Returns:
            Hits, each member once, under the likeliest reading; empty when the text says
            nothing.
        """
        criteria = classify(text)
        if not criteria or limit < 1:
            return []
        connection = self._connect()
        (members,) = connection.execute("SELECT coalesce(max(rank), 0) FROM member").fetchone()
        by_rank: dict[int, Criterion] = {}
        # The surest reading last, so that it is the one that stays
        for criterion in sorted(criteria, key=_odds):
            found = _ranks(connection, criterion, limit)
            if self._home_office and not _is_certain(criterion):
                found += _ranks(connection, criterion, limit, self._home_office)
            by_rank.update(dict.fromkeys(found, criterion))
        answering = (
            (member_id, best)
            for member_id, terms in self._known_terms(connection, familiar).items()
            if (best := _surest(criteria, terms)) is not None
        )
        by_id = dict(islice(answering, limit))
        weighed = []
        for row in _rows(connection, by_rank, by_id):
            at_home = bool(self._home_office) and row[_OFFICE] == self._home_office
            usual = usual_visits(row[_RANK], members, at_home=at_home)
            standing = familiar.weigh(UUID(bytes=row[_ID]), usual, now_ms)
            readings = (by_rank.get(row[_RANK]), by_id.get(row[_ID]))
            surest = max((one for one in readings if one is not None), key=_odds)
            weighed.append((-standing * _odds(surest), row[_RANK], row, surest))
        weighed.sort(key=lambda one: one[:2])
        hits = []
        for _, _, row, criterion in weighed[:limit]:
            member = Member.from_flat(row)
            terms = _terms_of(member)
            if row[_ID] in by_id:
                self._known[row[_ID]] = terms
            # A page of changes may have come between two reads: what moved is left out.
            if criterion.matches(terms):
                hits.append(MemberHit(member, criterion.kind))
        return hits

    def by_id(self, member_id: UUID) -> Member | None:
        """Get a member by id, None when the file does not hold it."""
        statement = _MEMBERS + "member_id = ?"
        row = self._connect().execute(statement, (member_id.bytes,)).fetchone()
        return None if row is None else Member.from_flat(row)

    def by_card(self, card_no: str) -> Member | None:
        """Get the member with this card; gaps, case and full width do not matter.

        Of several (a card issued twice) the first in display order.
        """
        statement = _MEMBERS + "card = ? ORDER BY +rank LIMIT 1"
        card = compact(card_no)
        row = self._connect().execute(statement, (card,)).fetchone() if card else None
        return None if row is None else Member.from_flat(row)

    def _known_terms(self, connection: Any, familiar: Familiarity) -> dict[bytes, MemberTerms]:
        """Give the likeliest members' terms, which the index may list too far down.

        They are kept from one keystroke to the next. One whose name has changed since is found
        by the index, and not by the old one: whoever is shown has been read again.
        """
        ids = familiar.likeliest()
        if ids is self._known_of and len(self._known) == len(ids):
            return self._known
        keys = [member_id.bytes for member_id in ids]
        kept = self._known
        unknown = [key for key in keys if key not in kept]
        if unknown:
            statement = f"{_MEMBERS}member_id IN ({_marks(unknown)})"
            rows = connection.execute(statement, unknown).fetchall()
            kept = kept | {row[_ID]: _terms_of(Member.from_flat(row)) for row in rows}
        self._known_of, self._known = ids, {key: kept[key] for key in keys if key in kept}
        return self._known


def _surest(criteria: Sequence[Criterion], terms: MemberTerms) -> Criterion | None:
    # Whoever answers as a whole answers in part, so most need be asked only the latter.
    if not any(criterion.matches(terms) for criterion in criteria if not criterion.whole):
        return None
    return max((criterion for criterion in criteria if criterion.matches(terms)), key=_odds)


def _odds(criterion: Criterion) -> float:
    if _is_certain(criterion):
        return _CERTAIN_ODDS
    return _KIND_ODDS[criterion.kind] * (_WHOLE_ODDS if criterion.whole else 1.0)


def _is_certain(criterion: Criterion) -> bool:
    return criterion.whole and criterion.kind in (MatchKind.CARD, MatchKind.PHONE)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _rows(
    connection: Any, by_rank: Mapping[int, Criterion], by_id: Mapping[bytes, Criterion]
) -> list[Any]:
    # One after the other: joined by OR, an empty list makes SQLite read all members
    found: dict[int, Any] = {}
    for column, values in (("rank", list(by_rank)), ("member_id", list(by_id))):
        if values:
            statement = f"{_MEMBERS}{column} IN ({_marks(values)})"
            found.update(
                (row[_RANK], row) for row in connection.execute(statement, values).fetchall()
            )
    return list(found.values())


def _terms_of(member: Member) -> MemberTerms:
    return member_terms(
        card_no=member.card_no,
        name=member.name,
        latin_name=member.latin_name,
        initials=member.initials,
        phone=member.phone,
        home_office=member.home_office,
    )


def _ranks(connection: Any, criterion: Criterion, limit: int, home_office: str = "") -> list[int]:
    """Find the first members in display order that answer, of one office or of all."""
    statement, parameters = _statement(criterion, home_office)
    return [row[0] for row in connection.execute(statement, (*parameters, limit)).fetchall()]


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
        case _:
            return _terms_statement(criterion, home_office)
    if home_office:
        condition += " AND home_office = ?"
        parameters.append(home_office)
    # '+' keeps the planner from walking all members in row order.
    return f"SELECT rank FROM member WHERE {condition} ORDER BY +rank LIMIT ?", parameters


def _any_begins(columns: Sequence[str], prefix: str) -> tuple[str, list[str]]:
    parts = [
        "SELECT * FROM (SELECT rank FROM member"
        f" WHERE {column} >= ? AND {column} < ? LIMIT {_CANDIDATES})"
        for column in columns
    ]
    return f"rank IN ({' UNION '.join(parts)})", _between(prefix) * len(columns)


def _between(prefix: str) -> list[str]:
    return [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)]


def _terms_statement(criterion: Criterion, home_office: str) -> tuple[str, list[str]]:
    key, star = criterion.key, "" if criterion.whole else " *"
    if criterion.kind is MatchKind.NAME:
        phrase = NAME_MARK + key if criterion.whole else " ".join(key)
        terms = [f'"{phrase}"', *(f'"{LATIN_MARK}{word}" *' for word in criterion.words)]
    elif criterion.kind is MatchKind.INITIALS:
        terms = [f'"{INITIALS_MARK}{key}"{star}']
    else:
        terms = [f'"{LATIN_MARK}{word}"{star}' for word in criterion.words]
    if criterion.ending:
        terms.append(f'"{ENDING_MARK}{criterion.ending[::-1][:ENDING_DIGITS]}" *')
    if office := compact(home_office):
        terms.append(f'"{OFFICE_MARK}{office}"')
    statement, parameters = "", [" AND ".join(terms)]
    if len(criterion.ending) > ENDING_DIGITS:
        statement = " AND rowid IN (SELECT rank FROM member WHERE phone_rev >= ? AND phone_rev < ?)"
        parameters += _between(criterion.ending[::-1])
    return (
        "SELECT rowid FROM member_terms WHERE member_terms MATCH ?"
        f"{statement} ORDER BY rowid LIMIT ?",
        parameters,
    )
