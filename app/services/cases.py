"""The duty manager's answers to cases and exceptions; journalled like everything else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal, cast, get_args
from uuid import UUID

import msgspec

from app.domain.case import Step, StepKind, after
from app.domain.case_facts import GOODWILL, SETTING, CaseRules, check_field, standing, with_fact
from app.domain.entry import Event
from app.domain.errors import Rejected
from app.domain.events import (
    CaseAcknowledged,
    CaseAdvanced,
    CaseClosed,
    CaseFieldSet,
    CaseNoted,
    CaseReopened,
    ExceptionSettled,
)
from app.domain.records import Case, CaseFact
from app.domain.settling import Answer
from app.ports.sync_store import StoredBlob
from app.ports.work import CaseAction, Work
from app.services.commands import (
    AcknowledgeCase,
    AdvanceCase,
    CloseCase,
    NoteCase,
    ReopenCase,
    SetCaseField,
    SettleException,
)
from app.services.context import Context, clerk, signed_in

MAX_NOTE_CHARS = 2_000


def duty_manager(context: Context) -> None:
    """Raises Rejected('not_manager') unless a duty manager is signed in."""
    if "duty_manager" not in clerk(context, context.store.reads).roles:
        raise Rejected("not_manager", "Only a duty manager can do this")


def acknowledge_case(context: Context, command: AcknowledgeCase) -> None:
    """Say that somebody is on the way; every other desk falls silent."""
    _step(context, CaseAcknowledged(command.case_id), command.case_id, "acknowledged")


def note_case(context: Context, command: NoteCase) -> None:
    """Add what was found or done."""
    text = _text(command.text)
    if not text:
        raise Rejected("empty_note", "Write the note first")

    def event(blob: StoredBlob | None) -> Event:
        return CaseNoted(command.case_id, "" if blob is None else blob.commitment)

    _step(context, event, command.case_id, "noted", text, text.encode())


def advance_case(context: Context, command: AdvanceCase) -> None:
    """Say how far a case has come, passing over what came of itself; pressed twice it is once."""
    last_said = next(
        (
            action
            for action in reversed(context.store.reads.case_actions())
            if action.case_id == command.case_id and action.action in get_args(StepKind)
        ),
        None,
    )
    if last_said is not None and (last_said.action, last_said.text) == ("advanced", command.stage):
        duty_manager(context)
        if last_said.staff_id == signed_in(context.store.reads).staff_id:
            return
    event = CaseAdvanced(command.case_id, command.stage)
    _step(context, event, command.case_id, "advanced", command.stage)


def close_case(context: Context, command: CloseCase) -> None:
    """End a case as 'resolved' or 'unable'."""
    event = CaseClosed(command.case_id, command.outcome)
    _step(context, event, command.case_id, "closed", command.outcome)


def reopen_case(context: Context, command: ReopenCase) -> None:
    """Go on with a case that was closed."""
    _step(context, CaseReopened(command.case_id), command.case_id, "reopened")


def case_rules(context: Context) -> CaseRules:
    """What the server's setting says of cases."""
    return CaseRules.from_setting(context.setting(SETTING)[0])


def set_field(context: Context, command: SetCaseField) -> None:
    """Say one thing of a case, in the place of whatever this desk shows of it."""
    case = _known_case(context, command.case_id)
    check_field(command.field, command.value)
    shown = standing(case, command.field)
    if len(shown) == 1 and shown[0].value == command.value:
        return
    given = next((fact.adjustment_id for fact in shown if fact.value == command.value), None)
    if command.value == GOODWILL and given is None:
        raise Rejected("no_goodwill", "The remedy is the points themselves: give them")
    _, version = context.setting(SETTING)
    event = CaseFieldSet(
        command.case_id,
        command.field,
        command.value,
        _ids(shown),
        version if command.field == "cause" else 0,
        given,
    )
    context.store.run(lambda work: _keep_field(work, event))


