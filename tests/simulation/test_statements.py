"""What is asked without SQLAlchemy's detour has the same answers, counts, types and errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ResourceClosedError

from tests.simulation.statements import Statements, _Connection

_METADATA = sa.MetaData()
_MEMBER = sa.Table(
    "member",
    _METADATA,
    sa.Column("member_id", sa.Uuid, primary_key=True),
    sa.Column("points", sa.Integer, nullable=False, default=7),
    sa.Column("told", sa.JSON),
)
_IDS = [UUID(int=n) for n in range(1, 6)]
_OF = sa.select(_MEMBER).where(_MEMBER.c.member_id == sa.bindparam("of", _IDS[1]))
_AMONG = (
    sa.select(_MEMBER.c.member_id, (_MEMBER.c.points + sa.bindparam("more")).label("sum"))
    .where(_MEMBER.c.member_id.in_(sa.bindparam("these", expanding=True)))
    .order_by(_MEMBER.c.points)
)
_ADD = (
    _MEMBER.update()
    .where(_MEMBER.c.member_id == sa.bindparam("of"))
    .values(points=_MEMBER.c.points + sa.bindparam("more"))
)


def _engine(*, quick: bool) -> sa.Engine:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    if quick:
        Statements().share(engine)
    _METADATA.create_all(engine)
    rows = [{"member_id": each, "points": 10 * n, "told": {"n": n}} for n, each in enumerate(_IDS)]
    with engine.begin() as connection:
        connection.execute(_MEMBER.insert(), rows)
    return engine


_QUESTIONS: list[Callable[[sa.Connection], Any]] = [
    lambda c: c.execute(_OF).all(),
    lambda c: c.execute(_OF, {"of": _IDS[3]}).one(),
    lambda c: c.execute(_OF, {"of": UUID(int=99)}).one_or_none(),
    lambda c: c.execute(_OF.where(_MEMBER.c.points > 5)).first(),
    lambda c: c.execute(_OF.where(_MEMBER.c.points > 50)).first(),
    lambda c: c.execute(sa.select(_MEMBER.c.told["n"]).where(_MEMBER.c.points == 20)).scalar(),
    lambda c: [dict(row) for row in c.execute(_OF).mappings()],
    lambda c: [row.told["n"] for row in c.execute(_OF)],
    *(
        lambda c, n=n: c.execute(_AMONG, {"these": _IDS[:n], "more": n}).all()
        for n in (2, 0, 1, 2, 3)
    ),
    lambda c: c.execute(sa.select(sa.func.count()).select_from(_MEMBER)).scalar_one(),
    lambda c: c.execute(_ADD, {"of": _IDS[0], "more": 3}).rowcount,
    lambda c: c.execute(_ADD, {"of": UUID(int=99), "more": 3}).rowcount,
    lambda c: c.execute(_ADD, [{"of": each, "more": 1} for each in _IDS[:3]]).rowcount,
    lambda c: c.execute(_MEMBER.insert(), {"member_id": UUID(int=50), "told": None}).rowcount,
    lambda c: c.execute(_MEMBER.delete().where(_MEMBER.c.points < 4)).rowcount,
    lambda c: (
        c.exec_driver_sql("INSERT INTO member VALUES (?, ?, ?)", [("a" * 32, 1, "1")]).rowcount
    ),
    lambda c: c.exec_driver_sql("SELECT count(*) FROM member").scalar_one(),
    lambda c: c.execute(sa.select(_MEMBER).order_by(_MEMBER.c.points)).all(),
]


def test_each_question_has_the_answer_that_it_has_by_itself() -> None:
    """Asked three times: composed, known, known and of another engine."""
    plain, quick = _engine(quick=False), _engine(quick=True)
    everything = "SELECT * FROM member ORDER BY member_id"
    for ask in _QUESTIONS:
        for _ in range(3):
            with plain.connect() as connection, quick.connect() as other:
                assert isinstance(other, _Connection)
                wanted, found = ask(connection), ask(other)
                assert repr(found) == repr(wanted)
                rows = [each.exec_driver_sql(everything).all() for each in (connection, other)]
                assert rows[0] == rows[1]


def test_what_is_derived_from_a_known_statement_is_another() -> None:
    quick = _engine(quick=True)
    with quick.begin() as connection:
        for _ in range(3):
            assert len(connection.execute(_AMONG, {"these": _IDS, "more": 0}).all()) == 5
        derived = _AMONG.where(_MEMBER.c.points > 25)
        for _ in range(3):
            assert len(connection.execute(derived, {"these": _IDS, "more": 0}).all()) == 2


def test_errors_are_sqlalchemys_and_nothing_is_half_done() -> None:
    quick = _engine(quick=True)
    again = {"member_id": _IDS[0], "points": 1, "told": None}
    for _ in range(3):
        with quick.connect() as connection:
            connection.execute(_ADD, {"of": _IDS[1], "more": 1})
            with pytest.raises(IntegrityError):
                connection.execute(_MEMBER.insert(), again)
    with quick.begin() as connection:
        assert connection.execute(_OF).one().points == 10
        gone = connection.execute(_OF)
        gone.close()
        with pytest.raises(ResourceClosedError):
            gone.all()


def test_whoever_listens_hears_every_statement() -> None:
    quick = _engine(quick=True)
    heard: list[str] = []
    with quick.begin() as connection:
        for _ in range(3):
            connection.execute(_OF).all()
    sa.event.listen(quick, "before_cursor_execute", lambda *told: heard.append(told[2]))
    with quick.begin() as connection:
        connection.execute(_OF).all()
        connection.execute(_ADD, {"of": _IDS[1], "more": 1})
        connection.exec_driver_sql("INSERT INTO member VALUES ('b', 1, '1')")
    assert [text.split()[0] for text in heard] == ["SELECT", "UPDATE", "INSERT"]
