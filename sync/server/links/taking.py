"""A rating that comes by a link, in any order with its visit's own entries, and once.

The counter's link says of which visit it is; the page gives each rating an id, by which a touch
that is sent again is the same. Presses and words are rows like those of the panel's; what came by
a link is a row of `link_rating` besides, by which days count it apart (ADR 41).
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from app.domain.entry import commitment
from app.domain.events import CallWish
from app.domain.rating import MAX_COMMENT_CHARS, RatingRules, is_low
from sync.protocol.messages import Blob
from sync.server.batch import Batch
from sync.server.cases import downgrade_case, open_phone_case, write_cases
from sync.server.deciding import keep_blobs
from sync.server.links.opening import Opened
from sync.server.links.problems import LinkError
from sync.server.store import tables as t
from sync.server.store.bulk import insert_rows
from sync.server.work import Work

GRACE_MS: Final = 5_000
"""A face may be changed as long as on a panel; the page was on its way there and back."""
MOST_PRESSES: Final = 20

_KEPT: Final = "\n\u200c\u200d"
_STEERING: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Said:
    """What was added to a face: reason codes, words, and whether somebody shall come."""

    reasons: tuple[str, ...]
    comment: str
    call: bool


def clean(comment: str) -> str:
    r"""Words without what would steer a screen, cut to what a comment has.

    >>> clean("  Slow\r\n\x1b[2J\u202egnp.exe ")
    'Slow\n[2Jgnp.exe'
    """
    kept = (
        character
        for character in comment[: 4 * MAX_COMMENT_CHARS]
        if character in _KEPT or unicodedata.category(character) not in _STEERING
    )
    return "".join(kept).strip()[:MAX_COMMENT_CHARS].strip()


def can_call(found: Opened, score: int, now_ms: int) -> bool:
    """Whether it makes sense to call somebody: the customer may still be about."""
    age_ms = now_ms - found.link.begun_ms
    return is_low(score) and age_ms < found.rules.call_minutes * 60_000


def can_change(rating: Any, rules: RatingRules, now_ms: int) -> bool:
    """Whether another face may be chosen."""
    age_ms: int = now_ms - rating.at_ms
    return 0 <= age_ms <= rules.change_window_s * 1000 + GRACE_MS


def rate(work: Work, found: Opened, rating_id: UUID, score: int, rules: RatingRules) -> None:
    """Take a touch of a face; the same again changes nothing.

    Raises:
        LinkError: full, settled, unreadable, unknown_rating (the id is another's).
    """
    link, device = found.link, found.device
    visit = _locked_visit(work, found)
    ratings = work.find(t.link_rating, "encounter_id", [link.encounter_id])
    mine = next((row for row in ratings if row.rating_id == rating_id), None)
    presses = work.find(t.rating, "rating_id", [rating_id])
    if mine is None:
        if presses or work.find(t.link_rating, "rating_id", [rating_id]):
            raise LinkError("unknown_rating")
        if len(ratings) > found.rules.companions:
            raise LinkError("full")
        place, revision = len(ratings) + 1, 1
        work.add(t.link_rating, rating_id, link.encounter_id, place, score, work.now_ms, None, None)
    elif mine.score == score:
        return
    elif not can_change(mine, rules, work.now_ms) or len(presses) >= MOST_PRESSES:
        raise LinkError("settled")
    else:
        revision = len(presses) + 1
        _set(work, rating_id, score=score)
    work.add(
        t.rating, rating_id, revision, link.encounter_id, device.office_id, score, "", work.now_ms
    )
    batch = Batch(work, device)
    if load_case(batch, rating_id):
        downgrade_case(batch, rating_id, score)
    elif is_low(score):
        number = "" if visit is None else clerk_number(work, visit)
        open_phone_case(batch, rating_id, link.encounter_id, score=score, clerk_number=number)
    _finish(batch, visit)


def add(work: Work, found: Opened, rating_id: UUID, said: Said, rules: RatingRules) -> None:
    """Take what was added to a face: words once, and a call once; what comes again is passed over.

    Raises:
        LinkError: unknown_rating, unreadable.
    """
    visit = _locked_visit(work, found)
    ratings = work.find(t.link_rating, "rating_id", [rating_id])
    if not ratings or ratings[0].encounter_id != found.link.encounter_id:
        raise LinkError("unknown_rating")
    (rating,) = ratings
    before = work.find(t.rating_detail, "rating_id", [rating_id])
    detail = _words(work, said, rules, rating.score) if rating.said_ms is None else None
    calls = said.call and rating.called_ms is None and can_call(found, rating.score, work.now_ms)
    if detail is None and not calls:
        if rating.said_ms is None and not said.call:
            _set(work, rating_id, said_ms=work.now_ms)  # there was nothing more to say
        return
    call = str(CallWish.NOW) if calls else (before[0].call if before else "")
    reasons, version, comment_hash = detail or (
        (before[0].reasons, before[0].reasons_version, before[0].comment_hash)
        if before
        else ("", rules.version, None)
    )
    work.add_or_replace(t.rating_detail, rating_id, reasons, version, comment_hash, call)
    _set(
        work,
        rating_id,
        **({} if detail is None else {"said_ms": work.now_ms}),
        **({"called_ms": work.now_ms} if calls else {}),
    )
    batch = Batch(work, found.device)
    if load_case(batch, rating_id):
        batch.changed_cases[rating_id] = None
        if calls:
            batch.ringing.append(rating_id)
    _finish(batch, visit)


def _words(
    work: Work, said: Said, rules: RatingRules, score: int
) -> tuple[str, int, str | None] | None:
    """(reasons, version of their list, hash of the comment); None where nothing was said."""
    offered = rules.reasons_by_score.get(score, ())
    reasons = tuple(code for code in offered if code in said.reasons)
    comment = clean(said.comment).encode()
    if not (reasons or comment):
        return None
    comment_hash = None
    if comment:
        salt = os.urandom(16)
        comment_hash = commitment(salt, comment)
        keep_blobs(work, [Blob(comment_hash, salt, comment)])
    return ",".join(reasons), rules.version, comment_hash


def _locked_visit(work: Work, found: Opened) -> Any:
    """The visit's row, None while it isn't here; whoever rates by its link comes one by one."""
    link, device = found.link, found.device
    insert_rows(
        work.connection,
        t.rating_link,
        [column.name for column in t.rating_link.columns],
        [
            (
                work.programme_id,
                link.encounter_id,
                device.device_id,
                device.office_id,
                link.begun_ms,
                "waiting",
            )
        ],
        skip_known=True,
    )
    (row,) = work.find(t.rating_link, "encounter_id", [link.encounter_id], lock=True)
    visits = work.find(t.encounter, "encounter_id", [link.encounter_id])
    owners = {row.device_id, *(visit.device_id for visit in visits)}
    if owners != {device.device_id}:
        raise LinkError("unreadable")  # no counter speaks of another's visits
    return visits[0] if visits else None


def load_case(batch: Batch, case_id: UUID) -> bool:
    """Lock a rating's case, if there is one."""
    rows = batch.work.find(t.service_case, "case_id", [case_id], lock=True)
    batch.cases.update({row.case_id: dict(row._mapping) for row in rows})
    return bool(rows)


def _finish(batch: Batch, visit: Any) -> None:
    batch.work.flush()  # what desks are told is read from the tables
    write_cases(batch)
    if visit is not None:
        batch.work.mark_day(visit.office_id, visit.day, batch.device.device_id)
        if visit.appeal is not None:
            batch.appeals.rated_anew(visit.encounter_id)
            batch.appeals.publish()


def _set(work: Work, rating_id: UUID, **values: Any) -> None:
    table = t.link_rating
    work.connection.execute(
        sa.update(table)
        .where(table.c.programme_id == work.programme_id, table.c.rating_id == rating_id)
        .values(**values)
    )


def clerk_number(work: Work, visit: Any) -> str:
    """Who served a visit, '' where nobody was signed in."""
    rows = work.find(t.staff, "staff_id", [] if visit.staff_id is None else [visit.staff_id])
    return rows[0].number if rows else ""
