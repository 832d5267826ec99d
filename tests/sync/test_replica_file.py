import dataclasses
import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlcipher3.dbapi2 as sqlcipher
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.member import MAX_POINTS, MEMBER_FIELDS, Member
from sync.client.replica_file import to_flat
from sync.protocol.messages import MemberRow
from sync.protocol.replica.ddl import (
    MEMBER_COLUMNS,
    create_replica,
    get_meta,
    set_meta,
)
from sync.protocol.replica.encoding import (
    Record,
    RowSum,
    canonical_bytes,
    index_terms,
    record_hash,
    row_hash,
    terms_of,
)
from sync.protocol.replica.rows import (
    delete_members,
    delete_records,
    load_members,
    recount,
    stored_sum,
    upsert_members,
    upsert_records,
)


def replica(module: Any = sqlcipher) -> Any:
    connection = module.connect(":memory:", isolation_level=None)
    create_replica(connection, scope="PEK-DT")
    return connection


names = st.sampled_from(
    ["张伟", "张伟明", "李娜", "Wei Zhang", "Zoë O'Brien", "王", "", "\U00020bb7三"]
)
members = st.builds(
    Member,
    member_id=st.integers(1, 8).map(lambda n: UUID(int=n)),
    rank=st.integers(1, 8),
    card_no=st.from_regex(r"(GU)?[0-9]{0,6}", fullmatch=True),
    name=names,
    latin_name=st.sampled_from(["", "Zhang Wei", "Li Na"]),
    initials=st.sampled_from(["", "zw", "ln"]),
    phone=st.from_regex(r"[0-9]{0,11}", fullmatch=True),
    home_office=st.sampled_from(["", "PEK-DT", "PEK-CA"]),
    tier=st.sampled_from(["basic", "gold"]),
    posted_points=st.integers(-MAX_POINTS, MAX_POINTS),
    next_expiry_on=st.none() | st.dates(),
    preference=st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    born_on_year=st.none() | st.integers(1900, 2026),
    generated=st.booleans(),
)
records = st.builds(
    Record,
    kind=st.sampled_from(["staff", "reward"]),
    id=st.sampled_from(["1", "2", ""]),
    body=st.binary(max_size=6),
)
steps = st.one_of(
    st.tuples(st.just(upsert_members), st.lists(members, max_size=6)),
    st.tuples(st.just(delete_members), st.lists(st.integers(1, 9).map(lambda n: UUID(int=n)))),
    st.tuples(st.just(upsert_records), st.lists(records, max_size=4)),
    st.tuples(
        st.just(delete_records),
        st.lists(st.tuples(st.sampled_from(["staff", "x"]), st.sampled_from(["1", "2"]))),
    ),
)


def unranked(member: Member) -> Member:
    return dataclasses.replace(member, rank=1)


def held(connection: Any) -> dict[UUID, Member]:
    rows = connection.execute(f"SELECT {', '.join(MEMBER_FIELDS)} FROM member").fetchall()
    return {m.member_id: m for m in map(Member.from_flat, rows)}


