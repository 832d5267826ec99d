"""The customer's panel: every path through it, with a core that answers, refuses or is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import Rejected, Unavailable
from app.domain.events import CallWish, Proof, RatingState
from app.domain.stray_presses import PressSource
from app.services import commands as c
from app.services.views import ChangeKind, RatingInvitation, RatingStatus, RedemptionToConfirm
from tests.fakes.core import FakeCore
from tests.gui.panel_states import LINK
from ui.qt.change_notifier import ChangeNotifier
from ui.qt.command_runner import CommandRunner
from ui.screens import look
from ui.screens.look.code_picture import CodePicture
from ui.screens.rating_panel import RatingPanelWindow
from ui.screens.rating_panel_keyboard import PanelKeyboard
from ui.screens.rating_panel_voucher import VoucherPage
from ui.viewmodels.counter import CounterViewModel
from ui.viewmodels.rating_panel import RatingPanelViewModel
from ui.viewmodels.rating_panel_pages import Page, PanelTimes
from ui.viewmodels.rating_panel_serving import READ_MS

PATIENT = PanelTimes(
    change=60_000,
    invitation=60_000,
    details=60_000,
    writing=60_000,
    confirm=60_000,
    passing=60_000,
    voucher=60_000,
    thanks=60_000,
)
DISK_FULL = Unavailable("disk_full", "no space left")


class PanelCore(FakeCore):
    """A FakeCore that ends invitations as the real one does."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.broken = False

    def execute(self, command: c.Command) -> object:
        rating = (c.RecordRating, c.AddRatingDetail, c.CloseInvitation)
        if self.broken and isinstance(command, rating):
            self.calls.append(command)
            raise DISK_FULL
        return super().execute(command)

    def _RecordRating(self, command: c.RecordRating) -> RatingStatus:
        if self._encounter is not None:
            raise Rejected("invitation_closed", "superseded")
        self._invitation = None
        return RatingStatus(command.encounter_id, RatingState.RATED)


@dataclass
class Stage:
    """A counter and its panel on one core."""

    core: PanelCore
    runner: CommandRunner
    counter: CounterViewModel
    panel: RatingPanelViewModel
    window: RatingPanelWindow
    clock: list[float]
    qtbot: QtBot

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=30_000)

    def until_page(self, page: Page) -> None:
        self.until(lambda: self.panel.page is page)

    def settle(self) -> None:
        self.until(lambda: not self.runner.busy)
        QApplication.processEvents()

    def widget(self, name: str) -> QWidget:
        found = [w for w in self.window.findChildren(QWidget, name) if w.isVisible()]
        assert len(found) == 1, f"{name}: {len(found)} visible"
        return found[0]

    def tap(self, name: str) -> None:
        self.clock[0] += 1_000  # a person, not a bouncing finger
        self.qtbot.mouseClick(self.widget(name), Qt.MouseButton.LeftButton)

    def serve(self, number: int = 1) -> UUID:
        view = self.core.execute(c.IdentifyMember(UUID(int=number), Proof.CARD))
        self.until(lambda: self.counter.encounter is not None)
        QApplication.processEvents()
        assert self.counter.encounter is not None
        assert self.counter.encounter == view
        return self.counter.encounter.encounter_id

    def finish(self) -> RatingInvitation:
        self.counter.press("F12")
        self.until_page(Page.RATING)
        assert self.panel.invitation is not None
        return self.panel.invitation

    def ask(self, reward: int = 1) -> RedemptionToConfirm:
        self.counter.press("F3")
        self.counter.submit(str(reward), None)
        self.until_page(Page.CONFIRM)
        assert self.panel.question is not None
        return self.panel.question


MakeStage = Callable[..., Stage]


@pytest.fixture
def make_stage(qtbot: QtBot, qapp: QApplication) -> Iterator[MakeStage]:
    look.apply(qapp, "light", language="en")
    made: list[Stage] = []

    def make(times: PanelTimes = PATIENT, language: str = "en") -> Stage:
        core = PanelCore()
        core.sign_in()
        clock = [10_000.0]
        runner = CommandRunner(core.execute)
        notifier = ChangeNotifier(core.subscribe)
        counter = CounterViewModel(runner, core.queries, notifier)
        panel = RatingPanelViewModel(
            runner, core.queries, notifier, times=times, now_ms=lambda: clock[0]
        )
        window = RatingPanelWindow(panel, language=language, now_ms=lambda: clock[0])
        qtbot.addWidget(window)
        redemption = counter.redemption
        counter.invited.connect(panel.invite)
        redemption.asked.connect(panel.ask_redemption)
        redemption.withdrawn.connect(panel.withdraw)
        redemption.settled.connect(panel.show_outcome)
        redemption.failed.connect(panel.show_failure)
        panel.said_yes.connect(redemption.say_yes)
        panel.said_no.connect(redemption.say_no)
        panel.unanswered.connect(redemption.say_nothing)
        window.resize(1024, 600)
        window.show()
        stage = Stage(core, runner, counter, panel, window, clock, qtbot)
        made.append(stage)
        return stage

    yield make
    for stage in made:
        stage.runner.close()


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


