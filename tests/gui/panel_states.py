"""Every state of the panel and the desk, one after another, for checks and pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from typing import Any
from uuid import UUID

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.case import STAGES, Step, after
from app.domain.errors import Unavailable
from app.domain.events import CallWish, CustomerYes, Proof
from app.domain.office_time import local_day
from app.domain.records import Appeal, Case, CaseFact, CaseNote
from app.domain.texts import Texts
from app.services import commands as c
from app.services.listening_views import ListeningView
from app.services.views import AppealView, ChangeKind
from tests.fakes.core import START_MS, FakeCore
from tests.gui.desk_core import FIGURES, DeskCore, case, exception
from tests.gui.figure_days import followed, office_days
from tests.gui.listening_pages import listening_page
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.qt.speech import Speech
from ui.screens.desk import DeskScreen
from ui.screens.rating_panel import RatingPanelWindow
from ui.screens.rating_panel_pictures import PanelPictures
from ui.screens.rating_panel_rating import RatingPage
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import PanelTimes

_PATIENT = PanelTimes(*[600_000] * 9)

LINK = "HTTPS://RATE.EXAMPLE.COM/R/" + "A7" * 82 + "A"


class AtOnce(CommandRunner):
    """Runs commands in the call, so that states follow each other without waiting."""

    def run(
        self, command: c.Command, done: Callable[[Any], None], failed: Callable[[Any], None]
    ) -> None:
        done(self._execute(command))


def panel_states(
    language: str,
    width: int,
    height: int,
    *,
    speech: Speech | None = None,
    says_all: bool = False,
    pictures: PanelPictures | None = None,
    texts: Texts | None = None,
) -> Iterator[tuple[str, RatingPanelWindow]]:
    """Yield the panel in each of its states, shown."""
    core = FakeCore()
    core.sign_in()
    runner = AtOnce(core.execute)
    notifier = ChangeNotifier(core.subscribe)
    panel = RatingPanelViewModel(runner, core.queries, notifier, times=_PATIENT)
    window = RatingPanelWindow(
        panel, language=language, speech=speech, says_all=says_all, pictures=pictures
    )
    window.words.put(texts or {})
    window.resize(width, height)
    window.show()
    yield "idle", window
    encounter = core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
    QApplication.processEvents()
    yield "serving", window
    question = core.execute(c.RequestRedemption(encounter.encounter_id, 1, Proof.CARD))
    panel.ask_redemption(question)
    yield "confirm", window
    panel.say_yes()
    result = core.execute(c.ConfirmRedemption(question.redemption_id, CustomerYes.PANEL))
    panel.show_outcome(result)
    yield "outcome", window
    panel.ask_redemption(question)
    panel.say_yes()
    panel.show_outcome(replace(result, voucher="GV1" + "A7" * 206))
    yield "voucher", window
    panel.close_voucher()
    panel.invite(core.execute(c.FinishEncounter(encounter.encounter_id)))
    QApplication.processEvents()
    assert isinstance(window.current_page(), RatingPage)
    yield "rating", window
    panel.choose(5)
    yield "good", window
    panel.choose(1)
    panel.toggle_reason("attitude")
    yield "low", window
    panel.wish(CallWish.NOW)
    yield "called", window
    panel.write_comment()
    panel.set_text("mei you ren li wo, deng le 40 fen zhong")
    yield "comment", window
    panel.stop_writing()
    panel.wish(CallWish.CALL_ME)
    yield "phone", window
    panel.finish()
    yield "thanks", window
    encounter = core.execute(c.IdentifyMember(UUID(int=2), Proof.CARD))
    QApplication.processEvents()
    panel.invite(replace(core.execute(c.FinishEncounter(encounter.encounter_id)), link=LINK))
    panel.choose(4)
    panel.finish()
    yield "thanks_phone", window
    encounter = core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
    QApplication.processEvents()
    panel.invite(replace(core.execute(c.FinishEncounter(encounter.encounter_id)), link=LINK))
    panel.decline()
    yield "goodbye_phone", window
    yield from _unlucky_states(core, panel, window)
    window.leave()
    runner.close()


def _unlucky_states(
    core: FakeCore, panel: RatingPanelViewModel, window: RatingPanelWindow
) -> Iterator[tuple[str, RatingPanelWindow]]:
    """Yield what the panel shows where something isn't to be had."""
    encounter = core.execute(c.IdentifyMember(UUID(int=3), Proof.CARD))
    QApplication.processEvents()
    question = core.execute(c.RequestRedemption(encounter.encounter_id, 1, Proof.CARD))
    panel.ask_redemption(question)
    panel.say_yes()
    yield "booking", window
    panel.show_failure(Unavailable("disk_full", "no space left"))
    yield "refused", window
    core.online = False
    core.announce(ChangeKind.READINESS)
    panel.invite(core.execute(c.FinishEncounter(encounter.encounter_id)))
    QApplication.processEvents()
    panel.choose(2)
    yield "no_path", window
    panel.wish(CallWish.WAIT)
    panel.finish()
    yield "thanks_number", window


def _listening(
    core: DeskCore, desk: DeskViewModel, screen: DeskScreen
) -> Iterator[tuple[str, QWidget]]:
    """Yield the page of listening, with a reminder over the desk before it."""
    session = core.queries.session()
    assert session is not None
    core.desk_view = replace(core.desk_view, listening=listening_page(session.staff_id))
    core.announce(ChangeKind.CASES)
    QApplication.processEvents()
    yield "reminded", screen
    screen.to_listening.click()
    QApplication.processEvents()
    yield "listening", screen
    desk.listening.select(UUID(int=801))
    desk.listening.act()
    QApplication.processEvents()
    yield "listening_act", screen
    desk.listening.select(UUID(int=901))
    desk.listening.choose("not_done")
    QApplication.processEvents()
    yield "listening_check", screen
    screen.pages.listening.left.emit()
    core.desk_view = replace(core.desk_view, listening=ListeningView())


