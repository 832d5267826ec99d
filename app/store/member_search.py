"""Finding members in the members file, a keystroke at a time.

The file's tables are described by the replica's DDL, which both ends share. Statements read
in row order, which is display order, and stop at the limit, so that one typed character
costs no more than a whole name.
"""
# ruff: noqa: S608 # statements are put together from this file's constants alone

from collections.abc import Callable, Sequence
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
# As many answers are weighed. Of names, whatever the number, those of this office besides; of
# numbers more, because looking for the office's own would read all those that answer.
_NAMES: Final = 50
_NUMBERS: Final = 100

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
_MEMBERS: Final = f"SELECT {', '.join(MEMBER_FIELDS)} FROM member WHERE "
_FOUND_BY: Final = ("card_no", "name", "latin_name", "initials", "phone", "home_office")
_KNOWN: Final = f"SELECT rank, member_id, {', '.join(_FOUND_BY)} FROM member WHERE member_id IN "
_RANKED: Final = "rank IN (SELECT value FROM json_each(?))"
_NUMBER_KINDS: Final = frozenset({MatchKind.CARD, MatchKind.CARD_ENDING, MatchKind.PHONE})
_NOBODY: Final = Familiarity()

_Known = tuple[list[str], MemberTerms]
"""What a member is found by, as it is stored and folded."""


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
        self._known: tuple[tuple[bytes, ...], dict[bytes, _Known]] = (), {}

    def ready(self, familiar: Familiarity) -> None:
        """Read what the first keystroke would have to wait for: whom the counter knows.

        May run on another thread while somebody types.
        """
        self._keep(self._connect(), familiar.likeliest())

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
        # One view of the file, whatever a pull writes meanwhile. After an error the connection
        # is thrown away, and this with it.
        connection.execute("SAVEPOINT look_up")
        hits = self._look_up(connection, criteria, limit, familiar, now_ms)
        connection.execute("RELEASE look_up")
        return hits

    def _look_up(
        self,
        connection: Any,
        criteria: Sequence[Criterion],
        limit: int,
        familiar: Familiarity,
        now_ms: int,
    ) -> list[MemberHit]:
        (members,) = connection.execute("SELECT coalesce(max(rank), 0) FROM member").fetchone()
        surest: dict[int, Criterion] = {}
        # The surest reading last, so that it is the one that stays
        for criterion in sorted(criteria, key=_odds):
            surest.update(dict.fromkeys(self._ranks(connection, criterion, limit), criterion))
        for rank, criterion in self._known_ranks(connection, criteria, limit, familiar):
            surest[rank] = max(surest.get(rank, criterion), criterion, key=_odds)
        weighed = []
        statement = f"SELECT rank, member_id, home_office FROM member WHERE {_RANKED}"
        for rank, member_id, office in connection.execute(statement, (str(list(surest)),)):
            at_home = bool(self._home_office) and office == self._home_office
            usual = usual_visits(rank, members, at_home=at_home)
            standing = familiar.weigh(member_id, usual, now_ms)
            weighed.append((-standing * _odds(surest[rank]), rank))
        best = [rank for _, rank in sorted(weighed)[:limit]]
        rows = connection.execute(_MEMBERS + _RANKED, (str(best),))
        shown = {member.rank: member for member in map(Member.from_flat, rows)}
        return [MemberHit(shown[rank], surest[rank].kind) for rank in best]

    def by_id(self, member_id: UUID) -> Member | None:
        """Get a member by id, None when the file does not hold it."""
        statement = _MEMBERS + "member_id = ?"
        row = self._connect().execute(statement, (member_id.bytes,)).fetchone()
        return None if row is None else Member.from_flat(row)

    def aliases(self, member_id: UUID) -> list[UUID]:
        """Ids whose rows are aliases of a member."""
        statement = "SELECT member_id FROM member WHERE merged_into = ?"
        rows = self._connect().execute(statement, (member_id.bytes,))
        return [UUID(bytes=row[0]) for row in rows]

    def by_card(self, card_no: str) -> Member | None:
        """Get the member with this card; gaps, case and full width do not matter.

        Of several (a card issued twice) the first in display order.
        """
        statement = _MEMBERS + "card = ? ORDER BY +rank LIMIT 1"
        card = compact(card_no)
        row = self._connect().execute(statement, (card,)).fetchone() if card else None
        return None if row is None else Member.from_flat(row)

    def _ranks(self, connection: Any, criterion: Criterion, limit: int) -> list[int]:
        """Find the first members in display order who answer, and the first of this office.

        A rare answer takes as long as the index is wide. So it is asked for once, and for this
        office's once more only where there are more than are weighed anyway.
        """
        if criterion.kind in _NUMBER_KINDS:
            return _first(connection, *_number_statement(criterion), max(limit, _NUMBERS))
        reach = max(limit, _NAMES)
        found = _first(connection, *_terms_statement(criterion), reach)
        if self._home_office and len(found) == reach:
            found += _first(connection, *_terms_statement(criterion, self._home_office), limit)
        return found

    def _known_ranks(
        self, connection: Any, criteria: Sequence[Criterion], limit: int, familiar: Familiarity
    ) -> list[tuple[int, Criterion]]:
        """Find the likeliest members who answer, whom the index may list too far down.

        What they are found by is kept from one keystroke to the next. Whoever answers is read
        again; one whose name has changed since is found by the index, and not by the old one.
        """
        known = self._keep(connection, familiar.likeliest())
        tests = [(criterion, criterion.test()) for criterion in criteria]
        # Whoever answers as a whole answers in part, so most need be asked only the latter.
        parts = [answers for criterion, answers in tests if not criterion.whole]
        answering = []
        for member_id, (_, terms) in known.items():
            for answers in parts:
                if answers(terms):
                    answering.append(member_id)
                    break
        found = []
        for rank, member_id, *fields in _known_rows(connection, answering[:limit]):
            if known[member_id][0] != fields:
                known[member_id] = (fields, _terms_of(fields))
            terms = known[member_id][1]
            readings = [criterion for criterion, answers in tests if answers(terms)]
            if readings:
                found.append((rank, max(readings, key=_odds)))
        return found

    def _keep(self, connection: Any, ids: tuple[bytes, ...]) -> dict[bytes, _Known]:
        """Keep what these members are found by, and no others."""
        kept_of, kept = self._known
        if ids is kept_of and len(kept) == len(ids):
            return kept
        missing = [member_id for member_id in ids if member_id not in kept]
        read = {
            member_id: (fields, _terms_of(fields))
            for _, member_id, *fields in _known_rows(connection, missing)
        }
        kept = kept | read
        kept = {member_id: kept[member_id] for member_id in ids if member_id in kept}
        self._known = ids, kept
        return kept