# ------------------------------------------------------------------- serving and spending


def test_what_the_programme_named_is_named_in_the_customers_language(stage: Stage) -> None:
    stage.core.names = {"zh_TW": {"北京国贸售票处": "北京國貿售票處"}}

    def said() -> set[str]:
        return {label.text() for label in stage.window.current_page().findChildren(look.Paragraph)}

    stage.tap("language_zh_CN")
    assert "北京国贸售票处" in said()
    stage.tap("language_zh_TW")
    assert "北京國貿售票處" in said()


def test_it_greets_then_shows_window_and_clerk(stage: Stage) -> None:
    assert stage.panel.page is Page.IDLE
    stage.serve()
    stage.until_page(Page.SERVING)
    page = stage.window.current_page()
    texts = {label.text() for label in page.findChildren(look.Paragraph)}
    assert "You are being served by clerk 1001" in texts
    assert not any("张" in text for text in texts)  # never the customer's name


def test_with_nobody_signed_in_it_names_no_clerk(stage: Stage) -> None:
    """So a PC starts again whose power went while somebody was served."""
    stage.serve()
    stage.until_page(Page.SERVING)
    stage.core._session = None
    stage.core.announce(ChangeKind.SESSION)
    stage.until(lambda: stage.panel.session is None)
    texts = {label.text() for label in stage.window.current_page().findChildren(look.Paragraph)}
    assert not any("served" in text for text in texts)


def test_a_yes_books_and_says_so(stage: Stage) -> None:
    stage.serve()
    question = stage.ask()
    stage.tap("yes")
    stage.until_page(Page.OUTCOME)
    (confirmed,) = stage.core.commands(c.ConfirmRedemption)
    assert confirmed.redemption_id == question.redemption_id
    assert stage.panel.outcome is not None
    assert stage.panel.outcome.points == 3_000


VOUCHER = "GV1" + "A7" * 206


def show_voucher(stage: Stage) -> None:
    stage.core.voucher_text = VOUCHER
    stage.serve()
    stage.ask()
    stage.tap("yes")
    stage.until_page(Page.VOUCHER)


def touch(stage: Stage) -> None:
    page = stage.window.current_page()
    stage.qtbot.mouseClick(page, Qt.MouseButton.LeftButton)


def test_a_voucher_without_paper_is_shown_until_a_touch(stage: Stage) -> None:
    show_voucher(stage)
    page = stage.window.current_page()
    assert isinstance(page, VoucherPage)
    assert len(page.code._rows) == 65 + 2 * 4
    assert page.code.module_px() >= 5, "a telephone reads it from an arm's length"
    touch(stage)
    assert stage.panel.page is Page.SERVING
    assert stage.panel.outcome is None


def test_a_key_for_yes_says_that_the_voucher_is_photographed(stage: Stage) -> None:
    show_voucher(stage)
    pages = []
    for yes, read_ms in ((True, 0), (False, READ_MS), (True, READ_MS)):
        stage.panel._asked_ms -= read_ms
        stage.panel.answer_by_key(yes)
        pages.append(stage.panel.page)
    assert pages == [Page.VOUCHER, Page.VOUCHER, Page.SERVING], "the key that said yes was held"


def test_the_rating_waits_until_the_voucher_is_photographed(stage: Stage) -> None:
    show_voucher(stage)
    stage.counter.press("F12")
    stage.settle()
    assert not stage.panel.invitation
    touch(stage)
    assert stage.panel.page is Page.RATING
    assert stage.panel.invitation is not None


def test_nobody_else_sees_a_voucher(stage: Stage) -> None:
    show_voucher(stage)
    stage.counter.press("F12")
    stage.settle()
    stage.serve(2)
    stage.settle()
    assert stage.panel.page is Page.SERVING
    touch(stage)
    assert stage.panel.page is Page.SERVING, "who was invited is gone"


def test_a_voucher_nobody_touches_goes_by_itself(make_stage: MakeStage) -> None:
    stage = make_stage(replace(PATIENT, voucher=2_000))
    show_voucher(stage)
    stage.until_page(Page.SERVING)


