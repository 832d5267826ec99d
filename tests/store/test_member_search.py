import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.familiarity import DAY_MS, Familiarity
from app.domain.member import Member
from app.domain.search_terms import MatchKind, classify, member_terms
from app.store.member_search import MemberSearch
from sync.protocol.replica.ddl import create_replica
from sync.protocol.replica.rows import load_members, upsert_members

_KEY = "PRAGMA key = \"x'" + "5a" * 32 + "'\""


class File:
    """An encrypted members file with one connection that writes and one that only reads."""

    def __init__(self, path: Path) -> None:
        self.writer = sqlcipher.connect(str(path), isolation_level=None)
        self.writer.execute(_KEY)
        self.writer.execute("PRAGMA journal_mode = WAL")
        self.writer.execute("PRAGMA synchronous = OFF")  # no test here cuts the power
        create_replica(self.writer, scope="PEK-DT")
        self.reader = sqlcipher.connect(f"file:{path}?mode=ro", uri=True)
        self.reader.execute(_KEY)

    def search(self, *, home_office: str = "") -> MemberSearch:
        return MemberSearch(lambda: self.reader, home_office=home_office)

    def close(self) -> None:
        self.reader.close()
        self.writer.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    opened = File(tmp_path / "members.db")
    yield opened
    opened.close()


def make(n: int, name: str = "张伟", **fields: Any) -> Member:
    return Member(
        **{"member_id": UUID(int=n), "rank": n, "card_no": f"GU{n:08d}", "name": name, **fields}
    )


def seen(*members: int) -> Familiarity:
    """Make up a counter that has just served these, the last one last."""
    familiar = Familiarity()
    for at_ms, member in enumerate(members):
        familiar.saw(UUID(int=member).bytes, at_ms)
    return familiar


def found(search: MemberSearch, text: str, **options: Any) -> list[int]:
    return [hit.member.member_id.int for hit in search.search(text, **options)]


def test_what_was_readied_is_not_read_again_at_a_keystroke(file: File) -> None:
    load_members(file.writer, [make(n) for n in range(1, 301)])
    familiar, search = seen(*range(200, 300)), file.search()
    statements: list[str] = []
    file.reader.set_trace_callback(statements.append)

    def known_read() -> int:
        """Members looked up by their ids since it was asked last."""
        asked = sum(s.upper().count("X'") + s.count("?") for s in statements if "IN (" in s)
        statements.clear()
        return asked

    search.ready(familiar)
    assert known_read() == 100
    search.ready(familiar)
    assert known_read() == 0
    familiar.saw(UUID(int=7).bytes, 10**6)
    search.ready(familiar)
    assert known_read() == 1, "who is new"
    found(search, "none of them", familiar=familiar)
    assert known_read() == 0


_names = st.one_of(
    st.text(alphabet="张張单王伟偉明\U00020bb7", min_size=1, max_size=4),
    st.lists(st.sampled_from(["Wei", "lyu", "Müller", "O'Brien", "Li"]), max_size=3).map(" ".join),
)
_people = st.lists(
    st.tuples(
        _names,
        st.sampled_from(["", "Zhang Wei", "Wang Ming", "Lyu Wei"]),
        st.sampled_from(["", "zw", "zwm", "wm"]),
        st.text(alphabet="178", max_size=7),
        st.text(alphabet="GU178", max_size=6),
        st.sampled_from(["", "PEK-DT", "PEK-CA"]),
    ),
    max_size=12,
).map(
    lambda rows: [
        make(
            n,
            name,
            latin_name=latin,
            initials=initials,
            phone=phone,
            card_no=card,
            home_office=office,
        )
        for n, (name, latin, initials, phone, card, office) in enumerate(rows, start=1)
    ]
)
_typed = st.one_of(
    st.text(alphabet="178", min_size=1, max_size=8),
    st.builds("".join, st.tuples(_names, st.text(alphabet="178 ", max_size=6))),
    st.builds(
        "".join,
        st.tuples(st.text(alphabet="zwmguli ", max_size=6), st.text(alphabet="178", max_size=5)),
    ),
)


