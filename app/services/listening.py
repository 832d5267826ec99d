"""A manager listens to the customers on their weekly list, and has something done about it.

What was heard in words is its manager's, and the others' of the office once it is shared; how many
have been listened to, and about what, all of the office's managers see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import msgspec

from app.domain import acting, facts
from app.domain import listening as rules_of
from app.domain.errors import Rejected
from app.domain.events import ActionFieldSet, ActionOpened, ContactShown, ListeningFieldSet
from app.domain.listening import (
    LONGEST_TEXT,
    SETTING,
    ListeningRules,
    check_field,
    counting,
    is_shared,
    monday_of,
    quotas,
)
from app.domain.listening_records import CorrectiveAction, Listening, Said
from app.domain.member import masked_card, masked_name, masked_phone
from app.domain.office_time import local_day
from app.ports.work import CaseAction, Work
from app.services.cases import duty_manager
from app.services.commands import CheckAction, LogConversation, OpenAction, ShowContact
from app.services.context import Context, clerk, enrolled, server_member, signed_in
from app.services.listening_views import (
    ActionView,
    ListenedCustomer,
    ListeningView,
    SharedFinding,
    ShownContact,
)


def listening_view(context: Context) -> ListeningView:
    """Give the page of whoever is signed in.

    Raises:
        Rejected: not_signed_in, unknown_staff.
    """
    own_id, seat = clerk(context, context.store.reads).staff_id, enrolled(context)
    listed, actions = _shown(context)
    here = sorted(
        (each for each in context.members.all_staff() if each.office_id == seat.office_id),
        key=lambda each: (each.name, each.number),
    )
    names = {each.staff_id: each.name for each in here}
    today = local_day(context.clock.now_ms(), seat.time_zone)
    week = max((each.week for each in listed.values()), default="")
    of_week = sorted(
        (each for each in listed.values() if each.week == week), key=lambda each: each.place
    )
    managers = sorted(
        (each.staff_id for each in here if each.active and "duty_manager" in each.roles),
        key=lambda staff_id: staff_id != own_id,
    )
    topics = Counter(said.value for each in of_week if (said := counting(each, "topic")))
    return ListeningView(
        week=week,
        is_current=week == monday_of(today),
        own=tuple(_customer(context, each) for each in of_week if each.staff_id == own_id),
        quotas=tuple(quotas(of_week, managers)),
        heard=tuple(topics.most_common()),
        shared=tuple(_shared(each, names) for each in of_week if is_shared(each) and _text(each)),
        actions=_action_views(actions, listed, names, seat.time_zone),
        people=tuple((each.staff_id, each.name) for each in here if each.active),
        today=today.isoformat(),
        rules=_rules(context),
        names=names,
    )


def show_contact(context: Context, command: ShowContact) -> ShownContact:
    """Write down that a number is shown, and show it with the name.

    Raises:
        Rejected: not_manager, unknown_listening, not_own_listening, unknown_member.
    """
    listening = _own(context, command.listening_id)
    member = server_member(context, context.store.reads, listening.member_id)
    if member is None or not member.phone:
        raise Rejected("unknown_member", "This PC doesn't hold the member")
    event = ContactShown(listening.listening_id)

    def unit(work: Work) -> None:
        work.append(event)

    context.store.run(unit)
    return ShownContact(listening.listening_id, member.name, member.phone)


def log_conversation(context: Context, command: LogConversation) -> None:
    """Write down how it went and what was heard: what differs from what this desk shows.

    Raises:
        Rejected: not_manager, unknown_listening, not_own_listening, bad_field, empty_heard,
            note_too_long.
    """
    listening, heard = _own(context, command.listening_id), _bounded(command.heard)
    if command.outcome == "reached" and not heard:
        raise Rejected("empty_heard", "Write down what was heard")
    _, version = context.setting(SETTING)
    wanted = {"outcome": command.outcome, "topic": command.topic}
    if heard or counting(listening, "shared") is not None:
        wanted["shared"] = "yes" if command.is_shared else "no"
    changed = {
        name: value
        for name, value in wanted.items()
        if not _stands_alone(listening.said, name, value) and (value or name != "topic")
    }
    for name, value in changed.items():
        check_field(name, value, (), has_text=False)
    said_before = _standing(listening.said, "heard")
    has_news = bool(heard) and not (len(said_before) == 1 and said_before[0].text == heard)

    def unit(work: Work) -> None:
        for name, value in changed.items():
            seen = _ids(_standing(listening.said, name))
            list_version = version if name == "topic" else 0
            _keep(work, ListeningFieldSet(listening.listening_id, name, value, seen, list_version))
        if has_news:
            seen = _ids(said_before)
            _keep(work, ListeningFieldSet(listening.listening_id, "heard", "", seen, 0), heard)

    context.store.run(unit)


def open_action(context: Context, command: OpenAction) -> None:
    """Have something done about what was heard: by whom, and when it is looked at.

    Raises:
        Rejected: not_manager, unknown_listening, not_own_listening, empty_what, note_too_long,
            unknown_owner, check_day_past.
    """
    listening, what = _own(context, command.listening_id), _bounded(command.what)
    if not what:
        raise Rejected("empty_what", "Write down what is to be done")
    owner = context.members.staff(command.owner_id)
    if owner is None or not owner.active or owner.office_id != enrolled(context).office_id:
        raise Rejected("unknown_owner", "Choose one of the office's staff")
    check_on = _coming_day(context, command.check_on)

    def unit(work: Work) -> None:
        session, blob, action_id = signed_in(work), work.make_blob(what.encode()), work.new_id()
        event = ActionOpened(action_id, listening.listening_id, blob.commitment)
        entry = work.append(event, blobs=(blob,))
        opened = CorrectiveAction(
            action_id,
            listening.listening_id,
            listening.office_id,
            session.staff_id,
            work.now_ms(),
            what,
        )
        told = msgspec.json.encode(opened).decode()
        work.add_case_action(
            CaseAction(action_id, "action_opened", work.now_ms(), session.staff_id, told), entry
        )
        for name, value in (("owner", str(command.owner_id)), ("check_on", check_on)):
            _keep(work, ActionFieldSet(action_id, name, value, ()))

    context.store.run(unit)


def check_action(context: Context, command: CheckAction) -> None:
    """Say what an action did; of one that wasn't done why, and when somebody looks again.

    Raises:
        Rejected: not_manager, unknown_action, bad_field, empty_reason, note_too_long,
            check_day_past.
    """
    duty_manager(context)
    action = _shown(context)[1].get(command.action_id)
    if action is None:
        raise Rejected("unknown_action", "This action is not on this PC")
    note = _bounded(command.note)
    acting.check_action_field("result", command.result, ())
    is_put_off = command.result == "not_done"
    if is_put_off and not note:
        raise Rejected("empty_reason", "Write down why it wasn't done")
    check_on = _coming_day(context, command.check_on) if is_put_off else ""

    def unit(work: Work) -> None:
        seen = _ids(_standing(action.said, "result"))
        _keep(work, ActionFieldSet(action.action_id, "result", command.result, seen), note)
        if is_put_off:
            seen = _ids(_standing(action.said, "check_on"))
            _keep(work, ActionFieldSet(action.action_id, "check_on", check_on, seen))

    context.store.run(unit)


def _keep(work: Work, event: ListeningFieldSet | ActionFieldSet, text: str = "") -> None:
    """Record a version of a field with its words; it is shown until the server has it."""
    blob = work.make_blob(text.encode()) if text else None
    if blob is not None:
        event = replace(event, text_hash=blob.commitment)
    entry = work.append(event, blobs=() if blob is None else (blob,))
    is_action = isinstance(event, ActionFieldSet)
    about_id = event.action_id if isinstance(event, ActionFieldSet) else event.listening_id
    said = Said(
        entry.event_id,
        event.field,
        event.value,
        work.now_ms(),
        signed_in(work).staff_id,
        event.saw,
        text,
    )
    told = msgspec.json.encode(said).decode()
    work.add_case_action(
        CaseAction(
            about_id,
            "action_said" if is_action else "listening_said",
            said.at_ms,
            said.staff_id,
            told,
        ),
        entry,
    )


def _shown(
    context: Context,
) -> tuple[dict[UUID, Listening], dict[UUID, CorrectiveAction]]:
    """Both as the server told them, with what this desk has said since; by id."""
    listed = {each.listening_id: each for each in context.members.listenings()}
    actions = {each.action_id: each for each in context.members.corrective_actions()}
    for done in context.store.reads.case_actions():
        if done.action == "action_opened":
            opened = msgspec.json.decode(done.text, type=CorrectiveAction)
            actions.setdefault(opened.action_id, opened)
        elif done.action == "listening_said" and (one := listed.get(done.case_id)) is not None:
            said = msgspec.json.decode(done.text, type=Said)
            listed[done.case_id] = rules_of.with_said(one, said)
        elif done.action == "action_said" and (action := actions.get(done.case_id)) is not None:
            said = msgspec.json.decode(done.text, type=Said)
            actions[done.case_id] = acting.with_said(action, said)
    return listed, actions


def _own(context: Context, listening_id: UUID) -> Listening:
    duty_manager(context)
    listening = _shown(context)[0].get(listening_id)
    if listening is None:
        raise Rejected("unknown_listening", "This customer is not on this PC's lists")
    if listening.staff_id != signed_in(context.store.reads).staff_id:
        raise Rejected("not_own_listening", "The customer is on another manager's list")
    return listening


def _customer(context: Context, listening: Listening) -> ListenedCustomer:
    member = server_member(context, context.store.reads, listening.member_id)
    if member is None:
        return ListenedCustomer(listening)
    return ListenedCustomer(
        listening, masked_name(member.name), masked_card(member.card_no), masked_phone(member.phone)
    )


def _shared(listening: Listening, names: Mapping[UUID, str]) -> SharedFinding:
    topic = counting(listening, "topic")
    return SharedFinding(
        names.get(listening.staff_id, ""), "" if topic is None else topic.value, _text(listening)
    )


def _text(listening: Listening) -> str:
    heard = counting(listening, "heard")
    return "" if heard is None else heard.text


def _action_views(
    actions: Mapping[UUID, CorrectiveAction],
    listed: Mapping[UUID, Listening],
    names: Mapping[UUID, str],
    time_zone: str,
) -> tuple[ActionView, ...]:
    views = []
    for action in actions.values():
        standing = acting.standing_of(action.said)
        origin = listed.get(action.listening_id)
        topic = None if origin is None else counting(origin, "topic")
        views.append(
            ActionView(
                action,
                standing,
                "" if standing.owner_id is None else names.get(standing.owner_id, ""),
                names.get(action.staff_id, ""),
                "" if topic is None else topic.value,
                acting.rings_ms(standing.check_on, time_zone),
                acting.due_ms(standing.check_on, time_zone),
            )
        )
    return tuple(sorted(views, key=_place))


def _place(view: ActionView) -> tuple[bool, str, int]:
    if view.standing.state == "open":
        return False, view.standing.check_on, view.action.opened_ms
    return True, "", -max((said.at_ms for said in view.action.said), default=0)


def _coming_day(context: Context, text: str) -> str:
    today = local_day(context.clock.now_ms(), enrolled(context).time_zone)
    if not acting.is_day(text) or date.fromisoformat(text) < today:
        raise Rejected("check_day_past", "Choose a day that is to come")
    return text


def _bounded(typed: str) -> str:
    text = typed.strip()
    if len(text) > LONGEST_TEXT:
        raise Rejected("note_too_long", "The text is too long", limit=LONGEST_TEXT)
    return text


def _rules(context: Context) -> ListeningRules:
    return ListeningRules.from_setting(context.setting(SETTING)[0])


def _standing(said: Sequence[Said], name: str) -> tuple[Said, ...]:
    return facts.standing(said, name)


def _stands_alone(said: Sequence[Said], name: str, value: str) -> bool:
    shown = _standing(said, name)
    return len(shown) == 1 and shown[0].value == value


def _ids(said: Sequence[Said]) -> tuple[UUID, ...]:
    return tuple(each.entry_id for each in said)