def test_two_taps_on_yes_are_one(stage: Stage) -> None:
    stage.serve()
    stage.ask()
    yes = stage.widget("yes")
    stage.qtbot.mouseClick(yes, Qt.MouseButton.LeftButton)
    stage.panel.say_yes()
    stage.panel.say_no()
    stage.until_page(Page.OUTCOME)
    assert len(stage.core.commands(c.ConfirmRedemption)) == 1
    assert stage.core.commands(c.DeclineRedemption) == []


def test_a_no_spends_nothing(stage: Stage) -> None:
    stage.serve()
    stage.ask()
    stage.tap("no")
    stage.settle()
    assert stage.panel.page is Page.SERVING
    assert stage.core.commands(c.ConfirmRedemption) == []
    assert len(stage.core.commands(c.DeclineRedemption)) == 1


def test_no_answer_spends_nothing_and_is_told_as_such(make_stage: MakeStage) -> None:
    stage = make_stage(PanelTimes(confirm=50))
    stage.serve()
    stage.counter.press("F3")
    stage.counter.submit("1", None)
    stage.until(lambda: len(stage.core.commands(c.DeclineRedemption)) == 1)
    assert stage.panel.page is Page.SERVING
    assert stage.counter.said is not None
    assert stage.counter.said.code == "no_answer"


def test_a_withdrawn_question_takes_no_answer(stage: Stage) -> None:
    stage.serve()
    stage.ask()
    stage.counter.back()
    stage.settle()
    assert stage.panel.page is Page.SERVING
    stage.panel.say_yes()
    stage.settle()
    assert stage.core.commands(c.ConfirmRedemption) == []


def test_a_failed_booking_says_that_nothing_was_spent(stage: Stage) -> None:
    stage.serve()
    stage.ask()
    stage.core.refuse_next = Unavailable("disk_full", "no space left")
    stage.tap("yes")
    stage.until_page(Page.OUTCOME)
    assert stage.panel.outcome is None


# ------------------------------------------------------------------- rating


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_each_face_is_recorded_before_anybody_is_thanked(stage: Stage, level: int) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.tap(f"face_{level}")
    assert stage.panel.page is Page.RATING  # no thanks before the commit
    stage.until_page(Page.DETAILS)
    assert stage.core.commands(c.RecordRating) == [c.RecordRating(encounter_id, level)]
    stage.tap("done")
    stage.until_page(Page.THANKS)


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_a_keypad_rates(stage: Stage, level: int) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.panel.press_key(level)
    stage.until_page(Page.DETAILS)
    assert stage.core.commands(c.RecordRating) == [c.RecordRating(encounter_id, level)]


@pytest.mark.parametrize("key", [-1, 0, 6, 9])
def test_other_keys_mean_nothing(stage: Stage, key: int) -> None:
    stage.serve()
    stage.finish()
    stage.panel.press_key(key)
    stage.settle()
    assert stage.panel.page is Page.RATING
    assert stage.core.commands(c.RecordRating) == []


def test_presses_outside_an_invitation_belong_to_nobody(stage: Stage) -> None:
    def press_everything() -> None:
        for number in range(1, 6):
            stage.panel.press_key(number)
        stage.panel.decline()
        stage.panel.toggle_reason("attitude")
        stage.panel.wish(CallWish.NOW)
        stage.panel.write_comment()
        stage.panel.set_text("hello")
        stage.panel.finish()
        stage.qtbot.mouseClick(stage.window, Qt.MouseButton.LeftButton, pos=QPoint(500, 300))
        stage.settle()

    press_everything()
    stage.serve()
    press_everything()
    stage.ask()
    press_everything()
    stage.tap("no")
    stage.settle()
    rated = (c.RecordRating, c.AddRatingDetail, c.CloseInvitation)
    assert not any(isinstance(call, rated) for call in stage.core.calls)
    stage.finish()
    assert stage.panel.answer.choice is None  # nothing is preselected by what came before
    stage.panel.strays.keep()
    stage.settle()
    kept = {call.source: call.presses for call in stage.core.commands(c.RecordStrayPresses)}
    # At rest and while somebody is served; over a question about points they are part of it
    assert kept == {"keypad": 10, "touch": 2}


def test_a_hundred_presses_outside_a_question_are_one_entry_of_who_was_here(stage: Stage) -> None:
    assert stage.panel.session is not None
    session_id = stage.panel.session.session_id
    for number in range(100):
        stage.clock[0] += 100
        stage.panel.press_key(1 + number % 5)
    stage.core.execute(c.SignOut())
    stage.until(lambda: stage.panel.session is None)
    stage.settle()
    (kept,) = stage.core.commands(c.RecordStrayPresses)
    assert kept == c.RecordStrayPresses(
        PressSource.KEYPAD, 100, 9_900, 9_900, is_stuck=False, session_id=session_id
    )


