"""Appeals against ratings: a clerk's about visits of their own, a manager's answer at the desk.

What a rating was stays with the managers: a clerk is shown which visits were rated, and what
became of the appeal, and neither says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.appeal import SHOWN_DAYS, checked_reason
from app.domain.errors import Rejected
from app.domain.events import AppealDecided, RatingAppealed, RatingState
from app.domain.records import AppealState
from app.ports.work import CaseAction, EncounterRow, Work
from app.services.cases import duty_manager
from app.services.commands import AppealRating, DecideAppeal
from app.services.context import Context, clerk, signed_in
from app.services.rating_links import has_links
from app.services.views import AppealView, OwnVisit

MOST_VISITS = 100  # a clerk's day and more
_DAY_MS = 86_400_000


def own_visits(context: Context) -> Sequence[OwnVisit]:
    """The visits of whoever is signed in whose customers rated, the newest first.

    While customers have links, those of others too: what they rated at home isn't known here.
    """
    reads = context.store.reads
    session = reads.session()
    if session is None:
        return ()
    since_ms = context.clock.now_ms() - SHOWN_DAYS * _DAY_MS
    rows = reads.asked_visits(
        session.staff_id, since_ms, MOST_VISITS, only_rated=not has_links(context)
    )
    return [_own(context, row) for row in rows]


def appeal_rating(context: Context, command: AppealRating) -> Sequence[OwnVisit]:
    """Ask that a rating not count, for a reason; managers decide. Returns the visits then."""
    reason = checked_reason(command.reason)
    staff, may_be_rated = clerk(context, context.store.reads), has_links(context)

    def unit(work: Work) -> None:
        row = work.encounter(command.encounter_id)
        if row is None or row.staff_id != staff.staff_id:
            raise Rejected("not_own_visit", "Somebody else served this visit")
        if row.rating_state is None or not (row.rating_id or may_be_rated):
            raise Rejected("not_rated", "The customer gave no rating")
        if row.appeal_id is not None:
            raise Rejected("appeal_known", "This rating was appealed before")
        blob, appeal_id = work.make_blob(reason.encode()), work.new_id()
        work.append(RatingAppealed(appeal_id, row.encounter_id, blob.commitment), blobs=(blob,))
        work.save_encounter(replace(row, appeal_id=appeal_id))

    context.store.run(unit)
    return own_visits(context)


def appeals(context: Context) -> Sequence[AppealView]:
    """What waits for a manager of this office, oldest first, and what this desk has decided since.

    Raises:
        Rejected: not_signed_in, unknown_staff.
    """
    own_id = clerk(context, context.store.reads).staff_id
    decided = {
        action.case_id: action.action
        for action in context.store.reads.case_actions()
        if action.action in ("appeal_upheld", "appeal_declined")
    }
    views = []
    for record in sorted(context.members.appeals(), key=lambda record: record.at_ms):
        is_own = record.staff_id == own_id
        shown = replace(record, score=None, reasons=(), phones=()) if is_own else record
        views.append(AppealView(shown, is_own, decided.get(record.appeal_id, "")))
    return views


def decide_appeal(context: Context, command: DecideAppeal) -> None:
    """Uphold an appeal, which leaves the rating out of the figures, or decline it; for good."""
    duty_manager(context)
    reason = checked_reason(command.reason)
    view = next(
        (each for each in appeals(context) if each.appeal.appeal_id == command.appeal_id), None
    )
    if view is None or view.decided:
        raise Rejected("unknown_appeal", "This appeal doesn't wait any more")
    if view.is_own:
        raise Rejected("own_appeal", "Somebody else decides about one's own visit")

    def unit(work: Work) -> None:
        session, blob = signed_in(work), work.make_blob(reason.encode())
        event = AppealDecided(command.appeal_id, command.is_upheld, blob.commitment)
        action = CaseAction(
            command.appeal_id,
            "appeal_upheld" if command.is_upheld else "appeal_declined",
            work.now_ms(),
            session.staff_id,
            "",
        )
        work.add_case_action(action, work.append(event, blobs=(blob,)))

    context.store.run(unit)


def _own(context: Context, row: EncounterRow) -> OwnVisit:
    lines = context.store.reads.lines(row.encounter_id)
    return OwnVisit(
        row.encounter_id,
        row.opened_ms,
        tuple(dict.fromkeys(line.kind for line in lines if not line.undone)),
        None if row.appeal_id is None else _state(context, row.appeal_id),
        row.rating_state is RatingState.RATED,
    )


def _state(context: Context, appeal_id: UUID) -> AppealState:
    told = context.members.appeal_answer(appeal_id)
    if told is None:
        return "waiting"
    return "upheld" if told.is_upheld else "declined"
