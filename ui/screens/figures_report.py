"""The desk's figures as pages to hand on: what was looked at, the figures, the charts, their terms.

Nobody of the staff is named, and what is too little known on the screen is on paper too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import QSize

from app.domain.lean import dataclass
from app.domain.reports import Report
from app.domain.statistics import Tally
from app.services.views import FiguresView
from ui.qt.words import Words
from ui.screens.desk_chart_cards import ChartCard, ChartCards
from ui.screens.desk_chart_words import ChartWords
from ui.screens.look import paper
from ui.screens.look.charts import Hint, Shape, TrendChart
from ui.screens.look.roles import Role, Size, Space
from ui.viewmodels.desk_words import STATES

_WIDE: Final = int(paper.BODY.width())
_HALF: Final = (_WIDE - Space.XL) // 2
_TREND: Final = QSize(_WIDE, 240)
_PAIR: Final = QSize(_HALF, 340)
_MOST_FLAGGED: Final = 5
_LEAST_CLERKS: Final = 5
"""Fewer than this are told apart by whoever knows how many customers each had."""

_HEADLINES: Final = ("good", "good_of_visits", "low", "unrated", "unopened", "rectified")
_OBSERVED: Final[dict[str, Callable[[Report], int]]] = {
    "good": lambda report: report.all.good,
    "good_of_visits": lambda report: report.all.good,
    "low": lambda report: report.all.low,
    "unrated": lambda report: report.all.unrated.observed,
}
_OF: Final = {"good": "of_ratings", "low": "of_ratings"}
_N_OF: Final = {"rectified": "of_cases", "unopened": "of_served"}
_MEANINGS: Final = (
    ("means_visit", "means_visit_how"),
    ("means_rating", "means_rating_how"),
    ("tile_good", "tile_good_how"),
    ("tile_good_of_visits", "tile_good_of_visits_how"),
    ("tile_low", "tile_low_how"),
    ("tile_unrated", "means_unrated_how"),
    ("tile_unopened", "means_unopened_how"),
    ("tile_rectified", "means_rectified_how"),
    ("report_interval", "means_interval_how"),
    ("means_trend", "means_trend_how"),
    ("means_times", "means_times_how"),
    ("chart_steps", "means_steps_how"),
    ("means_staff", "means_staff_how"),
    ("means_reasons", "means_reasons_how"),
    ("chart_recovery", "means_recovery_how"),
)


@dataclass(frozen=True, slots=True)
class Making:
    """Where, when and by whom a report is made.

    Attributes:
        offices: whose figures they are, as people name them.
        as_of: time of the data, the office's.
        now: time of the making, likewise.
        number: of the manager.
        is_online: whether the central office was in reach.
    """

    programme: str
    offices: str
    as_of: str
    now: str
    number: str
    is_online: bool


def figures_report(view: FiguresView, making: Making, words: Words) -> paper.Pieces:
    """Draw the report as a PDF in the language in force, piece by piece; on the GUI thread.

    Raises:
        ValueError: it is about chosen staff.
    """
    if view.report.choice.staff:
        raise ValueError("a clerk's figures are in no file")
    return _pieces(view, making, words)


def _pieces(view: FiguresView, making: Making, words: Words) -> paper.Pieces:
    pages = _Pages(view, making, words)
    yield b""
    say = words.say
    first, last = pages.period()
    yield from paper.pdf_of(
        pages.blocks(),
        title=f"{making.programme} · {say('report_title')} · {making.offices}",
        foot=say(
            "report_foot",
            programme=making.programme, office=making.offices, first=first, last=last,
        ),
        page_text=lambda page, of: say("report_page", page=page, pages=of),
    )  # fmt: skip


class _Pages:
    def __init__(self, view: FiguresView, making: Making, words: Words) -> None:
        self._view, self._making = view, making
        self._words, self._say = words, words.say
        self._texts = ChartWords(words, view.report)
        self._cards = ChartCards(words)
        self._cards.show_view(view, has_staff=True)

    def blocks(self) -> Iterator[paper.Block]:
        yield from self._title()
        yield from self._headlines()
        yield from self._states()
        if len(self._view.report.days) > 1:
            yield from self._trends()
        yield from self._within()
        yield from self._between()
        if self._view.recovery is not None:
            yield self._pictures(self._cards.recovery, size=QSize(_WIDE, 320))
        yield from self._appendix()

    def period(self) -> tuple[str, str]:
        choice = self._view.report.choice
        first, last = map(date.fromisoformat, (choice.first_day, choice.last_day))
        return self._texts.date(first), self._texts.date(last)

    # the first page

    def _title(self) -> Iterator[paper.Block]:
        say, making, choice = self._say, self._making, self._view.report.choice
        yield paper.Words(making.programme, Size.BODY, Role.MUTED, after=0)
        yield paper.Words(say("report_title"), Size.LARGE, bold=True, after=Space.M)
        if self._view.office_codes:
            source = say("report_told", time=making.as_of)
        else:
            source = say(
                "report_own" if making.is_online else "report_own_offline", time=making.as_of
            )
        first, last = self.period()
        counters = " · ".join(say("window", label=each) for each in sorted(choice.counters))
        services = " · ".join(self._texts.service(each) for each in sorted(choice.services))
        for name, value in (
            ("filter_office", making.offices),
            ("report_period", first if first == last else f"{first} – {last}"),
            ("code_counter", counters or say("any_counter")),
            ("report_services", services or say("any_service")),
            ("report_staff", say("report_all_staff")),
            ("filter_source", say(f"source_{choice.source}")),
            ("report_source", source),
            ("report_made", say("report_made_by", time=making.now, number=making.number)),
        ):
            yield paper.Cells((say(name), value), (0.16, 0.84), muted=frozenset({0}))

    def _headlines(self) -> Iterator[paper.Block]:
        say, report, texts = self._say, self._view.report, self._texts
        yield self._heading("report_headline")
        yield paper.Words(self._lead(), Size.BODY, after=Space.M)
        names = ("report_figure", "report_value", "report_interval", "report_of")
        shares, numbers = (0.34, 0.14, 0.22, 0.3), frozenset({1, 2, 3})
        yield paper.Cells(tuple(map(say, names)), shares, numbers, is_head=True)
        for name in _HEADLINES:
            figure = getattr(report, name)
            if name == "unopened" and not figure.n:
                continue  # nobody else counts
            of = say(_N_OF.get(name, "n"), n=figure.n)
            if name in _OBSERVED and figure.value is not None:
                observed = _OBSERVED[name](report)
                of = say(_OF.get(name, "of_visits"), part=observed, n=figure.n)
            span = "–" if figure.value is None else texts.span(figure)
            cells = (say(f"tile_{name}"), texts.share(figure.value), span, of)
            yield paper.Cells(cells, shares, numbers, bold=frozenset({1}))
        if report.all.ratings >= self._view.rules.least_n:
            yield self._gap()
            yield self._pictures(self._cards.faces, has_note=False)
        left_out = 0 if report.choice.source == "phone" else sum(report.excluded.values())
        excluded = say("report_excluded", n=left_out) if left_out else say("report_excluded_none")
        rules = self._view.rules
        least = say("report_least", least=rules.least_n, staff=rules.staff_least_n)
        notes = " ".join((excluded, *texts.apart(), least))
        yield paper.Words(notes, Size.SMALL, Role.MUTED)

    def _lead(self) -> str:
        say, report, texts = self._say, self._view.report, self._texts
        whole = report.all
        if report.low.value is None:
            return say("report_lead_few", visits=whole.visits)
        lead = say(
            "report_lead",
            rated=texts.count(whole.rated), visits=texts.count(whole.visits),
            n=texts.count(whole.ratings),
            good=texts.share(report.good.value), low=texts.share(report.low.value),
        )  # fmt: skip
        if len(report.days) < 2:
            return lead
        low, unrated = (len(_past(card)) for card in (self._cards.low, self._cards.unrated))
        return f"{lead} {say('report_lead_days', low=low, unrated=unrated)}"

    def _states(self) -> Iterator[paper.Block]:
        say, report, texts = self._say, self._view.report, self._texts
        visits = report.all.visits
        found = [(state, report.by_state.get(state, 0)) for state in STATES]
        if not any(n for _, n in found):
            return
        yield self._heading("report_states")
        names = ("report_state", "legend_visits", "report_share", "report_interval")
        shares, numbers = (0.34, 0.14, 0.26, 0.26), frozenset({1, 2, 3})
        yield paper.Cells(tuple(map(say, names)), shares, numbers, is_head=True)
        for state, n in found:
            share = Tally(n, visits).share()
            cells = (
                say(f"state_{state}"), texts.count(n), texts.share(share.value), texts.span(share),
            )  # fmt: skip
            yield paper.Cells(cells, shares, numbers)

    # charts

    def _trends(self) -> Iterator[paper.Block]:
        report, texts, cards = self._view.report, self._texts, self._cards
        yield paper.NewPage()
        yield self._heading("report_trends")
        for card, describe in (
            (cards.low, partial(texts.of_low, report.low_trend)),
            (cards.unrated, partial(texts.of_unrated, report.unrated_trend)),
        ):
            yield self._pictures(card, size=_TREND)
            yield from self._flagged(_past(card), describe)
        yield self._pictures(cards.taken, size=_TREND)

    def _flagged(
        self, places: Sequence[int], describe: Callable[[int], Hint]
    ) -> Iterator[paper.Block]:
        """Say of days past a limit what the screen's card says of them, the latest first."""
        if not places:
            return
        say = self._say
        yield paper.Words(say("report_flagged"), Size.SMALL, Role.MUTED, after=0, leads=True)
        for place in places[::-1][:_MOST_FLAGGED]:
            hint = describe(place)
            facts = f"{hint.facts[0]} · {hint.facts[2]}"
            cells, shares = (hint.title, hint.value, facts), (0.24, 0.1, 0.66)
            yield paper.Cells(cells, shares, frozenset({1}), bold=frozenset({1}))
        more = len(places) - _MOST_FLAGGED
        if more > 0:
            yield paper.Words(say("report_flagged_more", n=more), Size.SMALL, Role.MUTED)
        yield self._gap()

    def _within(self) -> Iterator[paper.Block]:
        cards = self._cards
        yield paper.NewPage()
        yield self._heading("report_service")
        yield self._pictures(cards.hours, size=QSize(_WIDE, 290))
        yield self._pictures(cards.steps, size=QSize(_WIDE, 340))
        if self._view.report.taken.median.n >= self._view.rules.least_n:
            high = cards.times.chart.sizeHint().height() + 2 * Space.XL
            yield self._pictures(cards.times, size=QSize(_WIDE, high))

    def _between(self) -> Iterator[paper.Block]:
        report, cards, view = self._view.report, self._cards, self._view
        pictures = []
        shown = min(
            sum(point.standing is not None for point in funnel.points)
            for funnel in (report.low_by_staff, report.unrated_by_staff)
        )
        if shown >= _LEAST_CLERKS:
            pictures.append(self._pictures(cards.low_staff, cards.unrated_staff, size=_PAIR))
        if sum(bar.count for bar in report.reasons) >= view.rules.least_n:
            pictures.append(self._pictures(cards.reasons, size=QSize(_WIDE, 250)))
        if pictures:
            yield paper.NewPage()
            yield self._heading("report_between")
            yield from pictures
        if shown < _LEAST_CLERKS and not view.office_codes:  # of others' staff nobody is told
            few = self._say("report_few_clerks", least=_LEAST_CLERKS)
            yield paper.Words(few, Size.SMALL, Role.MUTED)

    def _appendix(self) -> Iterator[paper.Block]:
        say = self._say
        yield paper.NewPage()
        yield self._heading("report_appendix")
        for name, how in _MEANINGS:
            yield paper.Cells((say(name), say(how)), (0.26, 0.74), bold=frozenset({0}))

    # parts

    def _heading(self, key: str) -> paper.Words:
        return paper.Words(
            self._say(key), Size.TITLE, bold=True, before=Space.XL, after=Space.S, leads=True
        )

    def _gap(self) -> paper.Words:
        return paper.Words("", after=Space.M)

    def _pictures(
        self, *cards: ChartCard, size: QSize | None = None, has_note: bool = True
    ) -> paper.Pictures:
        parts = []
        for card in cards:
            chart = card.chart
            room = QSize(_WIDE, chart.sizeHint().height()) if size is None else size
            chart.resize(room)
            title = chart.accessibleName()
            parts.append(paper.Picture(title, chart.draw, room, card.note() if has_note else ""))
        return paper.Pictures(tuple(parts))


def _past(card: ChartCard) -> list[int]:
    """The days that are shown past a limit of chance, oldest first."""
    chart = card.chart
    assert isinstance(chart, TrendChart)
    return sorted(place for place, shape in chart.shapes().items() if shape is Shape.DIAMOND)