def test_a_key_that_was_pressed_before_the_question_does_not_answer_it(stage: Stage) -> None:
    stage.serve()
    for _ in range(5):
        stage.clock[0] += 300
        stage.panel.press_key(5)
    stage.finish()
    for _ in range(5):
        stage.clock[0] += 300
        stage.panel.press_key(5)
    assert stage.panel.answer.choice is None
    stage.clock[0] += 800  # a pause: now it means something
    stage.panel.press_key(5)
    assert stage.panel.answer.choice == 5


def test_a_key_that_sticks_is_told_of_without_waiting(stage: Stage) -> None:
    for _ in range(61):
        stage.clock[0] += 500
        stage.panel.strays.note_key(3)
    stage.until(lambda: len(stage.core.commands(c.RecordStrayPresses)) == 1)
    (told,) = stage.core.commands(c.RecordStrayPresses)
    assert (told.is_stuck, told.presses) == (True, 0)


def test_a_mind_may_change_and_both_are_kept(stage: Stage) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.tap("face_1")
    stage.until_page(Page.DETAILS)
    stage.tap("reason_rules")
    stage.tap("change_4")
    stage.settle()
    assert stage.core.commands(c.RecordRating) == [
        c.RecordRating(encounter_id, 1),
        c.RecordRating(encounter_id, 4),
    ]
    assert stage.panel.answer.choice == 4
    assert not stage.panel.answer.is_low


def test_after_the_window_the_face_stands(make_stage: MakeStage) -> None:
    stage = make_stage(PanelTimes(change=40, details=60_000))
    stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    stage.until(lambda: not stage.panel.can_change)
    chips = [w for w in stage.window.findChildren(QWidget) if w.objectName().startswith("change_")]
    assert [chip.objectName() for chip in chips if chip.isVisible()] == ["change_2"]
    stage.panel.press_key(5)
    stage.settle()
    assert len(stage.core.commands(c.RecordRating)) == 1


