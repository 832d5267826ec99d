"""What each widget of the look does under keys, clicks, scans and a change of theme."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.legibility import cut_texts
from ui.screens import look
from ui.screens.look.fonts import families, font, line_height_px
from ui.screens.look.resources import RESOURCES

ENTER, LEFT = Qt.Key.Key_Return, Qt.MouseButton.LeftButton
LABELS = {level: str(level) for level in range(1, 6)}


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> None:
    look.apply(qapp, "light", language="en")


def shown(qtbot: QtBot, widget: QWidget, width: int = 400, height: int = 200) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()


def held(widget: QWidget, key: Qt.Key) -> None:
    """Send one repeat of a key that is held down."""
    nothing = Qt.KeyboardModifier.NoModifier
    event = QKeyEvent(QEvent.Type.KeyPress, key, nothing, "", True)
    QApplication.sendEvent(widget, event)


def test_theme_switches_at_run_time(qtbot: QtBot, qapp: QApplication) -> None:
    label = look.Text("Points", ink=look.Role.TEXT)
    page = look.Card()
    page.body.addWidget(label)
    shown(qtbot, page)
    grounds = []
    for mode in look.Mode:
        look.apply(qapp, mode)
        assert look.mode() is mode
        picture = page.grab().toImage()
        grounds.append(picture.pixelColor(picture.width() // 2, picture.height() - 20).name())
        assert label.palette().windowText().color() == look.colour(look.Role.TEXT)
    assert grounds == [look.roles.ROLES[look.Role.RAISED].light, "#1b1e25"]


def test_an_unknown_mode_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="sepia"):
        look.apply(qapp, "sepia")


def test_language_chooses_letters_and_line_height() -> None:
    assert families("zh_TW", "win32")[1] == "Microsoft JhengHei UI"
    assert families("zh_CN", "win32") == ("Segoe UI", "Microsoft YaHei UI")
    assert families("en", "darwin")[-1] == "PingFang SC"
    assert families("zh_CN", "freebsd14") == families("zh_CN", "linux")
    assert line_height_px(15, "zh_CN") == 24
    assert line_height_px(15, "en") < 24


def test_tabular_figures_have_one_width(qtbot: QtBot) -> None:
    ones, eights = look.Text("1111", tabular=True), look.Text("8888", tabular=True)
    qtbot.addWidget(ones)
    qtbot.addWidget(eights)
    assert ones.sizeHint() == eights.sizeHint()


def test_a_focused_button_shows_it(qtbot: QtBot) -> None:
    page = QWidget()
    button = look.Button("Redeem")
    button.setParent(page)
    button.setGeometry(20, 20, 140, 40)
    other = look.Button("Other")
    other.setParent(page)
    other.setGeometry(20, 100, 140, 40)
    shown(qtbot, page)
    page.activateWindow()
    for target, expected in ((button, True), (other, False)):
        target.setFocus()
        qtbot.waitUntil(target.hasFocus)
        picture = button.grab().toImage()
        edge = picture.pixelColor(1, picture.height() // 2)
        assert (edge == look.colour(look.Role.FOCUS)) is expected


def test_enter_presses_once_however_long_it_is_held(qtbot: QtBot) -> None:
    button = look.Button("Earn", key="Enter")
    shown(qtbot, button)
    presses: list[int] = []
    button.clicked.connect(lambda: presses.append(1))
    qtbot.keyClick(button, ENTER)
    held(button, ENTER)
    held(button, Qt.Key.Key_Space)
    assert len(presses) == 1
    assert not button.autoDefault()


def test_key_bar_obeys_the_enabled_state(qtbot: QtBot) -> None:
    bar = look.KeyBar()
    bar.set_keys([look.KeyHint("F2", "Earn"), look.KeyHint("F3", "Redeem", False, "No member")])
    shown(qtbot, bar, 600, 64)
    with qtbot.waitSignal(bar.triggered) as caught:
        assert bar.press("F2")
    assert caught.args == ["F2"]
    with qtbot.assertNotEmitted(bar.triggered):
        assert not bar.press("F3")
        assert not bar.press("F11")
    bar.set_enabled("F3", True)
    assert bar.press("F3")
    with pytest.raises(KeyError):
        bar.set_enabled("F11", True)


def test_key_bar_works_by_mouse_and_takes_no_focus(qtbot: QtBot) -> None:
    bar = look.KeyBar()
    bar.set_keys([look.KeyHint("F2", "Earn")])
    bar.set_keys([look.KeyHint("F2", "Earn points"), look.KeyHint("F9", "Hand over")])
    shown(qtbot, bar, 600, 64)
    with qtbot.waitSignal(bar.triggered) as caught:
        place = bar.childAt(450, 32)
        assert place is not None
        qtbot.mouseClick(place, LEFT)
    assert caught.args == ["F9"]
    assert place.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_search_box_speaks_for_the_keys(qtbot: QtBot) -> None:
    box = look.SearchBox("Card, phone or name")
    shown(qtbot, box, 600, 52)
    assert not box.input_method()
    steps: list[int] = []
    box.step_requested.connect(steps.append)
    qtbot.keyClicks(box.edit, " zxm ")
    qtbot.keyClick(box.edit, Qt.Key.Key_Down)
    qtbot.keyClick(box.edit, Qt.Key.Key_PageUp)
    with qtbot.waitSignal(box.submitted) as caught:
        qtbot.keyClick(box.edit, ENTER)
    assert caught.args == ["zxm"]
    assert steps == [1, -5]
    with qtbot.assertNotEmitted(box.submitted):
        held(box.edit, ENTER)
    with qtbot.waitSignal(box.input_method_changed):
        box.set_input_method(True)


def test_form_field_takes_its_error_back_on_typing(qtbot: QtBot) -> None:
    field = look.FormField("Phone number", hint="11 digits")
    shown(qtbot, field)
    field.set_error("That number has 9 digits.")
    assert field.editor.accessibleDescription() == "That number has 9 digits."
    qtbot.keyClicks(field.editor, "1")
    assert field.error() == ""
    assert field.editor.accessibleName() == "Phone number"
    with qtbot.waitSignal(field.submitted):
        qtbot.keyClick(field.editor, ENTER)


def test_pin_field_takes_digits_only_and_gives_them_once(qtbot: QtBot) -> None:
    pin = look.PinField("PIN", max_digits=4)
    shown(qtbot, pin)
    qtbot.keyClicks(pin.editor, "1a2b345")
    assert pin.take() == "1234"
    assert pin.take() == ""


def test_banner_and_chip_hide_when_they_have_nothing_to_say(qtbot: QtBot) -> None:
    banner, chip = look.Banner(), look.Chip()
    for widget in (banner, chip):
        qtbot.addWidget(widget)
        assert widget.isHidden()
    banner.show_message(look.Tone.CAUTION, "No paper", "Put in a roll.", action="Print")
    chip.set_text("12 waiting")
    assert not banner.isHidden()
    assert not chip.isHidden()
    banner.clear()
    assert banner.isHidden()


def test_notice_goes_by_itself_and_lets_clicks_through(qtbot: QtBot) -> None:
    window = QWidget()
    notice = look.Notice(window)
    shown(qtbot, window, 600, 400)
    notice.show_text("Saved", duration_ms=1)
    assert window.childAt(notice.geometry().center()) is None
    qtbot.waitUntil(notice.isHidden)


@pytest.mark.parametrize("light", list(look.Light))
def test_each_light_has_a_shape_of_its_own(qtbot: QtBot, light: look.Light) -> None:
    """Told apart with every colour taken away."""
    shapes = {}
    for each in look.Light:
        status = look.StatusLight(each, "")
        shown(qtbot, status, 60, 30)
        picture = status.grab().toImage().convertToFormat(QImage.Format.Format_Mono)
        shapes[each] = bytes(picture.constBits())
    assert [each for each in look.Light if shapes[each] == shapes[light]] == [light]


def test_member_card_says_everything(qtbot: QtBot) -> None:
    card = look.MemberCard("Nobody yet", "Scan or type")
    shown(qtbot, card, 320, 400)
    view = look.MemberView("Z** Ming", "Gold", "•• 4417", 1_048_260, "points", matter="Lost bag")
    card.set_member(view)
    words = [label.text() for label in card.findChildren(look.Text) if label.isVisible()]
    assert "1,048,260" in words
    assert card.accessibleName() == "Z** Ming, Gold"
    matter = next(p for p in card.findChildren(look.Paragraph) if p.text() == "Lost bag")
    assert matter.isVisible()
    card.set_member(None)
    assert not matter.isVisible()


def results(*ids: str) -> list[look.Result]:
    return [look.Result(each, f"Name {each}", (f"card {each}",)) for each in ids]


def test_results_are_walked_while_the_box_keeps_the_focus(qtbot: QtBot) -> None:
    found = look.ResultList("Nobody")
    shown(qtbot, found, 400, 300)
    assert not found.choose()
    found.set_results(results("a", "b", "c"))
    assert found.current_id() == "a"
    found.step(1)
    found.step(5)
    assert found.current_id() == "c"
    found.step(-9)
    assert found.current_id() == "a"
    with qtbot.waitSignal(found.chosen) as caught:
        assert found.choose()
    assert caught.args == ["a"]


def test_new_results_select_the_best_and_reuse_rows(qtbot: QtBot) -> None:
    found = look.ResultList()
    shown(qtbot, found, 400, 300)
    found.set_results(results("a", "b", "c"))
    rows = len(found.findChildren(QWidget))
    found.step(2)
    found.set_results(results("x", "c"))
    assert found.current_id() == "x"
    assert len(found.findChildren(QWidget)) == rows
    found.set_results([])
    assert found.current() is None


def test_a_row_is_chosen_by_mouse_and_by_its_own_keys(qtbot: QtBot) -> None:
    cases = look.CaseList("All quiet")
    shown(qtbot, cases, 400, 400)
    view = look.CaseView("7", "Window 3", "4 min", look.Light.CRITICAL, "Very dissatisfied")
    other = look.CaseView("8", "Window 5", "1 min", look.Light.CAUTION, "Dissatisfied")
    cases.set_cases([view, other])
    assert cases.current_id() == ""
    cases.setFocus()
    qtbot.keyClick(cases, Qt.Key.Key_Down)
    assert cases.current_id() in {"7", "8"}
    qtbot.keyClick(cases, Qt.Key.Key_End)
    with qtbot.waitSignal(cases.chosen) as caught:
        qtbot.keyClick(cases, ENTER)
    assert caught.args == ["8"]
    cases.set_cases([other, view])
    assert cases.current_id() == "8"
    first = next(row for row in cases.findChildren(look.CaseRow) if row.row_id == "7")
    qtbot.mouseClick(first, LEFT, pos=QPoint(5, 5))
    assert cases.current_id() == "7"


def test_an_entry_changes_in_place(qtbot: QtBot) -> None:
    entries = look.EntryList()
    shown(qtbot, entries, 400, 300)
    entries.add_entry(look.Entry("1", "plane", "Earned", state="Waiting to be sent"))
    entries.add_entry(look.Entry("2", "gift", "Redeemed"))
    entries.add_entry(look.Entry("1", "plane", "Earned", state="Guaranteed"))
    assert [view.state for view in entries.views()] == ["Guaranteed", ""]


def test_a_growing_list_keeps_its_end_in_sight(qtbot: QtBot) -> None:
    entries = look.EntryList()
    shown(qtbot, entries, 400, 150)
    for index in range(12):
        entries.add_entry(look.Entry(str(index), "plane", f"Entry {index}"))
    shown_texts = entries.findChildren(look.Paragraph)
    last = next(text for text in shown_texts if text.text() == "Entry 11")
    qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())


def test_a_proposal_is_accepted_only_while_there_is_one(qtbot: QtBot) -> None:
    bar = look.ProposalBar()
    qtbot.addWidget(bar)
    with qtbot.assertNotEmitted(bar.accepted):
        assert not bar.accept()
    bar.set_proposal("Earn 1,240 points", "Earn")
    with qtbot.waitSignal(bar.accepted):
        assert bar.accept()
    bar.clear()
    assert not bar.accept()


def test_a_face_answers_in_the_next_frame_and_once(qtbot: QtBot) -> None:
    row = look.FaceRow(LABELS)
    shown(qtbot, row, 900, 300)
    face = row.faces[2]
    resting = face.grab().toImage()
    qtbot.mousePress(face, LEFT)
    assert face.grab().toImage() != resting
    levels: list[int] = []
    row.chosen.connect(levels.append)
    qtbot.mouseRelease(face, LEFT)
    assert levels == [2]
    qtbot.waitUntil(lambda: face.grab().toImage() == resting, timeout=30_000)


def test_a_press_dragged_off_a_face_counts_for_nothing(qtbot: QtBot) -> None:
    row = look.FaceRow(LABELS)
    shown(qtbot, row, 900, 300)
    face = row.faces[1]
    with qtbot.assertNotEmitted(row.chosen):
        qtbot.mousePress(face, LEFT)
        qtbot.mouseRelease(face, LEFT, pos=QPoint(-50, -50))


def test_no_face_is_preselected_and_all_look_equally_inviting(qtbot: QtBot) -> None:
    row = look.FaceRow(LABELS)
    shown(qtbot, row, 900, 300)
    sizes = {(face.width(), face.height()) for face in row.faces.values()}
    edges = {face.grab().toImage().pixelColor(0, 100).name() for face in row.faces.values()}
    assert len({height for _, height in sizes}) == 1
    assert max(w for w, _ in sizes) - min(w for w, _ in sizes) <= 1
    assert len(edges) == 1


def test_the_ring_on_a_face_shows_for_those_who_came_by_key(qtbot: QtBot) -> None:
    row = look.FaceRow(LABELS)
    shown(qtbot, row, 900, 300)
    row.activateWindow()
    face = row.faces[3]
    resting = face.grab().toImage()
    face.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
    qtbot.waitUntil(face.hasFocus)
    assert face.grab().toImage() == resting
    row.faces[4].setFocus()
    face.setFocus(Qt.FocusReason.TabFocusReason)
    assert face.grab().toImage() != resting


def test_faces_differ_by_mouth_alone(qtbot: QtBot) -> None:
    """Same in every colour, still five different drawings."""
    drawings = set()
    for level in LABELS:
        picture = QImage(100, 100, QImage.Format.Format_ARGB32)
        picture.fill(QColor("white"))
        painter = QPainter(picture)
        look.draw_face(painter, level, picture.rect().toRectF())
        painter.end()
        ink = look.colour(look.Role.FACE_INK)
        drawings.add(
            tuple(
                picture.pixelColor(x, y) == ink for x in range(0, 100, 3) for y in range(55, 95, 3)
            )
        )
    assert len(drawings) == 5


def test_a_face_outside_the_scale_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(ValueError, match="6"):
        look.FaceButton(6, "Ecstatic")


def test_icons_follow_the_role_and_unknown_ones_are_refused() -> None:
    picture = look.icon_pixmap("check", look.Role.CRITICAL, 24, ratio=2.0).toImage()
    assert picture.width() == 48
    colours = {picture.pixelColor(x, y).name() for x in range(48) for y in range(48)}
    assert look.colour(look.Role.CRITICAL).name() in colours
    with pytest.raises(FileNotFoundError):
        look.icon_pixmap("no-such-icon", look.Role.TEXT)


def test_the_icons_licence_is_kept() -> None:
    assert "ISC License" in (RESOURCES / "icons" / "LICENSE").read_text("utf-8")
    assert not look.app_icon().isNull()


def test_every_icon_named_in_the_look_is_there() -> None:
    source = Path(look.__file__).parent
    text = "".join(path.read_text("utf-8") for path in source.glob("*.py"))
    for name in ("search", "x", "flag", "calendar-clock", "circle-check", "octagon-alert"):
        assert name in text
        assert (RESOURCES / "icons" / f"{name}.svg").is_file()


def test_another_language_reaches_fonts_and_line_heights(qtbot: QtBot, qapp: QApplication) -> None:
    paragraph, text, edit = look.Paragraph("积分"), look.Text("积分"), QLineEdit()
    for widget in (paragraph, text, edit):
        qtbot.addWidget(widget)
        widget.show()
    for language in ("zh_CN", "en"):
        look.apply(qapp, "light", language=language)
        QApplication.processEvents()
        fresh, fresh_text = look.Paragraph("积分"), look.Text("积分")
        qtbot.addWidget(fresh)
        qtbot.addWidget(fresh_text)
        assert QLabel.text(paragraph) == QLabel.text(fresh), "the other language's line height"
        assert text.font().families() == fresh_text.font().families()
        assert edit.font().families() == font().families()


def test_why_an_entry_waits_is_said_in_full(qtbot: QtBot) -> None:
    entries = look.EntryList(flush=True)
    qtbot.addWidget(entries)
    why = "The member had been credited for this flight already, by pass or by typing."
    entries.set_entries([look.Entry("1", "gift", "Points earned · CA1999", why, state="A manager")])
    entries.resize(320, 400)
    entries.show()
    qtbot.waitExposed(entries)
    qtbot.waitUntil(lambda: cut_texts(entries) == [])
