"""What a counter knows of families: from the server's records, by the server's own rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.errors import Rejected
from app.domain.events import Proof
from app.domain.receipt import Pair
from app.domain.records import Family
from app.services import commands as c
from app.services.receipts import document_of
from app.services.views import FamilyView, ShareView
from tests.fakes.counter import Counter, member

ANNA, HEAD = UUID(int=1), UUID(int=3)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path / "seat")
    made.members.people.append(member(3, name="欧阳德华"))
    made.core.execute(c.SignIn("1001", "1234"))
    made.members.families = {
        ANNA: Family(ANNA, head_id=HEAD, percent=30),
        HEAD: Family(HEAD, head_id=HEAD, members=1),
    }
    yield made
    made.core.close()


def shown(counter: Counter, member_id: UUID) -> FamilyView | None:
    view = counter.core.queries.member(member_id)
    assert view is not None
    return view.family


# Who is gold earns 131 points for 101.00
def share(counter: Counter, amount_minor: int = 10_100) -> ShareView | None:
    return counter.core.queries.propose_amount(ANNA, amount_minor).share


def test_the_card_says_who_gives_to_whom(counter: Counter) -> None:
    assert shown(counter, ANNA) == FamilyView(is_head=False, percent=30, head_name="欧**华")
    assert shown(counter, HEAD) == FamilyView(is_head=True, members=1)
    assert shown(counter, UUID(int=2)) is None
    counter.members.families[ANNA] = Family(ANNA)  # who left
    assert shown(counter, ANNA) is None
    assert share(counter) is None


def test_a_head_whom_the_counter_does_not_hold_has_no_name(counter: Counter) -> None:
    counter.members.people.pop()
    assert shown(counter, ANNA) == FamilyView(is_head=False, percent=30)


def test_a_proposal_says_how_much_goes_where(counter: Counter) -> None:
    assert share(counter) == ShareView(0, 39, 92, "欧**华")
    people = counter.members.people
    people[0] = replace(people[0], posted_points=-51)
    assert share(counter) == ShareView(51, 24, 56, "欧**华")
    assert counter.core.queries.propose_amount(HEAD, 10_100).share is None


def slip(counter: Counter) -> list[tuple[str, str]]:
    """What is on the slip of points that Anna earned, in two columns."""
    view = counter.core.execute(c.IdentifyMember(ANNA, Proof.CARD))
    proposal = counter.core.queries.propose_amount(ANNA, 10_100)
    counter.core.execute(c.RecordAccrual(view.encounter_id, proposal))
    row = counter.seat.work.reads.last_receipts(1)[0]
    blocks = document_of(counter.context, row, "en").blocks
    return [(block.left, block.right) for block in blocks if isinstance(block, Pair)]


def test_what_is_recorded_is_whole_and_the_slip_says_where_it_goes(counter: Counter) -> None:
    """The server shares: the entry says what was earned."""
    paper = slip(counter)
    assert counter.last("AccrualRecorded")["points"] == 131
    assert paper[1:4] == [("积分", "+131"), ("归欧**华", "39"), ("归本人", "92")]


def test_a_slip_says_what_pays_a_debt(counter: Counter) -> None:
    people = counter.members.people
    people[0] = replace(people[0], posted_points=-51, language="en")
    people.pop()  # the head is nobody whom this counter holds
    assert slip(counter)[1:5] == [
        ("Points", "+131"),
        ("Pays what is owed", "51"),
        ("To the family", "24"),
        ("Stays yours", "56"),
    ]


def test_the_slip_of_who_left_is_the_members_alone(counter: Counter) -> None:
    counter.members.families[ANNA] = Family(ANNA)
    assert [left for left, _ in slip(counter)] == ["会员", "积分", "时间", "经办"]


def test_what_is_on_its_way_to_a_member_is_what_stays_with_them(counter: Counter) -> None:
    view = counter.core.execute(c.IdentifyMember(ANNA, Proof.CARD))
    proposal = counter.core.queries.propose_amount(ANNA, 10_100)
    after = counter.core.execute(c.RecordAccrual(view.encounter_id, proposal))
    assert after.member is not None
    assert after.member.pending_points == 92
    assert after.lines[0].points == 131


def test_a_clerk_who_heads_a_family_earns_nothing_for_themselves(counter: Counter) -> None:
    counter.members.crew = [replace(each, member_id=HEAD) for each in counter.members.crew]
    visit = counter.core.execute(c.IdentifyMember(ANNA, Proof.CARD)).encounter_id
    earns = c.RecordAccrual(visit, counter.core.queries.propose_amount(ANNA, 10_100))
    with pytest.raises(Rejected) as refusal:
        counter.core.execute(earns)
    assert refusal.value.code == "own_membership"
    counter.members.families[ANNA] = Family(ANNA)  # who left
    assert len(counter.core.execute(earns).lines) == 1
