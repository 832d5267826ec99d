"""How a member or a record becomes a row, and what a row counts for in the replica's sum."""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec

from app.domain.lean import dataclass
from app.domain.member import MEMBER_FIELDS, Member
from app.domain.search_terms import (
    ENDING_DIGITS,
    ENDING_MARK,
    INITIALS_MARK,
    LATIN_MARK,
    NAME_MARK,
    OFFICE_MARK,
    MemberTerms,
    member_terms,
)

_to_json: Final = msgspec.json.Encoder().encode

_RANK: Final = MEMBER_FIELDS.index("rank")
_UNRANKED: Final = [name for name in MEMBER_FIELDS if name != "rank"]
_IDS: Final = (_UNRANKED.index("member_id"), _UNRANKED.index("merged_into"))
_found_by: Final = itemgetter(
    *map(
        MEMBER_FIELDS.index,
        ("card_no", "name", "latin_name", "initials", "phone", "home_office"),
    )
)
_MODULUS: Final = 2**128

# What a hash covers starts with its kind, so that no member's bytes are a record's.
_MEMBER_DOMAIN: Final = b"guichet member 1\0"
_RECORD_DOMAIN: Final = b"guichet record 1\0"


@dataclass(frozen=True, slots=True)
class Record:
    """A document of server state other than a member.

    Attributes:
        kind: 'staff', 'reward', 'office', 'counter', 'setting', 'case' and so on.
        id: unique within its kind.
        body: JSON in UTF-8; compared byte by byte, so the server alone writes it.
    """

    kind: str
    id: str
    body: bytes


class RowSum:
    """How many rows there are and their hashes' sum modulo 2**128.

    The order of changes does not matter, so the two ends can compare what they hold without
    having taken the same way to it.
    """

    __slots__ = ("count", "total")

    def __init__(self, count: int = 0, total: int = 0) -> None:
        self.count = count
        self.total = total % _MODULUS

    def add(self, row_hash: int) -> None:
        """Count a row that was written."""
        self.count += 1
        self.total = (self.total + row_hash) % _MODULUS

    def remove(self, row_hash: int) -> None:
        """Count a row out that was there before."""
        self.count -= 1
        self.total = (self.total - row_hash) % _MODULUS

    @property
    def hex(self) -> str:
        """The sum as 32 hexadecimal digits."""
        return f"{self.total:032x}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowSum):
            return NotImplemented
        return (self.count, self.total) == (other.count, other.total)

    __hash__ = None  # type: ignore[assignment] # it changes

    def __repr__(self) -> str:
        return f"RowSum({self.count}, 0x{self.hex})"


def terms_of(flat: Sequence[Any]) -> MemberTerms:
    """Fold what a member, as `Member.to_flat` lays it out, can be found by."""
    card_no, name, latin_name, initials, phone, home_office = _found_by(flat)
    return member_terms(
        card_no=card_no,
        name=name,
        latin_name=latin_name,
        initials=initials,
        phone=phone,
        home_office=home_office,
    )


def key_values(terms: MemberTerms) -> tuple[str, ...]:
    """Lay out the folded columns of `member`, in the order of `KEY_FIELDS`."""
    return (
        terms.card,
        terms.card_digits,
        terms.card[::-1],
        terms.phone[::-1],
    )


def index_terms(terms: MemberTerms) -> str:
    """Write out what `member_terms` holds of a member: terms with a space between.

    The name's characters come first, one after another, so that a phrase finds them; then
    the whole name, Latin words, initials, the phone's last digits backwards, the office.
    """
    found_by = [*terms.characters]
    if terms.characters:
        found_by.append(NAME_MARK + terms.characters)
    found_by += [LATIN_MARK + word for word in terms.latin]
    found_by += [INITIALS_MARK + initials for initials in terms.initials]
    if terms.phone:
        found_by.append(ENDING_MARK + terms.phone[-ENDING_DIGITS:][::-1])
    if terms.home_office:
        found_by.append(OFFICE_MARK + terms.home_office)
    return " ".join(found_by)


def canonical_bytes(flat: Sequence[Any]) -> bytes:
    """Give the bytes that stand for a member at both ends: a JSON array in field order.

    The rank is left out: it says where a row is shown, not what it says. The server may
    order members anew, by the office even, and a replica may seat a member elsewhere when
    the place is taken, without either looking like damage.

    Args:
        flat: the member as `Member.to_flat` lays it out; ids become hexadecimal here.
    """
    plain = [*flat[:_RANK], *flat[_RANK + 1 :]]
    for at in _IDS:
        if plain[at] is not None:
            plain[at] = plain[at].hex()
    return _to_json(plain)


def row_hash(member: Member) -> int:
    """Hash a member to 128 bits, rank apart."""
    return flat_hash(member.to_flat())


def flat_hash(flat: Sequence[Any]) -> int:
    """Hash a member that `Member.to_flat` laid out, the same as `row_hash`."""
    return _hash(_MEMBER_DOMAIN + canonical_bytes(flat))


def record_hash(record: Record) -> int:
    """Hash a record to 128 bits."""
    names = _to_json([record.kind, record.id])
    return _hash(_RECORD_DOMAIN + names + b"\0" + record.body)


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(content).digest()[:16], "big")
