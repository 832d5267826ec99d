import csv
import json
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from app.domain.search_terms import member_terms
from build_scripts.demo.programme import (
    MEMBER_COLUMNS,
    OFFICES,
    REWARDS,
    STAFF,
    TODAY,
    DemoMember,
    make_members,
    write_members_csv,
)

N = 10_000


@pytest.fixture(scope="module")
def made() -> list[DemoMember]:
    return list(make_members(N, seed=3))


def test_the_same_seed_makes_the_same_members(made: list[DemoMember]) -> None:
    assert list(make_members(N, seed=3)) == made
    assert list(islice(make_members(N, seed=4), 100)) != made[:100]


def test_cards_are_unique_and_phones_are_nobodys(made: list[DemoMember]) -> None:
    assert len({m.card_no for m in made}) == N
    for member in made:
        # 12… is no Chinese mobile number, 11… no North American one.
        assert member.phone.startswith(("11", "12"))
        assert len(member.phone) == 11
        assert member.phone.isascii()
        assert member.phone.isdigit()


def test_collisions_are_as_in_life(made: list[DemoMember]) -> None:
    names = Counter(m.name for m in made)
    assert names.most_common(1)[0][1] >= 8  # namesakes
    shared = [p for p, n in Counter(m.phone for m in made).items() if n > 1]
    assert 0.03 < len(shared) / N < 0.2  # families
    endings = Counter(m.phone[-4:] for m in made)
    assert endings["8888"] > 5 * N / 10_000  # lucky numbers
    assert sum(m.name.isascii() or m.language == "en" for m in made) / N == pytest.approx(
        0.1, abs=0.03
    )


def test_a_fifth_makes_more_than_half_of_the_visits(made: list[DemoMember]) -> None:
    visits = sorted((m.visits for m in made), reverse=True)
    assert sum(visits[: N // 5]) / sum(visits) == pytest.approx(0.57, abs=0.03)
    by_tier = {
        tier: [m.visits for m in made if m.tier == tier]
        for tier in ("platinum", "gold", "silver", "basic")
    }
    means = [sum(v) / len(v) for v in by_tier.values()]
    assert means == sorted(means, reverse=True)


def test_lots_make_up_the_points_and_some_expire_soon(made: list[DemoMember]) -> None:
    for member in made:
        assert 1 <= len(member.lots) <= 4
        assert member.points == sum(points for points, _ in member.lots)
        assert all(points > 0 for points, _ in member.lots)
        expiries = [expires_on for _, expires_on in member.lots]
        assert expiries == sorted(expiries)
        assert expiries[0] >= TODAY >= member.joined_on
        assert 18 <= TODAY.year - member.born_year <= 90
    soon = sum(m.lots[0][1] <= date(2026, 11, 30) for m in made)
    assert 0.05 < soon / N < 0.4


def test_everybody_can_be_found_by_name(made: list[DemoMember]) -> None:
    for member in made:
        terms = member_terms(
            card_no=member.card_no,
            name=member.name,
            latin_name=member.latin_name,
            initials="",
            phone=member.phone,
            home_office=member.home_office,
        )
        assert len(terms.characters) >= 2 or len(terms.latin) >= 2
        assert terms.latin


def test_offices_staff_and_rewards_hang_together(made: list[DemoMember]) -> None:
    codes = {office.code for office in OFFICES}
    assert {m.home_office for m in made} == codes
    assert {s.office for s in STAFF} == codes
    assert len({s.number for s in STAFF}) == len(STAFF)
    assert len({s.pin for s in STAFF}) == len(STAFF)
    assert {s.role for s in STAFF} == {"clerk", "duty_manager", "administrator"}
    for code in codes:
        assert {s.role for s in STAFF if s.office == code} >= {"clerk", "duty_manager"}
    assert [r.number for r in REWARDS] == list(range(1, 10))
    assert all(r.points > 0 and r.name_zh and r.name_en for r in REWARDS)


def test_the_file_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    write_members_csv(path, 50, seed=3)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == MEMBER_COLUMNS
    for row, member in zip(rows, make_members(50, seed=3), strict=True):
        assert row["name"] == member.name
        assert int(row["points"]) == member.points
        assert json.loads(row["lots"]) == [[p, d.isoformat()] for p, d in member.lots]
        assert date.fromisoformat(row["joined_on"]) == member.joined_on


def test_no_and_too_many_members(tmp_path: Path) -> None:
    write_members_csv(tmp_path / "none.csv", 0)
    assert (tmp_path / "none.csv").read_text(encoding="utf-8").count("\n") == 1
    for n in (-1, 8_000_001):
        with pytest.raises(ValueError, match="members"):
            next(make_members(n))