def check_terms(connection: Any) -> None:
    """The index holds the terms of the members in the file and no other."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocab"
        " USING fts5vocab(main, member_terms, instance)"
    )
    expected = {
        (term, member.rank, offset)
        for member in held(connection).values()
        for offset, term in enumerate(index_terms(terms_of(member.to_flat())).split())
    }
    assert set(connection.execute("SELECT term, doc, offset FROM vocab")) == expected


@settings(max_examples=150)
@given(st.lists(steps, max_size=8))
def test_any_history_keeps_sum_rows_and_index(history: list[Any]) -> None:
    connection = replica()
    model: dict[UUID, Member] = {}
    documents: dict[tuple[str, str], bytes] = {}
    for step, items in history:
        step(connection, items)
        if step is upsert_members:
            model |= {m.member_id: unranked(m) for m in items}
        elif step is delete_members:
            for member_id in items:
                model.pop(member_id, None)
        elif step is upsert_records:
            documents |= {(r.kind, r.id): r.body for r in items}
        else:
            for key in items:
                documents.pop(key, None)
        before = held(connection)
        step(connection, items)
        assert held(connection) == before, "a second time changes nothing"
        assert stored_sum(connection) == recount(connection)
    assert {i: unranked(m) for i, m in held(connection).items()} == model
    stored = connection.execute("SELECT kind, id, body FROM record").fetchall()
    assert {(kind, name): body for kind, name, body in stored} == documents
    assert stored_sum(connection).count == len(model) + len(documents)
    check_terms(connection)
    connection.close()


def make(n: int, **fields: Any) -> Member:
    return Member(
        **{"member_id": UUID(int=n), "rank": n, "card_no": f"GU{n}", "name": "张伟", **fields}
    )


@pytest.fixture(params=[sqlite3, sqlcipher], ids=["sqlite3", "sqlcipher3"])
def connection(request: pytest.FixtureRequest) -> Iterator[Any]:
    connection = replica(request.param)
    yield connection
    connection.close()


def test_loading_is_upserting_into_an_empty_file(connection: Any) -> None:
    people = [make(n, phone=f"1380000{n:04d}") for n in range(1, 1201)]
    load_members(connection, people)
    other = replica()
    upsert_members(other, people)
    assert stored_sum(connection) == stored_sum(other) == recount(connection)
    assert held(connection) == held(other)
    schema = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name"
    assert connection.execute(schema).fetchall() == other.execute(schema).fetchall()
    other.close()


def test_loading_the_same_id_twice_is_refused(connection: Any) -> None:
    with pytest.raises(Exception, match="UNIQUE"):
        load_members(connection, [make(1), make(1, rank=2)])


def test_a_taken_rank_costs_nobody_a_place(connection: Any) -> None:
    upsert_members(connection, [make(1), make(2)])
    upsert_members(connection, [make(3, rank=1)])
    assert {i.int: m.rank for i, m in held(connection).items()} == {1: 1, 2: 2, 3: 3}
    upsert_members(connection, [make(1, rank=2), make(2, rank=1)])
    assert {i.int: m.rank for i, m in held(connection).items()} == {1: 2, 2: 1, 3: 3}
    check_terms(connection)


def test_everything_is_undone_with_the_callers_transaction(connection: Any) -> None:
    upsert_members(connection, [make(1)])
    before = stored_sum(connection), held(connection)
    connection.execute("BEGIN")
    upsert_members(connection, [make(1, name="李娜"), make(2)])
    upsert_records(connection, [Record("staff", "1", b"{}")])
    connection.execute("ROLLBACK")
    assert (stored_sum(connection), held(connection)) == before
    check_terms(connection)


def test_recount_sees_what_was_altered_by_hand(connection: Any) -> None:
    upsert_members(connection, [make(1), make(2)])
    upsert_records(connection, [Record("reward", "1", b"{}")])
    for damage in (
        "UPDATE member SET posted_points = 1 WHERE rank = 1",
        "UPDATE record SET body = x'00'",
        "DELETE FROM member WHERE rank = 2",
    ):
        connection.execute("BEGIN")
        connection.execute(damage)
        assert recount(connection) != stored_sum(connection)
        connection.execute("ROLLBACK")
    assert recount(connection) == stored_sum(connection)


def test_a_balance_changes_without_touching_the_index(connection: Any) -> None:
    upsert_members(connection, [make(1)])
    segments = connection.execute("SELECT count(*) FROM member_terms_data").fetchone()
    upsert_members(connection, [make(1, posted_points=9, tier="gold", language="en")])
    assert held(connection)[UUID(int=1)].posted_points == 9
    assert connection.execute("SELECT count(*) FROM member_terms_data").fetchone() == segments


@given(members, st.data())
def test_each_field_but_the_rank_counts_in_the_hash(member: Member, data: st.DataObject) -> None:
    assert Member.from_flat(member.to_flat()) == member
    assert row_hash(dataclasses.replace(member, rank=member.rank + 1)) == row_hash(member)
    other = data.draw(members)
    assert (unranked(member) == unranked(other)) == (row_hash(member) == row_hash(other))


def test_the_encoding_does_not_drift() -> None:
    member = make(
        1, phone="138", next_expiry_on=date(2027, 1, 31), status="merged", merged_into=UUID(int=2)
    )
    assert canonical_bytes(member.to_flat()).decode() == (
        '["00000000000000000000000000000001","GU1","张伟","","","138","","","merged",'
        '"00000000000000000000000000000002",0,0,0,"2027-01-31",0,"","","",null,null,0]'
    )


@given(members, st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_hashed_is_what_the_standard_library_writes(member: Member, text: str) -> None:
    (member_id, _, *others) = dataclasses.replace(member, name=text).to_flat()
    assert isinstance(member_id, bytes)
    expected = json.dumps([member_id.hex(), *others], ensure_ascii=False, separators=(",", ":"))
    assert canonical_bytes((member_id, 1, *others)) == expected.encode()


def off_the_wire(member: Member) -> MemberRow:
    values = {name: getattr(member, name) for name in MEMBER_FIELDS}
    for name in ("next_expiry_on", "joined_on"):
        values[name] = values[name] and values[name].isoformat()
    return MemberRow(**values)


@given(members)
def test_a_row_off_the_wire_is_laid_out_as_its_member(member: Member) -> None:
    assert to_flat(off_the_wire(member)) == member.to_flat()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rank": 0},
        {"phone": "+86 138"},
        {"status": "lost"},
        {"status": "merged"},
        {"leased_points": MAX_POINTS + 1},
        {"joined_on": "yesterday"},
    ],
)
def test_a_row_that_is_no_member_is_refused(wrong: dict[str, Any]) -> None:
    row = msgspec.structs.replace(off_the_wire(make(1)), **wrong)
    with pytest.raises(ValueError):  # noqa: PT011 # each has its own words
        to_flat(row)


def test_a_record_is_no_member_and_its_names_do_not_run_together() -> None:
    hashes = {
        record_hash(Record("a", "bc", b"")),
        record_hash(Record("ab", "c", b"")),
        record_hash(Record("a", "b", b"c")),
        row_hash(make(1)),
        record_hash(Record("member", "1", canonical_bytes(make(1).to_flat()))),
    }
    assert len(hashes) == 5


@given(st.lists(st.integers(0, 2**128 - 1)), st.randoms())
def test_the_sum_forgets_the_order(hashes: list[int], rng: Any) -> None:
    total = RowSum()
    for row in hashes:
        total.add(row)
    shuffled = list(hashes)
    rng.shuffle(shuffled)
    for row in shuffled:
        total.remove(row)
    assert total == RowSum()


def test_meta(connection: Any) -> None:
    assert get_meta(connection, "scope") == "PEK-DT"
    set_meta(connection, "cursor", "7:42")
    assert get_meta(connection, "cursor") == "7:42"
    with pytest.raises(KeyError):
        get_meta(connection, "nothing")
    columns = [row[1] for row in connection.execute("PRAGMA table_info(member)")]
    assert tuple(columns) == MEMBER_COLUMNS