def desk_states(
    language: str, width: int, height: int, *, to_settle: int = 24
) -> Iterator[tuple[str, QWidget]]:
    """Yield the desk in each of its states, shown; the last with `to_settle` exceptions."""
    QLocale.setDefault(QLocale(language))
    core = DeskCore()
    core.desk_view = replace(core.desk_view, figures=FIGURES)
    runner = AtOnce(core.execute)
    notifier = ChangeNotifier(core.subscribe)
    desk = DeskViewModel(runner, core.queries, notifier, now_ms=lambda: START_MS)
    screen = DeskScreen(desk)
    screen.resize(width, height)
    screen.show()
    yield "empty", screen
    long = "Nobody looked at me for forty minutes, and then the window closed."
    note = CaseNote(START_MS, "赵敏", "Spoke with the customer; the bag comes tonight.")
    core.show(
        case(1, 4, call="now", comment=long, member_name="张伟"),
        case(
            2,
            9,
            score=2,
            source="phone",
            state="acknowledged",
            acknowledged_by="赵敏",
            notes=(note,),
        ),
        _closed_after_all(case(3, 60, score=2)),
        exceptions=(
            exception(50),
            exception(51, entry_type="AccrualRecorded", code="already_earned", points=1_240),
        ),
    )
    QApplication.processEvents()
    desk.select_case(UUID(int=1))
    yield "new", screen
    desk.select_case(UUID(int=2))
    yield "taken", screen
    desk.select_case(UUID(int=3))
    yield "closed", screen
    desk.select_exception(UUID(int=51))
    yield "exception", screen
    desk.select_case(UUID(int=1))
    core.online = False
    core.announce(ChangeKind.READINESS)
    QApplication.processEvents()
    yield "offline", screen
    core.online = True
    core.announce(ChangeKind.READINESS)
    QApplication.processEvents()
    desk.report_sound(False)
    desk.silence()
    yield "silenced_no_sound", screen
    desk.report_sound(True)
    _crowd(core, to_settle)
    QApplication.processEvents()
    desk.select_case(UUID(int=44))
    yield "full", screen
    desk.select_exception(UUID(int=500))
    yield "full_exception", screen
    screen.figures.to_board.click()
    QApplication.processEvents()
    yield "board", screen
    screen.board.left.emit()
    core.desk_view = replace(core.desk_view, appeals=_appeals())
    core.announce(ChangeKind.CASES)
    QApplication.processEvents()
    yield "appeals_wait", screen
    screen.figures.to_appeals.click()
    QApplication.processEvents()
    yield "appeals", screen
    screen.appeals.left.emit()
    yield from _listening(core, desk, screen)
    core.days_counted = office_days(local_day(START_MS, "Asia/Shanghai"), 10, visits_a_day=200)
    core.followed = followed()
    screen.to_charts.click()
    QApplication.processEvents()
    yield "figures", screen
    screen.close()
    runner.close()


def _closed_after_all(shown: Case) -> Case:
    """A case that has come all the way."""
    steps = (Step("advanced", shown.opened_ms, "赵敏", stage) for stage in STAGES[1:])
    facts = tuple(
        CaseFact(UUID(int=7_000 + at), field, value, shown.opened_ms + at * 600_000, "王强")
        for at, (field, value) in enumerate(
            (("told_by", "phone"), ("told_by", "letter"), ("handling", "coordination"))
        )
    )
    shown = replace(shown, facts=facts)
    return reduce(after, (*steps, Step("closed", START_MS, "赵敏", "resolved")), shown)


def _appeals() -> tuple[AppealView, ...]:
    """Three that wait; of the last the manager served the visit."""
    words = "The customer's little boy pressed the red face; she laughed and said it was fine."
    return tuple(
        AppealView(
            Appeal(
                UUID(int=8_000 + n),
                UUID(int=8),
                UUID(int=9_000 + n),
                f"A{n}",
                UUID(int=n),
                "李娜",
                f"100{n}",
                START_MS - 7_200_000,
                START_MS - n * 600_000,
                words,
                n,
                ("attitude", "efficiency"),
                phones=((2, ("attitude",)), (4, ())) if n == 1 else (),
            ),
            is_own=n == 3,
        )
        for n in (1, 2, 3)
    )


def _crowd(core: DeskCore, to_settle: int) -> None:
    """Show 50 cases, the last seven of them late complaints, and a list to settle."""
    calls = ("now", "", "wait", "call_me")
    many = [case(n, 3 + n // 2, score=1 + n % 2, call=calls[n % 4]) for n in range(1, 6)]
    taken = {"state": "acknowledged", "acknowledged_by": "赵敏"}
    late_by = {"department": "行李部", "owner": "李娜"}
    many += [case(n, 20 + n, **taken) for n in range(6, 44)]
    late = {"origin": "matter", "score": None, "reasons": (), "topic": "行李 · Baggage"}
    for n in range(44, 51):
        number, due_ms = f"PEK01-{n:04}", START_MS - 3_600_000
        many.append(case(n, 400, number=number, due_ms=due_ms, **late_by, **late))
    codes = ("over_limit", "already_earned", "unknown_staff", "malformed", "card_taken")
    kinds = ("RedemptionGranted", "AccrualRecorded", "EncounterOpened", "CardReplaced")
    core.show(
        *many,
        exceptions=tuple(
            exception(500 + n, code=codes[n % 5], entry_type=kinds[n % 4]) for n in range(to_settle)
        ),
    )