def test_a_double_tap_is_one_press_and_ticks_nothing_below(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    face = stage.widget("face_3")
    where = face.mapToGlobal(face.rect().center())
    stage.qtbot.mouseClick(face, Qt.MouseButton.LeftButton)
    stage.qtbot.mouseDClick(face, Qt.MouseButton.LeftButton)
    stage.until_page(Page.DETAILS)
    QApplication.processEvents()
    stage.clock[0] += 120
    below = stage.window.childAt(stage.window.mapFromGlobal(where))
    assert below is not None
    local = below.mapFromGlobal(where)
    stage.qtbot.mouseClick(below, Qt.MouseButton.LeftButton, pos=local)
    stage.settle()
    assert len(stage.core.commands(c.RecordRating)) == 1
    assert stage.panel.answer.reasons == ()
    assert stage.panel.page is Page.DETAILS


def test_reasons_go_with_the_rating(stage: Stage) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    for name in ("reason_efficiency", "reason_attitude", "reason_rules", "reason_rules"):
        stage.tap(name)
    stage.tap("done")
    stage.until_page(Page.THANKS)
    (detail,) = stage.core.commands(c.AddRatingDetail)
    assert detail == c.AddRatingDetail(encounter_id, ("attitude", "efficiency"), "", None)


def test_no_thanks_declines(stage: Stage) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.tap("no_thanks")
    stage.until_page(Page.THANKS)
    assert stage.core.commands(c.CloseInvitation) == [
        c.CloseInvitation(encounter_id, RatingState.DECLINED)
    ]
    assert stage.core.commands(c.RecordRating) == []


def test_nobody_there_times_out_and_is_never_a_rating(make_stage: MakeStage) -> None:
    stage = make_stage(PanelTimes(invitation=40))
    encounter_id = stage.serve()
    stage.counter.press("F12")
    stage.until(lambda: len(stage.core.commands(c.CloseInvitation)) == 1)
    stage.until_page(Page.IDLE)
    assert stage.core.commands(c.CloseInvitation) == [
        c.CloseInvitation(encounter_id, RatingState.TIMED_OUT)
    ]
    assert stage.core.commands(c.RecordRating) == []


def test_walking_off_keeps_what_was_ticked(make_stage: MakeStage) -> None:
    stage = make_stage(PanelTimes(invitation=60_000, details=300, thanks=60_000))
    encounter_id = stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    stage.tap("reason_attitude")
    stage.until_page(Page.THANKS)
    (detail,) = stage.core.commands(c.AddRatingDetail)
    assert detail == c.AddRatingDetail(encounter_id, ("attitude",), "", None)


def test_no_reset_in_the_middle_of_typing(make_stage: MakeStage) -> None:
    stage = make_stage(PanelTimes(details=600, writing=60_000))
    stage.serve()
    stage.finish()
    stage.tap("face_1")
    stage.until_page(Page.DETAILS)
    stage.panel.write_comment()
    for character in "too slow":
        stage.tap("key_space" if character == " " else f"key_{character}")
    with stage.qtbot.assertNotEmitted(stage.panel.page_changed, wait=700):
        pass  # longer than the details' patience
    assert stage.panel.page is Page.COMMENT
    assert stage.panel.answer.comment == "too slow"
    stage.tap("key_delete")
    stage.tap("written_done")
    stage.until_page(Page.THANKS)
    assert stage.core.commands(c.AddRatingDetail)[-1].comment == "too slo"


def test_what_was_written_and_left_is_kept(make_stage: MakeStage) -> None:
    stage = make_stage(PanelTimes(details=60_000, writing=200, thanks=60_000))
    stage.serve()
    stage.finish()
    stage.tap("face_1")
    stage.until_page(Page.DETAILS)
    stage.tap("comment")
    stage.tap("key_h")
    stage.tap("key_i")
    stage.until_page(Page.THANKS)
    assert stage.core.commands(c.AddRatingDetail)[-1].comment == "hi"


def test_a_comment_never_grows_past_what_the_core_takes(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    stage.tap("face_1")
    stage.until_page(Page.DETAILS)
    stage.panel.write_comment()
    stage.panel.set_text("x" * 5_000)
    stage.panel.stop_writing()
    stage.panel.wish(CallWish.CALL_ME)
    stage.panel.set_text("1" * 5_000)
    stage.panel.finish()
    stage.until_page(Page.THANKS)
    assert 480 <= len(stage.core.commands(c.AddRatingDetail)[-1].comment) <= 500


# ------------------------------------------------------------------- somebody is called


def test_calling_somebody_is_sent_at_once(stage: Stage) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.tap("face_1")
    stage.until_page(Page.DETAILS)
    stage.tap("call_now")
    stage.until(lambda: stage.panel.is_called)
    assert stage.core.commands(c.AddRatingDetail) == [
        c.AddRatingDetail(encounter_id, (), "", CallWish.NOW)
    ]
    assert not stage.widget("call_now").isEnabled()
    stage.tap("reason_attitude")
    stage.tap("done")
    stage.until_page(Page.THANKS)
    assert stage.core.commands(c.AddRatingDetail)[-1].call is CallWish.NOW


@pytest.mark.parametrize(("name", "wish"), [("wait", CallWish.WAIT), ("not_now", CallWish.NO)])
def test_calmer_wishes(stage: Stage, name: str, wish: CallWish) -> None:
    stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    stage.tap(name)
    stage.settle()
    assert [detail.call for detail in stage.core.commands(c.AddRatingDetail)] == [wish]


def test_call_me_asks_for_a_number(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    stage.tap("call_me")
    stage.until_page(Page.PHONE)
    for digit in "138":
        stage.tap(f"key_{digit}")
    stage.tap("written_done")
    stage.until_page(Page.DETAILS)
    stage.settle()
    last = stage.core.commands(c.AddRatingDetail)[-1]
    assert (last.call, last.comment) == (CallWish.CALL_ME, "138")


@pytest.mark.parametrize("size", [(800, 480), (1280, 800), (1920, 1080), (800, 1280)])
def test_no_key_moves_from_under_the_finger_after_the_first_frame(
    stage: Stage, size: tuple[int, int]
) -> None:
    stage.window.resize(*size)
    stage.serve()
    stage.finish()
    stage.tap("face_4")
    stage.until_page(Page.DETAILS)
    stage.panel.write_comment()
    keyboard = stage.window.findChild(PanelKeyboard)
    assert isinstance(keyboard, PanelKeyboard)
    assert keyboard.height() >= keyboard.minimumSizeHint().height()
    names = ("key_q", "key_a", "key_z", "key_space")
    first = [stage.widget(name).geometry() for name in names]
    assert all(above.bottom() < below.top() for above, below in pairwise(first))
    for _ in range(8):
        QApplication.processEvents()
    moved = [
        (stage.widget(name).geometry().topLeft() - place.topLeft()).manhattanLength()
        for name, place in zip(names, first, strict=True)
    ]
    assert max(moved) <= first[0].height() / 5, "a key moved from under the finger"


def away(stage: Stage) -> str:
    """What stands where somebody would be promised, were a desk within reach."""
    place = stage.widget("no_path")
    kinds = (look.Paragraph, look.Text)
    return " · ".join(w.text() for kind in kinds for w in place.findChildren(kind) if w.isVisible())


def test_with_no_desk_within_reach_nobody_is_promised(stage: Stage) -> None:
    stage.core.online = False
    stage.core.announce(ChangeKind.READINESS)
    stage.serve()
    stage.finish()
    stage.tap("face_1")
    stage.until_page(Page.DETAILS)
    assert not any(w.isVisible() for w in stage.window.findChildren(QWidget, "call_now"))
    assert "can't be reached" in away(stage)
    assert stage.core.duty_phone in away(stage)
    stage.tap("wait")
    stage.settle()
    assert stage.core.commands(c.AddRatingDetail)[-1].call is CallWish.WAIT
    stage.tap("done")
    stage.until_page(Page.THANKS)
    shown = {w.text() for w in stage.window.current_page().findChildren(look.Paragraph)}
    assert f"The duty manager's number: {stage.core.duty_phone}" in shown


def test_without_a_number_the_clerk_is_to_fetch_somebody(stage: Stage) -> None:
    stage.core.online, stage.core.duty_phone = False, ""
    stage.core.announce(ChangeKind.READINESS)
    stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    assert "person in charge" in away(stage)


def test_a_path_lost_and_found_while_the_customer_reads(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    stage.tap("face_1")
    stage.until_page(Page.DETAILS)
    stage.core.online = False
    stage.core.announce(ChangeKind.READINESS)
    stage.until(lambda: not stage.panel.can_call)
    assert stage.core.duty_phone in away(stage)
    stage.core.online = True
    stage.core.announce(ChangeKind.READINESS)
    stage.until(lambda: stage.panel.can_call)
    stage.tap("call_now")
    stage.until(lambda: stage.panel.is_called)
    stage.core.online = False
    stage.core.announce(ChangeKind.READINESS)
    stage.until(lambda: not stage.panel.alarm_path)
    assert stage.widget("call_now").isVisible(), "who was called stays called"


@pytest.mark.parametrize(("language", "is_said"), [("zh_CN", True), ("zh_TW", True), ("en", False)])
def test_the_keyboard_says_to_readers_of_chinese_what_it_can_write(
    make_stage: MakeStage, language: str, is_said: bool
) -> None:
    stage = make_stage(language=language)
    stage.serve()
    stage.finish()
    stage.tap("face_4")
    stage.until_page(Page.DETAILS)
    stage.tap("comment")
    stage.until_page(Page.COMMENT)
    shown = [w.text() for w in stage.window.current_page().findChildren(look.Paragraph)]
    assert any("拼音" in text for text in shown) is is_said


@pytest.mark.parametrize("level", [3, 4, 5])
def test_satisfied_customers_are_not_offered_a_call(stage: Stage, level: int) -> None:
    stage.serve()
    stage.finish()
    stage.tap(f"face_{level}")
    stage.until_page(Page.DETAILS)
    assert not any(w.isVisible() for w in stage.window.findChildren(QWidget, "call_now"))
    stage.panel.wish(CallWish.NOW)
    stage.settle()
    assert stage.core.commands(c.AddRatingDetail) == []


# ------------------------------------------------------------------- the next customer


def test_the_next_customer_supersedes_the_question(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    stage.serve(2)
    stage.until_page(Page.SERVING)
    stage.panel.press_key(5)
    stage.settle()
    assert stage.core.commands(c.RecordRating) == []
    assert stage.core.commands(c.CloseInvitation) == []  # the core has counted it


def test_superseded_during_a_tap(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    # The clerk's scan is committed while the finger is down, before the panel has heard of it
    stage.core.execute(c.IdentifyMember(UUID(int=2), Proof.CARD))
    stage.panel.choose(1)
    stage.settle()
    stage.until_page(Page.SERVING)
    assert stage.panel.answer.choice is None
    assert stage.core.commands(c.RecordRating)  # asked, and refused


def test_superseded_with_reasons_ticked_keeps_them(stage: Stage) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    stage.tap("reason_attitude")
    stage.serve(2)
    stage.until_page(Page.SERVING)
    stage.settle()
    (detail,) = stage.core.commands(c.AddRatingDetail)
    assert (detail.encounter_id, detail.reasons) == (encounter_id, ("attitude",))
    assert stage.panel.page is Page.SERVING  # a late answer changes nothing here


def test_presses_right_after_each_other_are_flagged(stage: Stage) -> None:
    for number, expected in ((1, ()), (2, ("repeat",))):
        stage.serve(number)
        stage.finish()
        stage.panel.choose(5)
        stage.until_page(Page.DETAILS)
        assert stage.core.commands(c.RecordRating)[-1].flags == expected
        stage.clock[0] += 4_000
    stage.clock[0] += 2_000
    stage.serve(3)
    stage.finish()
    stage.panel.choose(5)
    stage.until_page(Page.DETAILS)
    assert stage.core.commands(c.RecordRating)[-1].flags == ()


def test_one_invitation_an_encounter(stage: Stage) -> None:
    stage.serve()
    invitation = stage.finish()
    stage.tap("no_thanks")
    stage.until_page(Page.THANKS)
    stage.panel.invite(invitation)
    stage.core.announce(ChangeKind.ENCOUNTER)
    QApplication.processEvents()
    assert stage.panel.page is Page.THANKS


# ------------------------------------------------------------------- when things break


def test_a_full_disk_ends_calmly_as_device_down(stage: Stage) -> None:
    encounter_id = stage.serve()
    stage.finish()
    stage.core.refuse_next = DISK_FULL
    stage.tap("face_1")
    stage.until_page(Page.TROUBLE)
    stage.settle()
    assert stage.core.commands(c.CloseInvitation) == [
        c.CloseInvitation(encounter_id, RatingState.DEVICE_DOWN)
    ]


def test_a_core_that_records_nothing_at_all_leaves_the_panel_usable(make_stage: MakeStage) -> None:
    stage = make_stage(PanelTimes(passing=40, thanks=40, invitation=60_000))
    stage.serve()
    stage.finish()
    stage.core.broken = True
    stage.tap("face_1")
    stage.until(lambda: len(stage.core.commands(c.CloseInvitation)) == 1)
    stage.until_page(Page.IDLE)
    stage.core.broken = False
    stage.serve(2)
    stage.finish()
    stage.tap("face_5")
    stage.until_page(Page.DETAILS)


def test_a_failed_change_of_mind_goes_back_to_what_is_recorded(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    stage.core.refuse_next = Rejected("invitation_closed", "too late")
    stage.tap("change_5")
    assert stage.panel.answer.choice == 5
    stage.settle()
    assert stage.panel.answer.choice == 2
    assert stage.panel.page is Page.DETAILS


def test_lost_details_are_owned_up_to(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    stage.tap("face_2")
    stage.until_page(Page.DETAILS)
    stage.core.broken = True
    stage.tap("call_now")
    stage.until(lambda: stage.panel.detail_failed)
    assert not stage.panel.is_called
    assert stage.widget("call_now").isEnabled()  # to be asked for again
    stage.core.broken = False
    stage.tap("call_now")
    stage.until(lambda: stage.panel.is_called)
    assert not stage.panel.detail_failed


def test_nothing_is_thanked_for_while_the_disk_is_busy(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    stage.panel.choose(4)
    stage.panel.finish()
    assert stage.panel.page is Page.RATING
    stage.until_page(Page.DETAILS)


# ------------------------------------------------------------------- language and focus


def test_the_customers_language_is_the_customers_alone(make_stage: MakeStage) -> None:
    stage = make_stage(language="zh_CN")
    stage.serve()
    stage.tap("language_zh_TW")
    assert stage.window.words.code == "zh_TW"
    stage.finish()
    assert stage.window.words.code == "zh_TW"  # chosen while being served, kept for the question
    labels = [stage.widget(f"face_{level}").accessibleName() for level in (5, 4, 3, 2, 1)]
    assert labels == ["非常滿意", "滿意", "尚可", "不滿意", "非常不滿意"]
    stage.tap("language_en")
    assert stage.widget("face_5").accessibleName() == "Very satisfied"
    stage.tap("no_thanks")
    stage.until_page(Page.THANKS)
    stage.panel._on_idle()
    assert stage.window.words.code == "zh_CN"


def test_a_press_shows_in_its_own_frame(stage: Stage) -> None:
    stage.serve()
    stage.finish()
    face = stage.widget("face_4")
    before = face.grab().toImage()
    stage.qtbot.mousePress(face, Qt.MouseButton.LeftButton)
    assert face.grab().toImage() != before
    stage.qtbot.mouseRelease(face, Qt.MouseButton.LeftButton, pos=QPoint(-50, -50))
    stage.settle()
    assert stage.core.commands(c.RecordRating) == []  # slid off: not chosen


def test_taps_lose_the_clerk_not_one_keystroke(stage: Stage) -> None:
    clerk = QLineEdit()
    stage.qtbot.addWidget(clerk)
    clerk.show()
    clerk.activateWindow()
    clerk.setFocus()
    stage.until(clerk.hasFocus)
    stage.serve()
    stage.finish()
    taps = iter(
        ["face_1", "reason_attitude", "change_2", "comment", "key_h", "written_done", "done"]
    )
    text = "the quick brown fox jumps over the lazy dog 0123456789 " * 4
    for index, character in enumerate(text[:200]):
        if index % 30 == 15:
            name = next(taps)
            stage.tap(name)
            if name == "face_1":
                stage.until_page(Page.DETAILS)
        assert clerk.hasFocus()
        assert QApplication.activeWindow() is clerk
        stage.qtbot.keyClicks(QApplication.focusWidget(), character)
    assert clerk.text() == text[:200]
    stage.settle()
    assert stage.core.commands(c.AddRatingDetail)[-1].comment == "h"


def test_opening_the_panel_takes_no_focus(stage: Stage) -> None:
    flags = stage.window.windowFlags()
    assert flags & Qt.WindowType.WindowDoesNotAcceptFocus
    assert flags & Qt.WindowType.FramelessWindowHint
    assert stage.window.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)


# --- the customer's own phone


def test_thanks_show_a_code_where_the_programme_has_one(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.serve()
    invitation = stage.finish()
    stage.panel.invitation = replace(invitation, link=LINK)
    stage.tap("face_4")
    stage.until_page(Page.DETAILS)
    assert stage.panel.phone_link == "", "not while there is a question"
    stage.tap("done")
    stage.until_page(Page.THANKS)
    code = stage.widget("phone_link")
    assert isinstance(code, CodePicture)
    assert code.module_px() >= 2
    assert (code.width(), code.module_px() * 57 <= code.width()) == (code.height(), True)
    stage.serve(2)
    stage.until_page(Page.SERVING)
    assert stage.panel.phone_link == "", "it is nobody else's to scan"


def test_without_one_thanks_are_as_they_were(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.serve()
    stage.finish()
    stage.tap("no_thanks")
    stage.until_page(Page.THANKS)
    assert not [w for w in stage.window.findChildren(QWidget, "phone_link") if w.isVisible()]


def test_a_code_stands_longer_than_thanks_alone() -> None:
    core = FakeCore()
    core.sign_in()
    encounter = core.execute(c.IdentifyMember(UUID(int=1), Proof.CARD))
    invitation = core.execute(c.FinishEncounter(encounter.encounter_id))
    without = PanelTimes.of(invitation).wait_on(Page.THANKS)
    linked = PanelTimes.of(replace(invitation, link=LINK)).wait_on(Page.THANKS)
    assert without < 5_000 < 10_000 < linked


# ------------------------------------------------------------------- the screen's cable


@pytest.fixture
def unseen(make_stage: MakeStage) -> Stage:
    """A counter whose customer's screen goes while they are asked."""
    stage = make_stage()
    stage.serve()
    return stage


def test_the_question_is_asked_again_where_it_was_left(unseen: Stage) -> None:
    invitation = unseen.finish()
    unseen.panel.set_seen(False)
    assert unseen.panel.page is Page.RATING
    unseen.panel.set_seen(True)
    unseen.tap("face_2")
    unseen.until_page(Page.DETAILS)
    (rated,) = unseen.core.commands(c.RecordRating)
    assert rated == c.RecordRating(invitation.encounter_id, 2)


def test_a_rating_made_before_it_went_stays_a_rating(unseen: Stage) -> None:
    unseen.finish()
    unseen.tap("face_5")
    unseen.until_page(Page.DETAILS)
    unseen.panel.set_seen(False)
    unseen.panel._on_idle()
    unseen.until_page(Page.THANKS)
    assert len(unseen.core.commands(c.RecordRating)) == 1
    assert unseen.core.commands(c.CloseInvitation) == []


@pytest.mark.parametrize(
    ("keypad", "state"), [(False, RatingState.DEVICE_DOWN), (True, RatingState.TIMED_OUT)]
)
def test_silence_counts_as_such_only_where_one_could_answer(
    unseen: Stage, keypad: bool, state: RatingState
) -> None:
    unseen.finish()
    unseen.panel.has_keypad = keypad
    unseen.panel.set_seen(False)
    unseen.panel._on_idle()
    unseen.settle()
    (closed,) = unseen.core.commands(c.CloseInvitation)
    assert closed.state is state


def test_nobody_is_asked_about_points_where_nobody_sees(unseen: Stage) -> None:
    unseen.ask()
    unseen.panel.set_seen(False)
    unseen.until(lambda: len(unseen.core.commands(c.DeclineRedemption)) == 1)
    assert unseen.panel.page is Page.SERVING
