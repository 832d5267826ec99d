"""`guichet-server import served`: what is taken in, corrected, taken back and refused."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from app.domain.errors import Rejected
from app.domain.records import Figures, Served
from sync.server import served_import
from sync.server.served_import import put_served, read_served
from sync.server.store import tables as t
from tests.server.books import findings, rows
from tests.server.conftest import Programme
from tests.server.operators import Operator
from tests.server.seats import visit

HEAD = "office,day,counter,served"


def taken(programme: Programme, *lines: str) -> int:
    with programme.work() as work:
        return put_served(work, read_served(work, [HEAD, *lines]))


def published(programme: Programme) -> dict[str, tuple[Served, ...]]:
    for _ in programme.upkeep.publishing_office_days():
        pass
    found = (
        msgspec.json.decode(row.body, type=Figures)
        for row in rows(programme, t.record, kind="figures")
    )
    return {day.day: day.served for day in found}


def test_what_was_served_is_compared_with_the_visits_opened_there(programme: Programme) -> None:
    one, other = programme.seat(), programme.seat(counter=1)
    for seat, count in ((one, 3), (other, 2)):
        for _ in range(count):
            visit(seat, score=5)
        seat.push()
    (day,) = published(programme)
    labels = [row.label for row in rows(programme, t.counter)][:2]
    assert taken(programme, f"PEK,{day},,9") == 1
    assert published(programme)[day] == (Served("", 9, 4),)
    assert taken(programme, f"PEK,{day},{labels[0]},5", f"PEK,{day},{labels[1]},1") == 2
    assert published(programme)[day] == (Served(labels[0], 5, 2), Served(labels[1], 1, 0))
    assert taken(programme, f"PEK,{day},{labels[0]},5", f"PEK,{day},{labels[1]},1") == 0
    assert rows(programme, t.day_mark) == [], "the same again has nothing counted anew"
    assert taken(programme, f"PEK,{day},{labels[0]},4", f"PEK,{day},{labels[1]},") == 2
    assert published(programme)[day] == (Served(labels[0], 4, 1),)
    assert findings(programme) == []


@pytest.mark.parametrize(
    ("alter", "finding"),
    [
        (sa.update(t.served_count).values(n=6), "served {label}: 5, counted 6"),
        (sa.delete(t.served_count), "unopened {label}: 2, counted 0"),
        (sa.delete(t.day_sum), "day_sum {office} {day}, served : 0, counted 5"),
        (sa.delete(t.encounter), "unopened {label}: 2, counted 5"),
    ],
)
def test_the_audit_compares_what_was_served(
    programme: Programme, alter: sa.UpdateBase, finding: str
) -> None:
    seat = programme.seat()
    for _ in range(3):
        visit(seat, score=5)
    seat.push()
    (day,) = published(programme)
    label = rows(programme, t.counter)[0].label
    assert taken(programme, f"PEK,{day},{label},5", f"PEK,{day},,7") == 2
    assert published(programme)[day] == (Served(label, 5, 2),)
    assert findings(programme) == []
    with programme.server.engine.begin() as connection:
        connection.execute(alter)
    told = finding.format(label=label, day=day, office=programme.office_id)
    assert any(told in found for found in findings(programme)), findings(programme)


def test_a_day_without_any_visit_is_told_too(programme: Programme) -> None:
    assert taken(programme, "PEK,2026-01-05,,12") == 1
    assert published(programme) == {"2026-01-05": (Served("", 12, 12),)}
    assert findings(programme) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("SHA,2026-01-05,,12", "there is no office 'SHA'"),
        ("PEK,2026-01-05,Z9,12", "there is no counter 'Z9' at office PEK"),
        ("PEK,5.1.2026,,12", "is no day"),
        ("PEK,2099-01-05,,12", "is not between"),
        ("PEK,1999-12-31,,12", "is not between"),
        ("PEK,2026-01-05,,-1", "whole number"),
        ("PEK,2026-01-05,,1.5", "whole number"),
        ("PEK,2026-01-05,,100001", "whole number"),
        ("PEK,2026-01-05,," + "9" * 900, "whole number"),
        ("PEK,2026-01-05,,٣", "whole number"),
        ("PEK,2026-01-05,12", "3 cells for 4 columns"),
        ("PEK,2026-01-04,,12", "stands in line 2 already"),
    ],
)
def test_one_wrong_line_and_nothing_is_imported(programme: Programme, line: str, says: str) -> None:
    with pytest.raises(Rejected, match=re.escape(says)) as refused:
        taken(programme, "PEK,2026-01-04,,12", "", line)
    assert "line 4: " in str(refused.value)
    assert rows(programme, t.served_count) == []


def test_columns_are_named_in_any_order_and_none_is_missing(programme: Programme) -> None:
    with programme.work() as work:
        found = read_served(work, ["Served, Counter,day,office", "3,,2026-01-05,PEK"])
    assert list(found.values()) == [3]
    for head in ("", "office,day,served", "office,day,counter,served,served"):
        with programme.work() as work, pytest.raises(Rejected, match="names the columns"):
            read_served(work, [head] if head else [])


def test_files_are_bounded(programme: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_import, "MOST_LINES", 3)
    lines = [f"PEK,2026-01-0{n},,1" for n in range(1, 5)]
    assert taken(programme, *lines[:3]) == 3
    with pytest.raises(Rejected, match="At most 3 lines"):
        taken(programme, *lines)


def test_an_operator_imports_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operator = Operator(tmp_path / "data", capsys)
    file = tmp_path / "served.csv"
    text = f"\ufeff{HEAD}\r\nPEK,2026-01-05,,12\r\nPEK,2026-01-06,,7\r\n"
    file.write_text(text, encoding="utf-8")
    assert operator.says("import", "served", str(file)).startswith("2 counts")
    assert operator.says("import", "served", str(file)).startswith("0 counts")
    file.write_text(f"{HEAD}\n" + "x" * 2_000)
    assert "longer than" in operator.refuses("import", "served", str(file))
    operator.says("audit")
