"""What must be true in the end, worked out from the journals alone, without the program's rules.

The model reads the entries that the counters' disks hold and what the witnesses saw, adds up for
itself what the books should say, and compares. It shares no code with the server, only the tables'
names, and takes nothing from it but which entries it refused, which it then has to justify.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from tests.simulation.adjusting import Adjustments
from tests.simulation.aliases import wrong_aliases
from tests.simulation.answers import Answers
from tests.simulation.appealing import wrong_appeals
from tests.simulation.approving import Consent
from tests.simulation.bell import rung_by_mistake
from tests.simulation.bounds import wrong_bounds
from tests.simulation.broken import Broken
from tests.simulation.casework import wrong_case_work
from tests.simulation.catalogue import wrong_terms
from tests.simulation.clerks_hour import BEYOND, ClerksHours, limit_of
from tests.simulation.facts import Books, Facts, Journals, Story
from tests.simulation.giving_back import GivenBack, wrong_lots, wrong_refunds
from tests.simulation.giving_up import wrong_given_up
from tests.simulation.handing_on import Handing
from tests.simulation.hearing import wrong_listening
from tests.simulation.merges import Merges
from tests.simulation.patterns import Patterns
from tests.simulation.person import Person
from tests.simulation.profiles import wrong_profiles
from tests.simulation.programme import Programme
from tests.simulation.refusals import Refusals
from tests.simulation.replicas import nothing_pending, same_replica
from tests.simulation.risking import wrong_levels
from tests.simulation.scoping import wrong_scope
from tests.simulation.shares import Shares
from tests.simulation.stated import Stated
from tests.simulation.stock import wrong_stock
from tests.simulation.vouchers import wrong_vouchers


def check(
    programme: Programme,
    clerks: Sequence[Person],
    story: Story,
    patterns: Patterns,
    stated: Sequence[Stated],
) -> Refusals:
    """Raises Broken with the first thing wrong about each promise that does not hold."""
    wrong: dict[str, str] = {}
    with programme.engine.connect() as connection:
        books, journals = Books(connection), Journals(clerks)
        refusals = Refusals(books, journals, story, programme.start)
        try:
            for what in _all_wrong(
                programme, books, journals, refusals, clerks, story, patterns, stated
            ):
                wrong.setdefault(what.partition(":")[0], what)
        except Exception:
            if not wrong:  # where promises are broken nothing has to fit any more
                raise
    if wrong:
        raise Broken("; ".join(wrong.values()))
    return refusals


def _all_wrong(
    programme: Programme,
    books: Books,
    journals: Journals,
    refusals: Refusals,
    clerks: Sequence[Person],
    story: Story,
    patterns: Patterns,
    stated: Sequence[Stated],
) -> Iterator[str]:
    merges, forgotten = Merges(story.merged), Merges(story.unmerged)
    for clerk in clerks:  # before all else, which it makes wrong in many ways
        if not clerk.pc.shut_out and (found := nothing_pending(clerk, updated=story.updated)):
            yield f"{found[0]}: {clerk.pc.name} {found[1]}"
    yield from _nothing_dropped(books, journals)
    yield from _nothing_twice(books, journals)
    yield from _chains(books)
    yield from refusals.wrong()
    yield from _exceptions(books, journals, story)
    yield from _quarantine(books)
    yield from _witnessed(journals)
    applied = Facts.of(
        body for i, body in journals.known.items() if books.decided.get(i) == "applied"
    )
    back = GivenBack(books, Facts.of(journals.known.values()))
    answers = Answers(books, journals)
    yield from answers.wrong()
    if (limit := limit_of(books)) is not None:
        hours = ClerksHours(books, journals, limit)
        yield from hours.wrong()
        refusals.judged[BEYOND] += sum(hours.beyond.values())
    yield from patterns.wrong(books, journals)
    adjusted = Adjustments(books, journals)
    yield from adjusted.wrong()
    yield from wrong_given_up(books, journals, story)
    yield from Consent(books, journals, story).wrong()
    yield from wrong_levels(journals, list(programme.start), [merges, forgotten])
    yield from wrong_refunds(books, journals, applied, back)
    yield from wrong_lots(books)
    yield from _posted_once(books, journals, applied, back, restored=story.restored)
    yield from _books_balance(books)
    shares = Shares(books, journals, applied, merges)
    yield from shares.wrong(applied)
    yield from _balances(
        books, journals, applied, programme, back, answers, adjusted, merges, shares
    )
    yield from wrong_aliases(books, merges)
    handing = Handing(books, journals, story)
    yield from handing.wrong()
    yield from wrong_bounds(books, journals, applied, story, back, answers, handing, shares)
    for each in stated:
        yield from each.wrong(books, journals, story, handing.given_up)
    if wrong := rung_by_mistake(clerks, journals.known.values()):
        yield wrong
    yield from _rating_states(books, journals, applied)
    yield from wrong_stock(books, journals, applied, story, back)
    yield from wrong_terms(books, journals, programme.start, [merges, forgotten])
    yield from wrong_vouchers(books, journals)
    yield from wrong_case_work(books, journals)
    yield from wrong_appeals(books, journals)
    yield from wrong_listening(books, journals)
    yield from wrong_profiles(books, journals, programme.start, merges)
    yield from wrong_scope(books)
    devices = {UUID(row["device_id"]) for row in books.table("device")}
    if devices != {clerk.pc.device_id for clerk in clerks}:
        yield f"enrolment: the server has {len(devices)} devices, the PCs are others"
    keyless = {UUID(r["device_id"]) for r in books.table("device") if not r["sealed_work_key"]}
    for clerk in clerks:
        if not clerk.pc.shut_out:
            if clerk.pc.device_id in keyless:
                yield f"I8: the server has no sealed key of {clerk.pc.name}"
            if wrong := same_replica(books, clerk):
                yield f"I13: {clerk.pc.name} {wrong}"


# --- the journal ---------------------------------------------------------------------------------


def _nothing_dropped(books: Books, journals: Journals) -> Iterator[str]:
    unread = {journals.known[event] for event in journals.unread}
    raw = {
        (UUID(r["device_id"]), r["incarnation"], r["seq"]): bytes(r["raw"]) for r in books.entries
    }
    if any(not r["raw"] and r["decision"] == "accepted" for r in books.entries):
        yield "I10: an entry counts that nobody has"
    for clerk, rows in journals.rows:
        device = clerk.pc.device_id
        for incarnation, seq, body in rows:
            found = raw.get((device, incarnation, seq))
            if found is None:
                promise = "I7" if clerk.pc.branched else "I10"
                yield f"{promise}: entry {incarnation}/{seq} of {clerk.pc.name} was dropped"
            elif found == b"" and body in unread:
                continue
            elif found == b"":
                yield f"I10: entry {incarnation}/{seq} of {clerk.pc.name} is nowhere any more"
            elif found != body:
                yield f"I7: entry {incarnation}/{seq} is not what was committed"
    strangers = {UUID(r["event_id"]) for r in books.entries} - journals.known.keys()
    if strangers:
        yield f"I6: the server holds {len(strangers)} entries that no journal has"


def _nothing_twice(books: Books, journals: Journals) -> Iterator[str]:
    told = Counter(UUID(r["event_id"]) for r in books.entries if r["decision"] != "duplicate")
    if twice := [event for event, count in told.items() if count > 1]:
        yield f"I1: decided more than once: {twice[:3]}"
    # What came in an urgent copy counts then, and its place in the chain is a duplicate
    ahead = {UUID(r["event_id"]) for r in books.table("urgent_copy")}
    quarantined = {UUID(r["exception_id"]) for r in books.table("exception_item")}
    for event in (UUID(r["event_id"]) for r in books.entries):
        if event not in told and event not in ahead | quarantined:
            yield f"I1: {event} is only ever a duplicate"
    if nobodys := ahead - journals.known.keys():
        yield f"I6: {len(nobodys)} urgent copies are of entries that no journal has"


def _chains(books: Books) -> Iterator[str]:
    """Gap-free, and each hash made of the one before: two ends never grow on one chain."""
    ends: dict[tuple[UUID, int], tuple[int, bytes]] = {}
    for row in sorted(books.entries, key=lambda r: (r["device_id"], r["incarnation"], r["seq"])):
        chain = UUID(row["device_id"]), row["incarnation"]
        start = b"guichet chain 1\0" + chain[0].bytes + chain[1].to_bytes(8, "big")
        seq, link = ends.get(chain, (0, hashlib.sha256(start).digest()))
        if row["raw"]:
            link = hashlib.sha256(link + bytes(row["raw"])).digest()
        else:  # what the counter said of it, which the next entry's hash is made of
            link = bytes(row["link"])
        if row["seq"] != seq + 1 or bytes(row["link"]) != link:
            yield f"I7: the chain {chain} doesn't join at {row['seq']}"
        ends[chain] = row["seq"], link
    newest = {UUID(r["device_id"]): r["incarnation"] for r in books.table("device")}
    for row in books.table("quarantine"):
        if newest[UUID(row["device_id"])] <= row["incarnation"]:
            yield "I7: a device goes on under the incarnation that forked"


def _exceptions(books: Books, journals: Journals, story: Story) -> Iterator[str]:
    before_people = {UUID(r["exception_id"]): r for r in books.table("exception_item")}
    owed = {event for event, code in books.decided.items() if code != "applied"}
    if missing := owed - before_people.keys():
        yield f"I10: {len(missing)} exceptions are before nobody"
    for event, row in before_people.items():
        if (
            row["code"] == "fork"
            and row["state"] == "open"
            and books.decided.get(event) == "applied"
        ):
            yield "I7: what came again in a good chain still waits for a person"
    forked = {UUID(r["exception_id"]) for r in before_people.values() if r["code"] == "fork"}
    if forked and not journals.shaky and not story.restored:
        yield "I7: an honest journal was taken for a fork"


def _quarantine(books: Books) -> Iterator[str]:
    before_people = {UUID(r["exception_id"]) for r in books.table("exception_item")}
    for row in books.table("quarantine"):
        event = UUID(json.loads(row["raw"])["event_id"])
        if event not in books.decided and event not in before_people:
            yield f"I7: what was put aside of a fork is before nobody: {event}"


def check_shut_out(programme: Programme, clerks: Sequence[Person], story: Story) -> None:
    """Asked before anybody is rescued. Raises Broken."""
    with programme.engine.connect() as connection:
        books = Books(connection)
    for clerk in clerks:
        if clerk.pc.shut_out and (not clerk.pc.is_blind or clerk.pc.holds_keys):
            raise Broken(f"I8: {clerk.pc.name} was shut out, has heard of it, and sees on")
    heads = heads_of(books)
    for device, ended in story.shut_out.items():
        if heads[device] != ended:
            raise Broken("I8: a revoked device went on writing")


def heads_of(books: Books) -> dict[UUID, Counter[int]]:
    """Entries by incarnation of each device."""
    heads: dict[UUID, Counter[int]] = defaultdict(Counter)
    for row in books.entries:
        heads[UUID(row["device_id"])][row["incarnation"]] += 1
    return heads


# --- what screens confirmed ----------------------------------------------------------------------


def _witnessed(journals: Journals) -> Iterator[str]:
    facts = Facts.of(journals.known.values())
    branched = {clerk.pc.device_id for clerk, _ in journals.rows if clerk.pc.branched}
    for clerk, _ in journals.rows:
        seen = clerk.witness
        if lost := seen.accruals - facts.accruals.keys():
            yield f"I6: confirmed accruals are lost: {sorted(lost)[:3]}"
        if lost := seen.redemptions - facts.redemptions:
            yield f"I6: confirmed redemptions are lost: {sorted(lost)[:3]}"
        if lost := seen.refunds - facts.refunds.keys():
            yield f"I6: confirmed refunds are lost: {sorted(lost)[:3]}"
        if lost := seen.joined - facts.joined:
            yield f"I6: members who joined are lost: {sorted(lost)[:3]}"
        if standing := seen.refused & facts.redemptions - facts.voided:
            yield f"I12: refused redemptions stand: {sorted(standing)[:3]}"
        if seen.hopes:
            yield f"I9: points were spent that only were hoped for: {seen.hopes[0]}"
        yield from (f"I4: {said}" for said in seen.risks[:1])
        if clerk.pc.device_id in branched:
            continue  # the other end may have undone it, or ended it otherwise
        if undone := seen.accruals & facts.reversed:
            yield f"I11: accruals nobody undid are undone: {sorted(undone)[:3]}"
        if undone := seen.redemptions & facts.voided:
            yield f"I11: redemptions nobody undid are voided: {sorted(undone)[:3]}"
        for encounter, score in seen.rated.items():
            presses = facts.presses.get(encounter, {})
            if not presses or presses[max(presses)] != score:
                yield f"I6: the rating of {encounter} is lost"
        for encounter, state in seen.closed.items():
            if facts.not_given.get(encounter) != [state]:
                yield f"I6: the rating state of {encounter} is lost"


# --- points --------------------------------------------------------------------------------------


def _posted_once(
    books: Books, journals: Journals, applied: Facts, given: GivenBack, *, restored: bool
) -> Iterator[str]:
    known = Facts.of(journals.known.values())
    posted = books.posted
    for accrual_id in known.accruals:
        times = posted["accrual", accrual_id]
        if times != (accrual_id in applied.accruals):
            yield f"I1: accrual {accrual_id} was posted {times} times"
        back = posted["accrual_reversal", accrual_id]
        if back != (accrual_id in applied.reversed and accrual_id in applied.accruals):
            yield f"I11: accrual {accrual_id} was reversed {back} times"
    shaky = Facts.of(journals.known[i] for i in journals.shaky | journals.unread)
    for redemption_id in known.redemptions:
        times = posted["redemption", redemption_id]
        back = posted["redemption_reversal", redemption_id]
        voided = redemption_id in applied.voided
        if times > 1:
            yield f"I1: redemption {redemption_id} was posted {times} times"
        asked = known.requested.get(redemption_id)
        spent = known.granted[redemption_id][1] if asked is None else asked[1]
        if back != (times if voided and given.points[redemption_id] < spent else 0):
            yield f"I11: redemption {redemption_id} was reversed {back} times"
        honest = redemption_id not in shaky.redemptions
        refused = redemption_id in known.granted and redemption_id not in applied.granted
        # A restored server forgot it, its undoing came after its voucher's use: a manager has it
        undone = redemption_id in known.voided and redemption_id not in known.granted
        if not voided and times != 1 and not refused and honest and not (restored and undone):
            yield f"I1: redemption {redemption_id} was posted {times} times"
        if not voided and redemption_id in applied.granted and times != 1:
            yield f"I1: a granted redemption was posted {times} times"
    coupons = Counter(
        coupon
        for accrual_id, (_, _, coupon) in applied.accruals.items()
        if coupon and accrual_id not in applied.reversed
    )
    if any(count > 1 for count in coupons.values()):
        yield "I1: a coupon earned twice"
    flights = Counter(
        (member_id, coupon.partition(" ")[0])
        for accrual_id, (member_id, _, coupon) in applied.accruals.items()
        if coupon and accrual_id not in applied.reversed
    )
    if any(count > 1 for count in flights.values()):
        yield "I1: a member was credited twice for a flight"


def _books_balance(books: Books) -> Iterator[str]:
    sums: Counter[str] = Counter()
    for row in books.postings:
        sums[row["txn_id"]] += row["amount"]
    if any(sums.values()):
        yield "I2: a transaction does not sum to zero"


def _balances(
    books: Books,
    journals: Journals,
    applied: Facts,
    programme: Programme,
    back: GivenBack,
    answers: Answers,
    adjusted: Adjustments,
    merges: Merges,
    shares: Shares,
) -> Iterator[str]:
    expected: Counter[UUID] = Counter({**programme.start, **dict.fromkeys(applied.joined, 0)})
    for accrual_id, (member_id, points, _) in applied.accruals.items():
        if accrual_id not in applied.reversed:
            expected[member_id] += points
    for share in shares.standing(applied):
        expected[share.giver_id] -= share.points
        expected[share.head_id] += share.points
    redeemed = {**applied.requested, **{i: grant[:2] for i, grant in applied.granted.items()}}
    for row in books.table("redemption"):  # of a device shut out only the urgent copy may be here
        if row["member_id"] is not None:
            redeemed.setdefault(UUID(row["redemption_id"]), (UUID(row["member_id"]), row["points"]))
    for redemption_id in Facts.of(journals.known.values()).redemptions:
        if books.posted["redemption", redemption_id]:
            member_id, points = redeemed[redemption_id]
            if redemption_id not in applied.voided:
                expected[member_id] -= points - back.points[redemption_id]
            expected[member_id] -= back.fees[redemption_id] + answers.borne[redemption_id]
    for member_id, points in answers.taken_for_vouchers():
        expected[member_id] -= points
    for member_id, points in adjusted.posted():
        expected[member_id] += points
    for away, stay in merges.aliases:
        expected[stay] += expected[away]
        expected[away] = 0
    own: dict[UUID, Counter[str]] = defaultdict(Counter)
    for row in books.postings:
        if row["account"] in ("available", "leased"):
            own[UUID(row["member_id"])][row["account"]] += row["amount"]
    if books.balances.keys() != expected.keys():
        yield "I10: not the members that there should be"
    for member_id, points in expected.items():
        balance = books.balances[member_id]
        here = balance["posted"] + balance["pending"]
        if here != points:
            yield f"I2: {member_id} has {here} points, should have {points}"
        if balance["posted"] != sum(own[member_id].values()):
            yield f"I2: the balance of {member_id} is not the sum of its postings"
        if balance["leased"] != own[member_id]["leased"]:
            yield f"I2: what of {member_id} is leased is not what was posted so"


# --- service -------------------------------------------------------------------------------------


def _rating_states(books: Books, journals: Journals, applied: Facts) -> Iterator[str]:
    rows = {UUID(r["encounter_id"]): r for r in books.table("encounter")}
    if rows.keys() != applied.opened.keys():
        yield "I10: not the encounters that there should be"
    shaky = Facts.of(journals.known[i] for i in journals.shaky | journals.unread)
    for encounter in applied.opened.keys() - shaky.encounters:
        presses = applied.presses.get(encounter, {})
        states = [*applied.not_given.get(encounter, []), *(["rated"] if presses else [])]
        if applied.opened[encounter] != 1 or applied.ended[encounter] != 1 or len(states) != 1:
            yield f"I6: encounter {encounter} ended {applied.ended[encounter]} times"
        row = rows[encounter]
        if row["rating_state"] != states[0]:
            yield f"I6: {encounter} is {row['rating_state']}, should be {states[0]}"
        if presses and row["score"] != presses[max(presses)]:
            yield f"I6: the score of {encounter} is {row['score']}"
    low = {
        rating_id
        for encounter, presses in applied.presses.items()
        if min(presses.values()) <= 2 and encounter not in shaky.encounters
        for rating_id in applied.rating_ids[encounter]
    }
    known = Facts.of(journals.known.values())
    doubtful = {i for encounter in shaky.encounters for i in known.rating_ids[encounter]}
    cases = Counter(UUID(r["case_id"]) for r in books.table("service_case"))
    if cases.keys() - doubtful != low or any(n != 1 for n in cases.values()):
        yield f"I1: {len(low)} low ratings, {sum(cases.values())} cases"
