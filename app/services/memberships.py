"""Joining a member, updating a contact, replacing a card; names travel beside the chain."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from uuid import UUID

from app.domain.errors import Rejected
from app.domain.events import CardReplaced, ContactUpdated, MemberIdentified, MemberJoined, Proof
from app.ports.work import Work
from app.services.commands import JoinMember, ReplaceCard, UpdateContact
from app.services.context import Context, served_member, server_member, signed_in
from app.services.encounters import opened

_CARD = re.compile(r"[A-Z0-9]{5,20}")
_PHONE = re.compile(r"\+?[0-9]{6,15}")
MAX_NAME_CHARS = 60


def join_member(context: Context, command: JoinMember) -> UUID:
    """Take a new member in; known at this counter at once, everywhere after the next sync."""
    card_no = _free_card(context, command.card_no)
    phone = _phone(command.phone)
    name = " ".join(command.name.split())
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise Rejected("bad_name", "The name is missing or too long", limit=MAX_NAME_CHARS)
    profile = {
        "name": name,
        "latin_name": " ".join(command.latin_name.split())[:MAX_NAME_CHARS],
        "phone": phone,
        "language": command.language,
    }

    def unit(work: Work) -> UUID:
        row = opened(work, "walk_in")
        if row.member_id is not None:
            raise Rejected("other_member", "This encounter is another member's; finish it first")
        member_id = work.new_id()
        blob = work.make_blob(_document(profile))
        entry = work.append(
            MemberJoined(row.encounter_id, member_id, card_no, blob.commitment), blobs=(blob,)
        )
        work.add_joined_member(member_id, {**profile, "card_no": card_no}, entry)
        work.append(MemberIdentified(row.encounter_id, member_id, Proof.DOCUMENT))
        work.save_encounter(replace(row, member_id=member_id, proof=Proof.DOCUMENT))
        work.add_line(member_id, row.encounter_id, "joined", card_no[-4:], None, entry)
        return row.encounter_id

    encounter_id: UUID = context.store.run(unit)
    return encounter_id


def update_contact(context: Context, command: UpdateContact) -> UUID:
    """Change the member's phone."""
    phone = _phone(command.phone)

    def unit(work: Work) -> UUID:
        signed_in(work)
        row, member_id = served_member(work, command.encounter_id)
        blob = work.make_blob(_document({"phone": phone}))
        entry = work.append(
            ContactUpdated(row.encounter_id, member_id, blob.commitment), blobs=(blob,)
        )
        work.override_contact(member_id, {"phone": phone}, entry)
        work.add_line(entry.event_id, row.encounter_id, "contact", phone[-2:], None, entry)
        return row.encounter_id

    encounter_id: UUID = context.store.run(unit)
    return encounter_id


def replace_card(context: Context, command: ReplaceCard) -> UUID:
    """Give the member another card; the old number finds them no more."""
    card_no = _free_card(context, command.new_card_no)

    def unit(work: Work) -> UUID:
        signed_in(work)
        row, member_id = served_member(work, command.encounter_id)
        member = server_member(context, work, member_id)
        if member is None:
            raise Rejected("unknown_member", "This member is not on this PC")
        entry = work.append(CardReplaced(row.encounter_id, member_id, member.card_no, card_no))
        work.override_contact(member_id, {"card_no": card_no}, entry)
        work.add_line(entry.event_id, row.encounter_id, "card", card_no[-4:], None, entry)
        return row.encounter_id

    encounter_id: UUID = context.store.run(unit)
    return encounter_id


def _free_card(context: Context, typed: str) -> str:
    card_no = "".join(typed.split()).upper()
    if not _CARD.fullmatch(card_no):
        raise Rejected("bad_card", "A card number has 5 to 20 letters and digits")
    if context.members.by_card(card_no) is not None or context.store.reads.joined_members(card_no):
        raise Rejected("card_taken", "This card belongs to a member already")
    return card_no


def _phone(typed: str) -> str:
    phone = re.sub(r"[\s().-]", "", typed)
    if not _PHONE.fullmatch(phone):
        raise Rejected("bad_phone", "A phone number has 6 to 15 digits")
    return phone.lstrip("+")


def _document(values: dict[str, str]) -> bytes:
    return json.dumps(values, ensure_ascii=False, sort_keys=True).encode()
