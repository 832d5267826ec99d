"""A member of the programme, as every counter holds it."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final, Literal, NamedTuple, Protocol, Self, get_args
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.lean import dataclass

MemberStatus = Literal["active", "closed", "merged"]

MAX_POINTS: Final = 2**53
"""Largest number of points: what a JSON number still carries exactly."""

MAX_PHONE_DIGITS: Final = 20

_FIRST_CJK: Final = "\u2e80"

_STATUSES: Final = frozenset(get_args(MemberStatus))


class MemberFields(Protocol):
    """What of a member is checked, as a `Member` has it or as it comes from elsewhere."""

    @property
    def rank(self) -> int: ...
    @property
    def phone(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def merged_into(self) -> UUID | None: ...
    @property
    def posted_points(self) -> int: ...
    @property
    def leased_points(self) -> int: ...
    @property
    def pending_points(self) -> int: ...
    @property
    def next_expiry_points(self) -> int: ...


def check_member(member: MemberFields) -> None:
    """See that the fields are what `Member` says of them.

    Raises:
        ValueError: one isn't.
    """
    if member.rank < 1:
        raise ValueError(f"rank must be at least 1, got {member.rank}")
    if not is_phone(member.phone):
        raise ValueError(f"phone must hold at most {MAX_PHONE_DIGITS} ASCII digits")
    if member.status not in _STATUSES:
        raise ValueError(f"unknown member status {member.status!r}")
    if (member.status == "merged") != (member.merged_into is not None):
        raise ValueError("a merged member, and no other, names its survivor")
    for points in (
        member.posted_points,
        member.leased_points,
        member.pending_points,
        member.next_expiry_points,
    ):
        if not -MAX_POINTS <= points <= MAX_POINTS:
            raise ValueError(f"points outside ±2**53: {points}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One row of the replica.

    Points are whole numbers in [-2**53, 2**53]; `posted = available + leased`, and pending
    points are an account of their own outside it.

    Attributes:
        member_id: the programme's id, unchanged for life.
        rank: row id >= 1, given by the server in display order; 1 is shown first.
        card_no: the card's number as printed.
        name: display name, in Chinese or Latin script.
        latin_name: the name in Latin script, '' when there is none or `name` already is.
        initials: pinyin initials in lower case, made by the server; '' for Latin names.
        phone: digits only, '' when unknown.
        tier: tier code, such as 'basic' or 'gold'.
        home_office: office code, '' when unknown.
        status: 'merged' exactly when `merged_into` names the survivor.
        merged_into: the member that this one is an alias of.
        posted_points: what the ledger holds, leased points among them.
        leased_points: what is promised to counters.
        pending_points: earned and not yet posted.
        next_expiry_on: local date on which the next lot expires.
        next_expiry_points: how many points expire then.
        preference: one sentence worth saying aloud, or ''.
        open_matter: the open complaint or question in a few words, or ''.
        language: BCP 47 tag with an underscore, such as 'zh_CN', or ''.
        born_on_year: four digits.
        joined_on: date of joining.
        generated: the importer made up fields that its source lacked.

    Raises:
        ValueError: a field is outside what is said above.
    """

    member_id: UUID
    rank: int
    card_no: str
    name: str
    latin_name: str = ""
    initials: str = ""
    phone: str = ""
    tier: str = ""
    home_office: str = ""
    status: MemberStatus = "active"
    merged_into: UUID | None = None
    posted_points: int = 0
    leased_points: int = 0
    pending_points: int = 0
    next_expiry_on: date | None = None
    next_expiry_points: int = 0
    preference: str = ""
    open_matter: str = ""
    language: str = ""
    born_on_year: int | None = None
    joined_on: date | None = None
    generated: bool = False

    def __post_init__(self) -> None:
        check_member(self)

    @property
    def available_points(self) -> int:
        """Posted points that no counter holds a lease on."""
        return self.posted_points - self.leased_points

    def to_flat(self) -> tuple[int | str | bytes | None, ...]:
        """Lay the fields out in declaration order as values that SQLite and JSON can hold.

        Ids become 16 bytes, dates ISO text, `generated` 0 or 1.
        """
        merged_into, expiry, joined = self.merged_into, self.next_expiry_on, self.joined_on
        return (
            self.member_id.bytes,
            self.rank,
            self.card_no,
            self.name,
            self.latin_name,
            self.initials,
            self.phone,
            self.tier,
            self.home_office,
            self.status,
            None if merged_into is None else merged_into.bytes,
            self.posted_points,
            self.leased_points,
            self.pending_points,
            None if expiry is None else expiry.isoformat(),
            self.next_expiry_points,
            self.preference,
            self.open_matter,
            self.language,
            self.born_on_year,
            None if joined is None else joined.isoformat(),
            int(self.generated),
        )

    @classmethod
    def from_flat(cls, values: Sequence[Any]) -> Self:
        """Read back what `to_flat` laid out.

        Raises:
            ValueError: the number of values or one of them is wrong.
        """
        by_name = dict(zip(MEMBER_FIELDS, values, strict=True))
        merged_into, expiry, joined = (
            by_name["merged_into"],
            by_name["next_expiry_on"],
            by_name["joined_on"],
        )
        by_name["member_id"] = UUID(bytes=by_name["member_id"])
        by_name["merged_into"] = None if merged_into is None else UUID(bytes=merged_into)
        by_name["next_expiry_on"] = None if expiry is None else date.fromisoformat(expiry)
        by_name["joined_on"] = None if joined is None else date.fromisoformat(joined)
        by_name["generated"] = bool(by_name["generated"])
        return cls(**by_name)