def remedy_by(context: Context, case_id: UUID) -> Callable[[Work, UUID], None]:
    """Return what records, in the unit of work of an adjustment, that it is a case's remedy.

    Raises:
        Rejected: not_manager, unknown_case.
    """
    seen = _ids(standing(_known_case(context, case_id), "remedy"))

    def record(work: Work, adjustment_id: UUID) -> None:
        _keep_field(work, CaseFieldSet(case_id, "remedy", GOODWILL, seen, 0, adjustment_id))

    return record


def _ids(facts: Sequence[CaseFact]) -> tuple[UUID, ...]:
    return tuple(fact.entry_id for fact in facts)


def _keep_field(work: Work, event: CaseFieldSet) -> None:
    """Record a field, and keep it to be shown until the server has it."""
    session, entry = signed_in(work), work.append(event)
    fact = CaseFact(
        entry.event_id,
        event.field,
        event.value,
        work.now_ms(),
        "",  # who it is, is looked up when it is shown
        event.saw,
        event.adjustment_id,
    )
    told = msgspec.json.encode(fact).decode()
    work.add_case_action(
        CaseAction(event.case_id, "field_set", fact.at_ms, session.staff_id, told), entry
    )


def settle_exception(context: Context, command: SettleException) -> None:
    """Answer an entry that the server could not simply post."""
    duty_manager(context)
    if command.answer not in tuple(Answer):
        raise Rejected("bad_answer", "Honour it, claim it back, write it off, or note it")
    text = _text(command.note)

    def event(blob: StoredBlob | None) -> Event:
        note_hash = None if blob is None else blob.commitment
        return ExceptionSettled(command.exception_id, command.answer, note_hash)

    _act(context, event, command.exception_id, "settled", command.answer, text.encode())


def _step(
    context: Context,
    event: Event | Callable[[StoredBlob | None], Event],
    case_id: UUID,
    kind: StepKind,
    text: str = "",
    note: bytes = b"",
) -> None:
    """Record a step, unless the case as this desk shows it refuses it already."""
    after(_known_case(context, case_id), Step(kind, 0, "", text))
    _act(context, event, case_id, kind, text, note)


def _known_case(context: Context, case_id: UUID) -> Case:
    duty_manager(context)
    case = next((each for each in shown_cases(context, str) if each.case_id == case_id), None)
    if case is None:
        raise Rejected("unknown_case", "This case is not on this PC")
    return case


def _act(
    context: Context,
    event: Event | Callable[[StoredBlob | None], Event],
    case_id: UUID,
    action: StepKind | Literal["settled"],
    text: str,
    note: bytes = b"",
) -> None:
    def unit(work: Work) -> None:
        session = signed_in(work)
        blob = work.make_blob(note) if note else None
        entry = work.append(
            event(blob) if callable(event) else event,
            blobs=() if blob is None else (blob,),
        )
        work.add_case_action(
            CaseAction(case_id, action, work.now_ms(), session.staff_id, text), entry
        )

    context.store.run(unit)


def _text(typed: str) -> str:
    text = typed.strip()
    if len(text) > MAX_NOTE_CHARS:
        raise Rejected("note_too_long", "The note is too long", limit=MAX_NOTE_CHARS)
    return text


def shown_cases(context: Context, name_of: Callable[[UUID], str]) -> list[Case]:
    """The cases as the server or an alarm told them, with what this desk has done since."""
    by_id = {case.case_id: case for case in context.members.cases()}
    by_id.update({case.case_id: case for case in context.heard.beyond(by_id.keys())})
    for action in context.store.reads.case_actions():
        case = by_id.get(action.case_id)
        if case is not None and action.action == "field_set":
            fact = msgspec.json.decode(action.text, type=CaseFact)
            told = replace(fact, staff_name=name_of(action.staff_id))
            by_id[action.case_id] = with_fact(case, told)
        if case is None or action.action not in get_args(StepKind):
            continue
        step = Step(
            cast("StepKind", action.action), action.at_ms, name_of(action.staff_id), action.text
        )
        with suppress(Rejected):  # somebody was first, as the server will say, too
            by_id[action.case_id] = after(case, step)
    return list(by_id.values())
