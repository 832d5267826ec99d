"""What `charts` measures, in a process of its own: `charts_probe RATINGS ROUNDS` prints JSON."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from app.domain.figure_rules import FigureRules
from app.domain.records import Figures
from app.domain.reports import Choice, choices, report
from app.services.views import FiguresView
from app.store.cipher import KEY_BYTES
from app.store.members import SqlMembers
from app.store.members_files import MembersFiles
from sync.protocol.replica.ddl import create_replica
from sync.protocol.replica.encoding import Record
from sync.protocol.replica.rows import upsert_records
from tests.gui.figure_days import office_days
from ui.qt.garbage import GarbageCollection
from ui.qt.words import Words
from ui.screens import look
from ui.screens.desk_chart_cards import ChartCards
from ui.viewmodels.desk_words import DESK

_TODAY: Final = date(2026, 11, 18)
_DAYS: Final = 365
_OPEN_DAYS: Final = 313  # Sundays are closed
_RATED_SHARE: Final = 0.66
_OFFICE: Final = "PEK"
_PAGE_PX: Final = (1334, 1200)


def main(arguments: Sequence[str]) -> None:
    """Print what each round took."""
    ratings, rounds = map(int, arguments)
    days = office_days(_TODAY, _DAYS, visits_a_day=round(ratings / _OPEN_DAYS / _RATED_SHARE))
    application = QApplication([])
    look.apply(application, "light", language="en")
    cards = ChartCards(Words("desk", DESK))
    cards.resize(*_PAGE_PX)
    cards.show()
    application.processEvents()
    collection = GarbageCollection()  # as the program: not in the middle of reading a year
    said: dict[str, Any] = {name: [] for name in _MEASURED}
    choice, rules = Choice.of_last(_DAYS, _TODAY), FigureRules()
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as folder:
        files = _members_files(Path(folder), days)
        # Nothing but figures is read: nobody is searched for, and nothing is anybody's guest
        members = SqlMembers(files, cast(Any, None), cast(Any, None), cast(Any, None))
        with closing(files):
            for _ in range(rounds):
                began = time.perf_counter()
                read = members.figures(_OFFICE, choice.first_day, choice.last_day)
                view = FiguresView(report(read, choice, rules), choices(read), rules, 0)
                said["worked_out_ms"].append(_since_ms(began))
                began = time.perf_counter()
                again = members.figures(_OFFICE, choice.first_day, choice.last_day)
                by_cell = [replace(day, whole=None) for day in again]
                report(by_cell, choice, rules)
                choices(by_cell)
                said["by_cell_ms"].append(_since_ms(began))
                _time_charts(cards, view, said)
    said["ratings"] = sum(sum(day.by_score.values()) for day in days)
    collection.close()
    print(json.dumps(said))


_MEASURED: Final = ("worked_out_ms", "by_cell_ms", "chart_ms", "paint_ms", "polyline_ms")


def _members_files(folder: Path, days: Sequence[Figures]) -> MembersFiles:
    path = folder / "members-1.db"
    files = MembersFiles(folder, secrets.token_bytes(KEY_BYTES))
    writer = files.connect(path)
    writer.execute("BEGIN")
    create_replica(writer, scope="bench")
    upsert_records(
        writer,
        [Record(Figures.KIND, f"{_OFFICE} {day.day}", msgspec.json.encode(day)) for day in days],
    )
    writer.execute("COMMIT")
    writer.close()
    files.use(path)
    return files


def _time_charts(cards: ChartCards, view: FiguresView, said: dict[str, Any]) -> None:
    """Fill all charts, then paint each; filling counts in full against the slowest of them."""
    filling_ms = _took_ms(lambda: cards.show_view(view, has_staff=True))
    QApplication.processEvents()
    painting_ms = []
    for chart in cards.all_charts():
        picture = QImage(chart.size(), QImage.Format.Format_ARGB32_Premultiplied)
        chart.follow_language()  # it is laid out anew, too
        painting_ms.append(_took_ms(partial(chart.render, picture, QPoint(0, 0))))
    said["chart_ms"].append(filling_ms + max(painting_ms))
    said["paint_ms"].append(max(painting_ms))
    said["polyline_ms"].append(_took_ms(_draw_polyline))


def _draw_polyline() -> None:
    picture = QImage(400, 200, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(Qt.GlobalColor.black, 2))
    points = [QPointF(place * 400 / _DAYS, 20 + place * 37 % 160) for place in range(_DAYS)]
    painter.drawPolyline(QPolygonF(points))
    painter.end()


def _took_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return _since_ms(began)


def _since_ms(began: float) -> float:
    return (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    main(sys.argv[1:])
