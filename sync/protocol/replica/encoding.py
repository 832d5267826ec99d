"""How a member or a record becomes a row, and what a row counts for in the replica's sum."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from app.domain.member import MEMBER_FIELDS, Member
from app.domain.search_terms import MemberTerms, compact, member_terms

_RANK: Final = MEMBER_FIELDS.index("rank")
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


def terms_of(member: Member) -> MemberTerms:
    """Fold what the member can be found by."""
    return member_terms(
        card_no=member.card_no,
        name=member.name,
        latin_name=member.latin_name,
        initials=member.initials,
        phone=member.phone,
    )


def key_values(terms: MemberTerms) -> tuple[str, ...]:
    """Lay out the folded columns of `member`, in the order of `KEY_FIELDS`."""
    return (
        terms.card,
        terms.card_digits,
        terms.card[::-1],
        terms.phone[::-1],
        terms.characters,
    )


def term_values(terms: MemberTerms, home_office: str) -> tuple[str, ...]:
    """Lay out the columns of `member_terms`, in the order of `TERM_FIELDS`."""
    return (
        " ".join(terms.characters),
        " ".join(terms.latin),
        terms.initials,
        terms.phone[::-1][:4],
        compact(home_office),
    )


def member_row(member: Member) -> tuple[Any, ...]:
    """Lay a member out as a row of `member`, in the order of `MEMBER_COLUMNS`."""
    return (*member.to_flat(), *key_values(terms_of(member)))


def canonical_bytes(member: Member) -> bytes:
    """Give the bytes that stand for a member at both ends: a JSON array in field order.

    The rank is left out: it says where a row is shown, not what it says. The server may
    order members anew, by the office even, and a replica may seat a member elsewhere when
    the place is taken, without either looking like damage.
    """
    flat = member.to_flat()
    plain = [
        value.hex() if isinstance(value, bytes) else value
        for value in (*flat[:_RANK], *flat[_RANK + 1 :])
    ]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def row_hash(member: Member) -> int:
    """Hash a member to 128 bits, rank apart."""
    return _hash(_MEMBER_DOMAIN + canonical_bytes(member))


def record_hash(record: Record) -> int:
    """Hash a record to 128 bits."""
    names = json.dumps([record.kind, record.id], ensure_ascii=False).encode()
    return _hash(_RECORD_DOMAIN + names + b"\0" + record.body)


def _hash(content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(content).digest()[:16], "big")
