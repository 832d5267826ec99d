"""Members who join, and what changes of them at a counter."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.events import CardReplaced, ContactUpdated, MemberJoined
from app.domain.member import check_phone
from sync.server.batch import Batch
from sync.server.forgetting import drop_texts
from sync.server.importing.pinyin import name_keys
from sync.server.member_state import MemberState
from sync.server.reading import Received
from sync.server.store import tables as t
from sync.server.work import Work

T = TypeVar("T")

_MAX_NAME = 100
_MAX_CARD = 40


class _Profile(msgspec.Struct):
    name: str
    latin_name: str = ""
    phone: str = ""
    language: str = ""


class _Contact(msgspec.Struct):
    phone: str


def _read(content: bytes, kind: type[T]) -> T:
    """What a blob says. Raises Rejected('bad_profile') where it can't be read."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected("bad_profile", "The member's details can't be read") from error


def _check_card(batch: Batch, card_no: str) -> None:
    if not card_no or len(card_no) > _MAX_CARD:
        raise Rejected("bad_card", "That is no card number")
    if card_no in batch.cards:
        raise Rejected("card_taken", "The card belongs to a member already")


def member_joined(batch: Batch, received: Received, event: MemberJoined) -> None:
    """Somebody joined at the counter."""
    encounter = batch.encounter(event.encounter_id)
    if event.member_id in batch.work.members:
        raise Rejected("member_known", "The member joined before")
    _check_card(batch, event.card_no)
    profile = _read(batch.blob(event.profile_hash), _Profile)
    check_phone(profile.phone)
    texts = (profile.name, profile.latin_name, profile.language)
    if not profile.name or any(len(text) > _MAX_NAME or "\0" in text for text in texts):
        raise Rejected("bad_name", "That is no name")
    batch.cards[event.card_no] = event.member_id
    batch.work.add(t.card, event.card_no, event.member_id, received.at_ms)
    batch.work.add_member(
        event.member_id,
        {
            "rank": _next_rank(batch.work),
            "card_no": event.card_no,
            "name": profile.name,
            "latin_name": profile.latin_name,
            "initials": name_keys(profile.name)[0],
            "phone": profile.phone,
            "tier": "",
            "home_office": batch.device.office_code,
            "status": "active",
            "merged_into": None,
            "preference": "",
            "open_matter": "",
            "language": profile.language,
            "born_on_year": None,
            "joined_on": batch.day_of(received.at_ms),
            "generated": False,
        },
    )
    encounter.serve("member")


def _known(state: MemberState | None) -> MemberState:
    if state is None:
        raise Rejected("unknown_member", "The member isn't known to the server")
    if state.is_forgotten:
        raise Rejected("member_forgotten", "The member's data was erased in the meantime")
    return state


def contact_updated(batch: Batch, received: Received, event: ContactUpdated) -> None:
    """A member's phone changed; what comes after they were forgotten is not kept."""
    batch.encounter(event.encounter_id)
    try:
        state = _known(batch.work.survivor(event.member_id))
    except Rejected as refusal:
        if refusal.code == "member_forgotten":
            drop_texts(batch.work, [event.contact_hash])
        raise
    contact = _read(batch.blob(event.contact_hash), _Contact)
    check_phone(contact.phone)
    batch.work.update_profile(state, phone=contact.phone)
    _note_change(batch, received, event)


def card_replaced(batch: Batch, received: Received, event: CardReplaced) -> None:
    """A new card; the old number still leads to the member."""
    batch.encounter(event.encounter_id)
    _known(batch.work.members.get(event.member_id))
    owner_id = batch.cards.get(event.old_card_no)  # an alias keeps cards of its own
    if owner_id is None or not batch.work.are_one(owner_id, event.member_id):
        raise Rejected("wrong_card", "The old card isn't this member's")
    _check_card(batch, event.new_card_no)
    state = batch.work.members[owner_id]
    batch.cards[event.new_card_no] = owner_id
    batch.work.add(t.card, event.new_card_no, owner_id, received.at_ms)
    batch.work.update_profile(state, card_no=event.new_card_no)
    _note_change(batch, received, event)


def _note_change(batch: Batch, received: Received, event: ContactUpdated | CardReplaced) -> None:
    whose = _known(batch.work.survivor(event.member_id))
    batch.encounter(event.encounter_id).serve("member")
    batch.work.add(t.member_change, whose.member_id, received.event_id, received.at_ms)


def _next_rank(work: Work) -> int:
    """The place behind all members so far."""
    programme = t.programme
    work.connection.execute(
        programme.update()
        .where(programme.c.programme_id == work.programme_id)
        .values(last_rank=programme.c.last_rank + 1)
    )
    return int(
        work.connection.execute(
            sa.select(programme.c.last_rank).where(programme.c.programme_id == work.programme_id)
        ).scalar_one()
    )
