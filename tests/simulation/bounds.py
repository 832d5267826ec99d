"""What bounds a loss: leases are not overspent, and no balance falls below what is at risk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from tests.simulation.answers import Answers
from tests.simulation.exposed import late_spends, wrong_exposure
from tests.simulation.facts import Books, Facts, Journals, Story
from tests.simulation.giving_back import GivenBack
from tests.simulation.handing_on import Handing
from tests.simulation.merges import Merges
from tests.simulation.shares import Shares


def wrong_bounds(
    books: Books,
    journals: Journals,
    applied: Facts,
    story: Story,
    back: GivenBack,
    answers: Answers,
    handing: Handing,
    shares: Shares,
) -> Iterator[str]:
    """Where a lease, a pool or a balance went beyond what bounds it (I3, I4)."""
    who = Merges(story.merged).survivor
    at_risk: Counter[UUID] = Counter()
    for member_id, points in answers.claimed.items():
        at_risk[who(member_id)] += points
    leased: Counter[UUID] = Counter(handing.moved)
    # What the server had posted online before the counter gave up on it drew on no lease.
    online = {UUID(r["redemption_id"]) for r in books.table("redemption") if r["cover"] == "online"}
    for redemption_id, (member_id, points, cover, lease_id) in applied.granted.items():
        if redemption_id in online:
            continue
        if lease_id is not None:  # an open one is filled up again, but for the fee
            leased[lease_id] += back.fees[redemption_id]
        if redemption_id in applied.voided:
            continue
        if lease_id is not None:
            leased[lease_id] -= back.points[redemption_id]
        if cover == "at_risk":
            at_risk[who(member_id)] += points
        elif lease_id is not None:
            leased[lease_id] += points
    for accrual_id in applied.reversed & applied.accruals.keys():
        member_id, points, _ = applied.accruals[accrual_id]
        at_risk[who(member_id)] += points  # spent before it was undone
    for share in shares.undone(applied):
        at_risk[who(share.head_id)] += share.points  # by the head
    open_by_member: Counter[UUID] = Counter()
    leases = books.table("lease")
    late = late_spends(books, journals, handing.given_up)
    for lease in leases:
        spent = late.get(UUID(lease["lease_id"]), 0)
        at_risk[who(UUID(lease["member_id"]))] += spent
    yield from wrong_exposure(books, applied, story, handing.given_up, late)
    for lease in leases:
        gone = leased[UUID(lease["lease_id"])]
        if gone > lease["points"]:
            yield f"I3: a lease of {lease['points']} points was spent {gone}"
        if lease["state"] == "recall" and UUID(lease["lease_id"]) in applied.handed_back:
            yield "recall: the server asks on for a lease that was handed back"
        if lease["state"] in ("open", "recall"):
            open_by_member[who(UUID(lease["member_id"]))] += lease["remaining"]
            left = lease["points"] - gone
            if lease["remaining"] != left:
                promise = "I3" if lease["remaining"] > left else "I11"
                yield (
                    f"{promise}: of a lease of {lease['points']} with {gone} spent "
                    f"the server thinks {lease['remaining']} remain"
                )
    known = Facts.of(journals.known.values())
    refused: Counter[UUID] = Counter()
    for redemption_id in known.granted.keys() - applied.granted.keys():  # undone since or not
        _, points, _, lease_id = known.granted[redemption_id]
        if lease_id is not None:
            refused[lease_id] += points
    for clerk, _ in journals.rows:
        if clerk.pc.branched or clerk.pc.shut_out or clerk.pc.unread():
            continue
        held = clerk.pc.leases_left()
        for lease in leases:
            ours = held.get(UUID(lease["lease_id"]))
            if ours is None:
                continue
            if lease["state"] in ("recall", "written_off"):
                yield f"recall: {clerk.pc.name} was asked for a lease and keeps it"
            if lease["state"] != "open":
                continue
            # What a restored server wouldn't draw, as it had forgotten that the lease was filled
            # up, is given away all the same
            ours += refused[UUID(lease["lease_id"])] + handing.unmoved[UUID(lease["lease_id"])]
            if ours != lease["remaining"]:
                promise = "I3" if ours > lease["remaining"] else "I11"
                yield f"{promise}: of {lease['remaining']} points {clerk.pc.name} holds {ours}"
    # A clone draws on one pool twice, and a restored server forgets what it had taken: both are
    # bounded by what those journals gave away
    beyond = sum(
        points
        for i, (_, points) in known.requested.items()
        if i not in applied.voided and (story.restored or journals.shaky)
    )
    below = 0
    for member_id, balance in books.balances.items():
        if open_by_member[member_id] != balance["leased"]:
            yield f"I2: the leases of {member_id} are not what stands aside for them"
        if balance["posted"] < -at_risk[member_id] and not story.restored:
            yield f"I3: {member_id} is at {balance['posted']} without that much at risk"
        below -= min(0, balance["posted"])
    pools = sum(row["points"] for row in books.table("risk_pool"))
    drawn = sum(
        points
        for i, (_, points, cover, _) in applied.granted.items()
        if cover == "at_risk" and i not in applied.voided and i not in online
    )
    pools += sum(late.values())
    drawn += sum(late.values())
    if drawn > pools:
        yield f"I4: {drawn} points given at risk, and pools of {pools}"
    if below > pools + beyond + sum(at_risk.values()) - drawn:
        yield f"I4: {below} points below zero, and pools of {pools}"