def _odds(criterion: Criterion) -> float:
    if _is_certain(criterion):
        return _CERTAIN_ODDS
    return _KIND_ODDS[criterion.kind] * (_WHOLE_ODDS if criterion.whole else 1.0)


def _is_certain(criterion: Criterion) -> bool:
    return criterion.whole and criterion.kind in (MatchKind.CARD, MatchKind.PHONE)


def _known_rows(connection: Any, ids: Sequence[bytes]) -> list[Any]:
    """Read rank, id and `_FOUND_BY` of these members."""
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    return list(connection.execute(f"{_KNOWN}({marks})", ids).fetchall())


def _terms_of(fields: Sequence[str]) -> MemberTerms:
    return member_terms(**dict(zip(_FOUND_BY, fields, strict=True)))


def _first(connection: Any, statement: str, parameters: Sequence[str], limit: int) -> list[int]:
    return [row[0] for row in connection.execute(statement, (*parameters, limit)).fetchall()]


def _number_statement(criterion: Criterion) -> tuple[str, list[str]]:
    """Put a criterion as a statement on the indexes alone; the limit is its last parameter."""
    key = criterion.key
    match criterion.kind:
        case MatchKind.CARD if criterion.whole:
            found, parameters = _equal(("card", "card_digits"), key)
        case MatchKind.CARD:
            found, parameters = _beginning(("card", "card_digits"), key)
        case MatchKind.CARD_ENDING:
            found, parameters = _beginning(("card_rev",), key[::-1])
        case _ if criterion.whole:
            found, parameters = _equal(("phone_rev",), key[::-1])
        case _:
            found, parameters = _beginning(("phone_rev",), key[::-1])
    return f"SELECT rank FROM ({found}) ORDER BY rank LIMIT ?", parameters


def _equal(columns: Sequence[str], key: str) -> tuple[str, list[str]]:
    parts = [f"SELECT rank FROM member WHERE {column} = ?" for column in columns]
    return " UNION ".join(parts), [key] * len(columns)


def _beginning(columns: Sequence[str], prefix: str) -> tuple[str, list[str]]:
    parts = [
        "SELECT * FROM (SELECT rank FROM member"
        f" WHERE {column} >= ? AND {column} < ? LIMIT {_CANDIDATES})"
        for column in columns
    ]
    return " UNION ".join(parts), _between(prefix) * len(columns)


def _between(prefix: str) -> list[str]:
    return [prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)]


def _terms_statement(criterion: Criterion, home_office: str = "") -> tuple[str, list[str]]:
    """Put a criterion as a statement on the index of names; the limit is its last parameter."""
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
