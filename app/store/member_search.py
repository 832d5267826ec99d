"""Finding members in the members file, a keystroke at a time.

The file's tables are described by the replica's DDL, which both ends share. Statements read
in row order, which is display order, and stop at the limit, so that one typed character
costs no more than a whole name.
"""
# ruff: noqa: S608 # statements are put together from this file's constants alone

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

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

MAX_RECENT: Final = 500
"""How many recent or expected members are put first."""

# A beginning that more cards share than this tells nothing about whom the clerk means:
# some of them are shown, in no more than the time that this many take.
_CANDIDATES: Final = 500

# What a hit is multiplied by for each thing that makes it likelier to be the one meant. The
# odds are rough and needn't be better: what counts is that a regular's second-best reading
# comes before the first reading of somebody who is hardly ever seen here.
_CERTAIN_ODDS: Final = 1e12  # the whole card or phone number
_RECENT_ODDS: Final = 250.0  # half of 400 expected come, of 50,000 others 200
_HOME_ODDS: Final = 8.0  # four visits of five go to one office of three
_WHOLE_ODDS: Final = 5.0
_KIND_ODDS: Final = {
    MatchKind.PHONE: 1.0,
    MatchKind.CARD_ENDING: 0.25,
    MatchKind.CARD: 0.1,
    MatchKind.NAME: 1.0,
    MatchKind.INITIALS: 1.0,
    MatchKind.LATIN_NAME: 0.5,
}
# Visits are spread log-normally, with a deviation of about 1: at display order's quantile q
# they go with ((1 − q) / q) ** 0.6.
_VISIT_EXPONENT: Final = 0.6

_COLUMNS: Final = ", ".join(f"member.{name}" for name in MEMBER_FIELDS)
_MEMBERS: Final = f"SELECT {_COLUMNS} FROM member WHERE "


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

        A member whose whole card or phone number was typed comes first. The others come by
        how likely they are the one meant: recent or expected ones before the home office's
        before others, the surer reading of the text before the less sure, and what is early
        in display order before what is late. None of these outweighs all the rest, but for
        the first, which nearly does.

        Args:
            text: what was typed, of any length and content.
            limit: number of hits at most.
            recent: members expected today or seen lately; the first 500 count.

        Returns:
            Hits, each member once, under the likeliest reading; empty when the text says
            nothing.
        """
        criteria = classify(text)
        if not criteria or limit < 1:
            return []
        connection = self._connect()
        (members,) = connection.execute("SELECT coalesce(max(rank), 0) FROM member").fetchone()
        known = self._recent_hits(connection, criteria, recent) if recent else []
        likely: dict[int, tuple[float, Criterion]] = {}
        for at, criterion in enumerate(criteria):
            certain = criterion.whole and criterion.kind in (MatchKind.CARD, MatchKind.PHONE)
            odds = _KIND_ODDS[criterion.kind] * (_WHOLE_ODDS if criterion.whole else 1.0)
            found = [(rank, 1.0) for rank in _ranks(connection, criterion, limit)]
            if certain:
                odds = _CERTAIN_ODDS
            else:
                if self._home_office:
                    at_home = _ranks(connection, criterion, limit, self._home_office)
                    found += [(rank, _HOME_ODDS) for rank in at_home]
                for member, answered in known:
                    if at in answered:
                        home = _HOME_ODDS if member.home_office == self._home_office else 1.0
                        found.append((member.rank, _RECENT_ODDS * home))
            for rank, standing in found:
                score = odds * standing * _visits(rank, members)
                if rank not in likely or likely[rank][0] < score:
                    likely[rank] = score, criterion
        best = sorted(likely, key=lambda rank: (-likely[rank][0], rank))[:limit]
        marks = ", ".join("?" * len(best))
        rows = connection.execute(f"{_MEMBERS}rank IN ({marks})", best).fetchall()
        by_rank = {member.rank: member for member in map(Member.from_flat, rows)}
        # A page of changes may have come between two reads: what moved is left out.
        return [
            MemberHit(by_rank[rank], criterion.kind)
            for rank, criterion in ((rank, likely[rank][1]) for rank in best)
            if rank in by_rank and criterion.matches(_terms_of(by_rank[rank]))
        ]

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

    def _recent_hits(
        self, connection: Any, criteria: tuple[Criterion, ...], recent: Sequence[UUID]
    ) -> list[tuple[Member, set[int]]]:
        """Find the recent members that answer, and to which of the criteria."""
        # Whoever answers as a whole answers in part, so most need be asked only the latter.
        parts = [criterion for criterion in criteria if not criterion.whole]
        hits = []
        for member, terms in self._recent_members(connection, tuple(recent[:MAX_RECENT])):
            for part in parts:
                if part.matches(terms):
                    answered = {at for at, c in enumerate(criteria) if c.matches(terms)}
                    hits.append((member, answered))
                    break
        return hits

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
    keys = tuple(member_id.bytes for member_id in ids)
    for row in connection.execute(f"{_MEMBERS}member_id IN ({marks})", keys).fetchall():
        member = Member.from_flat(row)
        yield member, _terms_of(member)


def _terms_of(member: Member) -> MemberTerms:
    return member_terms(
        card_no=member.card_no,
        name=member.name,
        latin_name=member.latin_name,
        initials=member.initials,
        phone=member.phone,
        home_office=member.home_office,
    )


def _visits(rank: int, members: int) -> float:
    """Estimate how often the member at this place of the display order comes, to a factor."""
    # Somebody may have joined at the end since the members were counted.
    behind = max(members - rank, 0)
    return float(((behind + 0.5) / (rank - 0.5)) ** _VISIT_EXPONENT)


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