@settings(max_examples=300)
@given(_people, _typed, st.sampled_from(["", "PEK-DT"]), st.booleans())
def test_the_index_finds_whom_a_scan_finds(
    people: list[Member], text: str, home_office: str, recent: bool
) -> None:
    connection = sqlite3.connect(":memory:")
    create_replica(connection, scope="")
    upsert_members(connection, people)
    search = MemberSearch(lambda: connection, home_office=home_office)
    hits = search.search(text, limit=50, familiar=seen(*range(1, 13)) if recent else Familiarity())
    expected = {
        member.member_id.int: [c.kind for c in classify(text) if c.matches(terms)]
        for member in people
        for terms in [
            member_terms(
                card_no=member.card_no,
                name=member.name,
                latin_name=member.latin_name,
                initials=member.initials,
                phone=member.phone,
                home_office=member.home_office,
            )
        ]
    }
    assert {hit.member.member_id.int for hit in hits} == {n for n, k in expected.items() if k}
    assert len({hit.member.member_id for hit in hits}) == len(hits)
    for hit in hits:
        assert hit.matched in expected[hit.member.member_id.int]
        assert hit.member == people[hit.member.rank - 1]
    connection.close()


HOSTILE = [
    '"',
    '""" OR name : *',
    "name : 张",
    "NEAR(张 伟, 2)",
    "张* AND 伟",
    "^张 - {name} : +伟",
    "'; DROP TABLE member; --",
    "%_%",
    "\x00",
    "张\x00伟",
    "😀😀",
    "\ud800\udfff",
    "\u202e\u200b",
    "ﷺ" * 10_000,
    "张" * 10_000,
    "a " * 10_000,
    "1" * 10_000,
    "a1" * 10_000,
    "(" * 10_000,
    "\u0301" * 10_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_neither_raises_nor_scans_for_long(file: File, text: str) -> None:
    load_members(file.writer, (make(n, phone=f"1380{n:07d}") for n in range(1, 2001)))
    search = file.search(home_office="PEK-DT")
    started = time.thread_time()
    hits = search.search(text, familiar=seen(*range(1, 501)))
    assert time.thread_time() - started < 0.5
    assert len(hits) <= 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_any_text_is_answered(file: File, text: str) -> None:
    if file.search().by_id(UUID(int=1)) is None:
        upsert_members(file.writer, [make(1), make(2, "Wei Zhang")])
    assert len(file.search().search(text)) <= 2


def test_nothing_is_found_before_there_is_anything(file: File) -> None:
    search = file.search(home_office="PEK-DT")
    assert search.search("张", familiar=seen(1)) == []
    assert search.by_id(UUID(int=1)) is None
    assert search.by_card("GU00000001") is None
    assert search.by_card("") is None


def test_display_order_and_limit(file: File) -> None:
    load_members(file.writer, (make(n) for n in range(1, 101)))
    assert found(file.search(), "张") == list(range(1, 21))
    assert found(file.search(), "张伟", limit=3) == [1, 2, 3]
    assert found(file.search(), "张", limit=0) == []


def test_a_whole_number_comes_before_everything(file: File) -> None:
    people = [make(n, phone=f"1200000{n:04d}", home_office="PEK-DT") for n in range(1, 50)]
    people.append(make(50, phone="8888", card_no="77", home_office="PEK-CA"))
    people.append(make(51, phone="12345678888", card_no="GU8888", home_office="PEK-DT"))
    load_members(file.writer, people)
    search = file.search(home_office="PEK-DT")
    assert set(found(search, "8888", familiar=seen(51))[:2]) == {50, 51}
    assert search.search("gu8888")[0].matched is MatchKind.CARD


def test_the_home_office_is_nearer_and_whom_the_counter_served_is_nearest(file: File) -> None:
    offices = {20: "PEK-DT"}
    load_members(
        file.writer,
        [
            make(n, phone=f"1200{n:03d}5678", home_office=offices.get(n, "PEK-CA"))
            for n in range(1, 41)
        ],
    )
    # A regular of elsewhere still comes before somebody of here who is seldom seen.
    assert found(file.search(), "张5678")[:3] == [1, 2, 3]
    assert found(file.search(home_office="PEK-DT"), "张5678")[:3] == [1, 20, 2]
    for text in ("5678", "张", "张伟", "张伟78"):
        search = file.search(home_office="PEK-DT")
        assert found(search, text, familiar=seen(33, 999))[0] == 33


def test_whom_the_counter_expects_comes_before_equals(file: File) -> None:
    load_members(file.writer, (make(n, phone=f"1200{n:03d}5678") for n in range(1, 41)))
    familiar = Familiarity()
    familiar.expect([UUID(int=5).bytes])
    order = found(file.search(), "5678", familiar=familiar)
    assert order.index(5) < 3
    assert order[0] == 1
    # Too far down for the index to list, and found all the same
    familiar.expect([UUID(int=30).bytes])
    assert 30 in found(file.search(), "5678", familiar=familiar, limit=20)
    assert 30 not in found(file.search(), "5678", limit=20)


def test_a_visit_counts_for_less_as_time_goes_by(file: File) -> None:
    load_members(file.writer, (make(n, phone=f"1200{n:03d}5678") for n in range(1, 41)))
    familiar, search = seen(39), file.search()
    order = [
        found(search, "5678", familiar=familiar, now_ms=days * DAY_MS, limit=40).index(39)
        for days in (0, 10, 30)
    ]
    assert order[0] == 0
    assert order == sorted(order)
    assert order[-1] > 3


def test_familiar_guests_are_shown_as_they_are_now(file: File) -> None:
    load_members(file.writer, [make(n) for n in range(1, 40)])
    search = file.search()
    familiar = seen(39)
    assert found(search, "张", familiar=familiar)[0] == 39
    upsert_members(file.writer, [make(39, "李娜", posted_points=7)])
    assert 39 not in found(search, "张", limit=50, familiar=familiar)
    hit = search.search("李", familiar=familiar)[0]
    assert (hit.member.name, hit.member.posted_points) == ("李娜", 7)
    upsert_members(file.writer, [make(39, "李娜", rank=77)])
    assert search.search("李", familiar=familiar)[0].member.rank == 77


def test_a_familiar_guest_who_is_not_in_the_file_yet_is_found_when_there(file: File) -> None:
    load_members(file.writer, [make(n) for n in range(1, 40)])
    search = file.search()
    familiar = seen(900)
    assert 900 not in found(search, "张", familiar=familiar)
    upsert_members(file.writer, [make(900)])
    assert found(search, "张", familiar=familiar)[0] == 900


def test_a_swapped_file_is_followed(file: File, tmp_path: Path) -> None:
    other = File(tmp_path / "members-2.db")
    load_members(file.writer, [make(1)])
    load_members(other.writer, [make(2)])
    current = file
    search = MemberSearch(lambda: current.reader)
    assert found(search, "张", familiar=seen(1, 2)) == [1]
    current = other
    assert found(search, "张", familiar=seen(1, 2)) == [2]
    other.close()


def test_by_id_and_by_card(file: File) -> None:
    member = make(1, card_no="GU 0012-3456", merged_into=UUID(int=2), status="merged")
    load_members(file.writer, [member, make(2), make(3, card_no="gu00123456")])
    search = file.search()
    assert search.by_id(UUID(int=1)) == member
    assert search.by_card("ｇｕ00123456") == member
    assert search.by_card("00123456") is None


def test_searching_can_write_nothing(file: File) -> None:
    load_members(file.writer, [make(1)])
    with pytest.raises(sqlcipher.OperationalError, match="readonly"):
        file.reader.execute("DELETE FROM member")


def test_a_member_who_joins_between_two_reads_does_no_harm(file: File) -> None:
    load_members(file.writer, [make(n) for n in range(1, 5)])

    class Joining:
        """Lets somebody join as soon as the members have been counted."""

        def execute(self, sql: str, parameters: Any = ()) -> Any:
            cursor = file.reader.execute(sql, parameters)
            if "max(rank)" in sql:
                rows = cursor.fetchall()
                upsert_members(file.writer, [make(900)])
                return iter_once(rows)
            return cursor

    hits = MemberSearch(Joining).search("张伟")
    assert [hit.member.member_id.int for hit in hits] == [1, 2, 3, 4]
    assert 900 in found(file.search(), "张伟")


def iter_once(rows: list[Any]) -> Any:
    class Rows:
        def fetchone(self) -> Any:
            return rows[0]

    return Rows()