MEMBER_FIELDS: Final = tuple(field.name for field in fields(Member))
"""Field names in the order of `Member.to_flat`; the members file's columns bear the same names."""


class Distinction(NamedTuple):
    """What tells two members of one name apart without showing who they are."""

    tier: str
    card_ending: str
    phone_ending: str
    home_office: str


def distinction(member: Member) -> Distinction:
    """Give what a clerk asks a namesake for: card's last four, phone's last two, tier, office."""
    return Distinction(member.tier, member.card_no[-4:], member.phone[-2:], member.home_office)


def masked_name(name: str) -> str:
    """Hide most of a name from those who look over the clerk's shoulder.

    A name of one word keeps its first character, and its last from three characters on; of
    several words all but the last are cut to their first letter.

    >>> masked_name("张伟"), masked_name("张伟明"), masked_name("Wei Zhang")
    ('张*', '张*明', 'W*** Zhang')
    """
    words = name.split()
    if not words:
        return ""
    if len(words) > 1:
        return " ".join([*(word[0] + "***" for word in words[:-1]), words[-1]])
    word = words[0]
    if word[0] < _FIRST_CJK:
        return word[0] + "***"
    if len(word) < 3:
        return word[0] + "*" * (len(word) - 1)
    return word[0] + "*" * (len(word) - 2) + word[-1]


def is_phone(text: str) -> bool:
    """Whether a text is what a member's phone number may be; '' is, for none.

    >>> is_phone("13812345678"), is_phone(""), is_phone("+86 138"), is_phone("1" * 21)
    (True, True, False, False)
    """
    return not text or (text.isascii() and text.isdigit() and len(text) <= MAX_PHONE_DIGITS)


def check_phone(text: str) -> None:
    """Check what somebody gave as a phone number.

    Raises:
        Rejected: bad_phone.
    """
    if not is_phone(text):
        raise Rejected(
            "bad_phone", f"A phone number is digits and nothing else, {MAX_PHONE_DIGITS} at most"
        )


def masked_phone(phone: str) -> str:
    """Keep a phone number's first three and last four digits, of a short one the last two.

    >>> masked_phone("13812345678"), masked_phone("123456"), masked_phone("")
    ('138****5678', '****56', '')
    """
    if len(phone) < 9:
        return "*" * (len(phone) - 2) + phone[-2:] if len(phone) > 2 else "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def masked_card(card_no: str) -> str:
    """Keep a card number's last four characters, of a short one the last two.

    >>> masked_card("CA0012345678"), masked_card("54993")
    ('****5678', '****93')
    """
    if not card_no:
        return ""
    return "****" + (card_no[-4:] if len(card_no) >= 8 else card_no[3:][-2:])
