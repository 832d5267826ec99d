"""Statements that are compiled once for all engines of one kind, and asked without a detour.

A run asks some fifteen thousand times what is composed a few hundred times. SQLAlchemy keeps what
it compiled with the engine, which each start of a counter makes anew, looks it up by the whole
composition each time, and makes much of the answer: together that was half of a run. What the
driver is asked, with which values, and the rows that come of it are the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, ParamSpec
from weakref import ref

import sqlalchemy as sa
from sqlalchemy.engine.result import IteratorResult

P = ParamSpec("P")

_ANSWERLESS: Final = ("BEGIN", "INSERT", "ROLLBACK")


class Statements(dict[Any, Any]):
    """Compiled statements of many engines of one kind, opened one after the other.

    Each engine has a dialect of its own, all alike, and SQLAlchemy compiles for each anew: with an
    engine a start of a counter that took a tenth of the time. Nothing else is shared.
    """

    def share(self, *engines: sa.Engine) -> None:
        """Let engines use it, all of them made in the same way."""
        for engine in engines:
            engine._compiled_cache = self  # all that is asked of a cache
            engine._connection_cls = _Connection

    def sharing(self, make: Callable[P, sa.Engine]) -> Callable[P, sa.Engine]:
        """What makes such an engine, and shares with it before it asks anything."""

        def made(*args: P.args, **named: P.kwargs) -> sa.Engine:
            engine = make(*args, **named)
            self.share(engine)
            return engine

        return made

    # A key begins with the dialect it was compiled for

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


class _Connection(sa.Connection):
    """Asks the driver itself, unless somebody listens: then all goes SQLAlchemy's way."""

    def exec_driver_sql(self, statement: str, parameters: Any = None, options: Any = None) -> Any:
        if options or not statement.startswith(_ANSWERLESS) or not self._is_unheard():
            return super().exec_driver_sql(statement, parameters, options)
        return self._ask(statement, parameters or (), isinstance(parameters, list), None)

    def _execute_clauseelement(self, elem: Any, distilled: Any, options: Any) -> Any:
        is_plain = not options and not elem._execution_options and self._is_unheard()
        question = _question(elem, self, distilled) if is_plain else None
        if question is None:
            return super()._execute_clauseelement(elem, distilled, options)
        if len(distilled) > 1:
            each = [question.asked(elem, parameters) for parameters in distilled]
            return self._ask(each[0][0], [values for _, values in each], True, None)
        sql, values = question.asked(elem, distilled[0] if distilled else {})
        return self._ask(sql, values, False, question.columns)

    def _is_unheard(self) -> bool:
        is_heard = self._has_events or self.engine._has_events
        return (
            self._dbapi_connection is not None
            and (self._transaction is None or self._transaction.is_active)
            and not (is_heard and self.dispatch.before_cursor_execute)
            and "yield_per" not in self._execution_options
        )

    def _ask(self, sql: str, values: Any, is_many: bool, columns: Any) -> Any:
        if self._transaction is None:
            self._autobegin()
        driver: Any = self._dbapi_connection.dbapi_connection  # type: ignore[union-attr]
        try:
            cursor = (driver.executemany if is_many else driver.execute)(sql, values)
        except BaseException as error:  # noqa: BLE001 # as SQLAlchemy does
            self._handle_dbapi_exception(error, sql, values, None, None)
        if columns is None:
            return _Done(cursor.rowcount)
        return IteratorResult(columns, self._rows(cursor, sql))

    def _rows(self, cursor: Any, sql: str) -> Iterator[Any]:
        try:
            yield from cursor
        except Exception as error:  # noqa: BLE001 # as SQLAlchemy does
            self._handle_dbapi_exception(error, sql, None, cursor, None)


@dataclass(frozen=True)
class _Done:
    """What comes of a statement that writes."""

    rowcount: int


class _Question:
    """A compiled statement as the driver is asked it; `columns` is None where it has no answer."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.columns = compiled._cached_metadata
        binds = {name: bound for bound, name in compiled.bind_names.items()}
        self._own = {bound.key: bound.value for bound in binds.values() if not bound.required}
        self._places = [
            (binds[name].key, compiled._bind_processors.get(name)) for name in compiled.positiontup
        ]
        self._expanding = [compiled.bind_names[each] for each in compiled.post_compile_params]
        self._expanded: dict[tuple[int, ...], Any] = {}

    def asked(self, elem: Any, parameters: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """SQL, and the values of its marks."""
        compiled = self._compiled
        is_own = compiled.statement is elem
        if is_own and not self._expanding:
            given = {**self._own, **parameters}
            values = [
                given[key] if process is None else process(given[key])
                for key, process in self._places
            ]
            return compiled.string, values
        extracted = None if is_own else elem._generate_cache_key().bindparams
        values = compiled.construct_params(
            parameters, extracted_parameters=extracted, escape_names=False
        )
        processors = compiled._bind_processors
        if not self._expanding:
            return compiled.string, _processed(values, compiled.positiontup, processors)
        lists = {name: list(values[name]) for name in self._expanding}
        lengths = tuple(map(len, lists.values()))
        found = self._expanded.get(lengths)
        if found is None:
            found = compiled._process_parameters_for_postcompile(dict(values))
            self._expanded[lengths] = found
        for name, each in lists.items():
            values.update(zip(found.parameter_expansion[name], each, strict=True))
        processors = {**processors, **found.processors}
        return found.statement, _processed(values, found.positiontup, processors)


def _processed(
    values: Mapping[str, Any], names: Sequence[str], processors: Mapping[str, Any]
) -> list[Any]:
    return [
        processors[name](values[name]) if name in processors else values[name] for name in names
    ]


def _question(elem: Any, connection: sa.Connection, distilled: Any) -> _Question | None:
    """What was made of a statement before; None for one that only SQLAlchemy can ask."""
    if not ((elem.is_select and len(distilled) < 2) or (elem.is_dml and not elem._returning)):
        return None
    cache = connection.engine._compiled_cache
    form = None if elem.is_select else (*(distilled[0] if distilled else ()), len(distilled) > 1)
    kept: tuple[Any, Any, Any, _Question] | None = elem.__dict__.get("_asked")
    # A statement that is derived from another inherits what is kept with that
    if kept is not None and kept[0]() is elem and kept[1] is cache and kept[2] == form:
        return kept[3]
    compiled, _, _ = elem._compile_w_cache(
        dialect=connection.dialect,
        compiled_cache=cache,
        column_keys=sorted(distilled[0]) if distilled else [],
        for_executemany=len(distilled) > 1,
    )
    if elem.is_select:
        # What its columns are is known when it was asked once
        is_own = compiled._cached_metadata is None or compiled.literal_execute_params
    else:
        is_own = compiled.insert_prefetch or compiled.update_prefetch or compiled.implicit_returning
    if is_own:
        return None
    question: _Question | None = compiled.__dict__.get("_question")
    if question is None:
        question = compiled._question = _Question(compiled)
    elem._asked = (ref(elem), cache, form, question)
    return question
