"""Signing in and out, switching clerks, opening and closing the shift; needs no server."""

from __future__ import annotations

import hashlib

from app.domain.entry import Actor
from app.domain.errors import Rejected
from app.domain.events import SessionEnded, SessionStarted, ShiftClosed, ShiftOpened
from app.domain.records import Staff
from app.domain.sign_in import FREE_TRIES, remaining_wait_s
from app.ports.work import OpenSession, Work
from app.services.commands import CloseShift, SignIn, SignInByBadge, SignOut
from app.services.context import Context, clerk, enrolled, signed_in
from app.services.views import SessionView, ShiftSummary


def session_view(context: Context, session: OpenSession) -> SessionView | None:
    """None when the person is no longer on the staff list."""
    staff = context.members.staff(session.staff_id)
    if staff is None:
        return None
    return SessionView(
        session_id=session.session_id,
        staff_id=staff.staff_id,
        staff_number=staff.number,
        staff_name=staff.name,
        roles=staff.roles,
        shift_id=session.shift_id,
        shift_opened_ms=session.shift_opened_ms,
    )


def sign_in(context: Context, command: SignIn) -> SessionView:
    """Sign a clerk in by number and PIN, in place of whoever was."""
    number = command.staff_number.strip()
    _refuse_while_throttled(context, number)
    staff = context.members.staff_by_number(number)
    _check_pin(context, number, staff, command.pin)
    if staff is None:  # _check_pin has refused it already
        raise Rejected("wrong_pin", "Number or PIN is wrong")
    return _start(context, staff, "pin")


def sign_in_by_badge(context: Context, command: SignInByBadge) -> SessionView:
    """Sign a clerk in by the code on a badge."""
    _refuse_while_throttled(context, "badge")
    digest = hashlib.sha256(command.badge_code.strip().encode()).hexdigest()
    staff = context.members.staff_by_badge(digest)
    if staff is None or not staff.active:
        context.store.run(lambda work: work.note_failed_try("badge"))
        raise Rejected("unknown_badge", "This badge is not known here")
    context.store.run(lambda work: work.clear_failed_tries("badge"))
    return _start(context, staff, "badge")


def sign_out(context: Context, command: SignOut) -> None:
    """End the clerk's session; shift and encounter stay open."""

    def unit(work: Work) -> None:
        session = work.session()
        if session is not None:
            work.append(SessionEnded(session.session_id, command.reason))
            work.end_session()

    context.store.run(unit)


def close_shift(context: Context, command: CloseShift) -> ShiftSummary:
    """Close the shift and sign out; what is unsent is named and goes on travelling."""
    reads = context.store.reads
    staff = clerk(context, reads)
    _refuse_while_throttled(context, staff.number)
    _check_pin(context, staff.number, staff, command.pin)

    def unit(work: Work) -> ShiftSummary:
        session = signed_in(work)
        if work.open_encounter() is not None:
            raise Rejected("encounter_open", "Finish the open encounter first")
        if session.shift_id is None:
            raise Rejected("no_shift", "No shift is open")
        unsent = work.unsent_in_shift(session.shift_id)
        counts = work.shift_counts(session.shift_id)
        work.append(ShiftClosed(session.shift_id, unsent))
        work.append(SessionEnded(session.session_id, "signed_out"))
        work.set_shift(None, None)
        work.end_session()
        return ShiftSummary(
            shift_id=session.shift_id,
            opened_ms=session.shift_opened_ms or 0,
            encounters=counts["encounters"],
            accruals=counts["accruals"],
            redemptions=counts["redemptions"],
            matters=counts["matters"],
            joined=counts["joined"],
            changed=counts["changed"],
            unsent=unsent,
        )

    summary: ShiftSummary = context.store.run(unit)
    return summary


def _refuse_while_throttled(context: Context, number: str) -> None:
    tries, last_ms = context.store.reads.failed_tries(number)
    wait_s = remaining_wait_s(tries, last_ms, context.clock.now_ms())
    if wait_s > 0:
        raise Rejected("throttled", f"Too many wrong tries; wait {wait_s} s", wait_s=wait_s)


def _check_pin(context: Context, number: str, staff: Staff | None, pin: str) -> None:
    """Refuse a wrong PIN, and an unknown number in the same words and the same way."""
    fits = staff is not None and staff.active and context.check_pin(staff.pin_verifier, pin)
    if fits:
        context.store.run(lambda work: work.clear_failed_tries(number))
        return
    if (
        staff is None
        and not context.members.rewards()
        and context.members.setting("rating") is None
    ):
        raise Rejected("staff_list_missing", "The staff list has not arrived on this PC yet")
    context.store.run(lambda work: work.note_failed_try(number))
    tries, _ = context.store.reads.failed_tries(number)
    raise Rejected("wrong_pin", "Number or PIN is wrong", tries_left=max(0, FREE_TRIES + 1 - tries))


def _start(context: Context, staff: Staff, method: str) -> SessionView:
    seat = enrolled(context)
    needed = "duty_manager" if seat.kind == "desk" else "clerk"
    if needed not in staff.roles and "administrator" not in staff.roles:
        raise Rejected("wrong_role", f"This place needs the role {needed}", role=needed)

    def unit(work: Work) -> OpenSession:
        before = work.session()
        shift_id, opened_ms = work.open_shift()
        if before is not None:
            work.append(SessionEnded(before.session_id, "switched"))
        session_id = work.new_id()
        if shift_id is None:
            shift_id, opened_ms = work.new_id(), work.now_ms()
            work.append(ShiftOpened(shift_id), actor=Actor(staff.staff_id, session_id, shift_id))
            work.set_shift(shift_id, opened_ms)
        session = OpenSession(session_id, staff.staff_id, shift_id, opened_ms)
        work.start_session(session)
        work.append(SessionStarted(session_id, staff.staff_id, method))
        return session

    view = session_view(context, context.store.run(unit))
    if view is None:
        raise Rejected("unknown_staff", "This person may no longer sign in")
    return view
