"""Draws every widget of the look, in its states, to PNG files for people to look at.

    python -m build_scripts.gallery OUT_DIR

Pages (counter, signs, forms, desk, panel, reasons), light and dark, zh_CN and en, at 1366x768 and
1920x1080. The scale factor is Qt's: `QT_SCALE_FACTOR=1.5` draws the pages of a 150 % screen.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from build_scripts.gallery_words import ZH
from ui.screens import look
from ui.screens.look import Kind, Light, Role, Size, Space, Tone

SIZES = (QSize(1366, 768), QSize(1920, 1080))

Words = Callable[[str], str]


def counter_page(tr: Words) -> QWidget:
    """Return a counter window's layout."""
    page, column = _page()
    top = QWidget()
    top.setProperty("look", "header")
    head = _row(top, margin=Space.M)
    search = look.SearchBox(tr("Card, phone, name or scan"))
    search.set_input_method_words("ABC", "中")
    head.addWidget(search, 1)
    state = QVBoxLayout()
    state.setSpacing(Space.XS)
    state.addWidget(
        look.StatusLight(Light.READY, tr("Ready offline: 46 of 52 expected guests covered"))
    )
    state.addWidget(look.Text(tr("Li Na · morning shift"), size=Size.SMALL, ink=Role.MUTED))
    head.addLayout(state)
    column.addWidget(top)
    body = QHBoxLayout()
    body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
    body.setSpacing(Space.L)
    member = look.MemberCard()
    member.set_member(_member(tr))
    body.addWidget(member, 1)
    centre = QVBoxLayout()
    centre.setSpacing(Space.M)
    offline = look.Banner(
        Tone.CAUTION,
        tr("Working without the network"),
        tr("Earning and redeeming go on; 12 entries will be sent later."),
        dismissible=True,
    )
    offline.set_close_words(tr("Close"))
    centre.addWidget(offline)
    entries = look.EntryList()
    entries.set_entries(_entries(tr))
    centre.addWidget(entries, 1)
    proposal = look.ProposalBar()
    proposal.set_proposal(
        tr("Earn 1,240 points, CA1501 today"),
        tr("Earn"),
        note=tr("Guaranteed when sent; pending until then"),
        icon="plane",
    )
    centre.addWidget(proposal)
    foot = QHBoxLayout()
    foot.addStretch(1)
    foot.addWidget(look.Chip(tr("12 waiting, oldest 4 min")))
    centre.addLayout(foot)
    body.addLayout(centre, 2)
    column.addLayout(body, 1)
    bar = look.KeyBar()
    bar.set_keys(
        [
            look.KeyHint("F2", tr("Earn"), leads=True),
            look.KeyHint("F3", tr("Redeem")),
            look.KeyHint("F4", tr("Retro-claim")),
            look.KeyHint("F6", tr("Matter")),
            look.KeyHint("F8", tr("Reprint or undo"), enabled=False, why=tr("Find a member first")),
            look.KeyHint("F9", tr("Hand over")),
            look.KeyHint("F12", tr("Finish")),
        ]
    )
    column.addWidget(bar)
    page.setFocusProxy(search)
    return page


def signs_page(tr: Words) -> QWidget:
    """Return buttons, chips, lights and banners in their states."""
    page, column = _page(Space.L)
    for row in (_buttons(tr), _chips(tr)):
        column.addLayout(row)
    banners = QGridLayout()
    banners.setSpacing(Space.S)
    hint = tr("Put in a roll, then press F8; the slip is kept.")
    risk = tr("Redeem online, or ask the duty manager.")
    for index, (tone, title, detail, action) in enumerate(
        (
            (Tone.INFO, "Sent: 12 entries", "", ""),
            (Tone.POSITIVE, "Reward confirmed", "", tr("Details")),
            (Tone.CAUTION, "The printer is out of paper", hint, tr("Details")),
            (Tone.CRITICAL, "This office is past its risk limit", risk, ""),
        )
    ):
        key = "F8" if action else ""
        banner = look.Banner(tone, tr(title), detail, action=action, key=key)
        banners.addWidget(banner, index // 2, index % 2)
    column.addLayout(banners)
    column.addStretch(1)
    notice = look.Notice(page)
    notice.set_bottom_gap(Space.L)
    notice.show_text(tr("Reward confirmed"), duration_ms=600_000)
    return page


def forms_page(tr: Words) -> QWidget:
    """Return fields, a search with results, and a search without."""
    page, column = _page(Space.L)
    search = look.SearchBox(tr("Card, phone, name or scan"))
    search.set_text("zxm")
    search.set_clear_words(tr("Clear"))
    column.addWidget(search)
    columns = QHBoxLayout()
    columns.setSpacing(Space.L)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setWidget(_form(tr))
    columns.addWidget(scroll, 1)
    results = look.ResultList()
    results.set_results(_results(tr))
    columns.addWidget(results, 2)
    columns.addWidget(
        look.ResultList(tr("Nobody by that name"), tr("Try the last four digits of the phone.")),
        1,
    )
    column.addLayout(columns, 1)
    page.setFocusProxy(results)
    return page


def desk_page(tr: Words) -> QWidget:
    """Return a manager's desk."""
    page, column = _page(Space.L)
    body = QHBoxLayout()
    body.setSpacing(Space.L)
    cases = look.CaseList()
    cases.set_cases(_cases(tr))
    cases.step(1)
    body.addWidget(cases, 2)
    case = look.Card(tr("Low rating at window 3"))
    case.header.addWidget(look.Badge(tr("Customer waiting"), tone=Tone.CRITICAL))
    case.body.addWidget(look.StatusLight(Light.CRITICAL, tr("Very dissatisfied")))
    reasons = tr("Reasons: waiting time, attitude. The customer chose to wait.")
    case.body.addWidget(look.Paragraph(reasons))
    case.body.addStretch(1)
    step = look.Button(tr("I am on my way"), kind=Kind.PRIMARY, key="Enter", large=True)
    case.body.addWidget(step, 0, Qt.AlignmentFlag.AlignLeft)
    body.addWidget(case, 3)
    tiles = QVBoxLayout()
    tiles.setSpacing(Space.M)
    definition = tr("Ratings of 4 or 5 over all ratings")
    for label, figure, n in (
        ("Good rate today", "94%", "n = 48"),
        ("Unrated today", "31%", "n = 70"),
        ("Late promises", "2", "n = 17"),
    ):
        tiles.addWidget(look.StatTile(tr(label), figure, n, definition=definition))
    tiles.addStretch(1)
    body.addLayout(tiles, 1)
    column.addLayout(body, 1)
    page.setFocusProxy(cases)
    return page


def panel_page(tr: Words) -> QWidget:
    """Return the customer's question."""
    page, column = _page(Space.XL)
    column.setSpacing(Space.L)
    head = QHBoxLayout()
    head.addWidget(
        look.Text(tr("Window 3") + " · " + tr("Clerk 0417"), size=Size.TITLE, ink=Role.MUTED), 1
    )
    head.addWidget(look.TouchButton("English", kind=Kind.QUIET, icon="languages"))
    column.addLayout(head)
    question = look.Paragraph(
        tr("How was the service at window 3?"), size=Size.FIGURE, bold=True, centred=True
    )
    column.addWidget(question)
    labels = {
        5: tr("Very satisfied"),
        4: tr("Satisfied"),
        3: tr("Fairly satisfied"),
        2: tr("Dissatisfied"),
        1: tr("Very dissatisfied"),
    }
    faces = look.FaceRow(labels)
    faces.set_choice(2)
    column.addWidget(faces, 3)
    column.addWidget(look.TouchButton(tr("No, thanks")))
    return page


def reasons_page(tr: Words) -> QWidget:
    """Return the one screen that may follow a low rating."""
    page, column = _page(Space.XL)
    column.setSpacing(Space.L)
    column.addStretch(1)
    reasons = QHBoxLayout()
    for index, reason in enumerate(("Waiting time", "Competence", "Attitude")):
        button = look.TouchButton(tr(reason), checkable=True)
        button.setChecked(index == 1)
        reasons.addWidget(button, 1)
    column.addLayout(reasons)
    column.addStretch(1)
    call = look.TouchButton(tr("Please call somebody now"), kind=Kind.PRIMARY, icon="bell-ring")
    column.addWidget(call)
    foot = QHBoxLayout()
    for words in ("I'll wait", "Call me", "Not now"):
        foot.addWidget(look.TouchButton(tr(words)), 1)
    column.addLayout(foot)
    return page


PAGES = {
    "counter": counter_page,
    "signs": signs_page,
    "forms": forms_page,
    "desk": desk_page,
    "panel": panel_page,
    "reasons": reasons_page,
}


def _page(margin: int = 0) -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    page.setProperty("look", "surface")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(page)
    column.setContentsMargins(margin, margin, margin, margin)
    column.setSpacing(margin)
    return page, column


def _row(parent: QWidget, *, margin: int) -> QHBoxLayout:
    row = QHBoxLayout(parent)
    row.setContentsMargins(margin, margin, margin, margin)
    row.setSpacing(Space.L)
    return row


def _buttons(tr: Words) -> QLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.S)
    grid.setVerticalSpacing(Space.S)
    kinds = (
        (Kind.PRIMARY, "Finish and rate", "F12", ""),
        (Kind.SECONDARY, "Redeem", "F3", "gift"),
        (Kind.QUIET, "Cancel", "Esc", ""),
        (Kind.DANGER, "Write off", "", "circle-x"),
    )
    for column, (kind, text, key, icon) in enumerate(kinds):
        for state in ("rest", "hover", "down", "off"):
            button = look.Button(tr(text), kind=kind, key=key, icon=icon)
            button.setEnabled(state != "off")
            button.setDown(state == "down")
            button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, state == "hover")
            grid.addWidget(button, ("rest", "hover", "down", "off").index(state), column)
    grid.addWidget(look.Button(tr("Next step"), kind=Kind.PRIMARY, key="Enter", large=True), 0, 4)
    narrow = look.Button(tr("A very long label that has no room to stand in full"), key="F7")
    narrow.setMaximumWidth(220)
    grid.addWidget(narrow, 1, 4)
    caps = QHBoxLayout()
    for key in ("F2", "F12", "Enter", "Esc"):
        caps.addWidget(look.KeyCap(key))
    caps.addStretch(1)
    grid.addLayout(caps, 2, 4)
    grid.setColumnStretch(5, 1)
    return grid


def _chips(tr: Words) -> QLayout:
    signs = QHBoxLayout()
    signs.setSpacing(Space.M)
    signs.addWidget(look.Chip(tr("12 waiting, oldest 4 min")))
    signs.addWidget(look.Chip(tr("12 waiting, oldest 4 min"), tone=Tone.CAUTION))
    for tone in Tone:
        signs.addWidget(look.Badge(tr("Gold"), tone=tone))
    signs.addStretch(1)
    lights = QHBoxLayout()
    lights.setSpacing(Space.XL)
    for light, words in (
        (Light.READY, "Ready"),
        (Light.CAUTION, "Replica is 3 hours old"),
        (Light.CRITICAL, "No path to a duty manager"),
        (Light.OFFLINE, "Offline"),
    ):
        lights.addWidget(look.StatusLight(light, tr(words)))
    lights.addStretch(1)
    both = QVBoxLayout()
    both.setSpacing(Space.M)
    both.addLayout(signs)
    both.addLayout(lights)
    return both


def _form(tr: Words) -> QWidget:
    form = look.Card(tr("Details"), spacing=Space.L)
    form.body.addWidget(look.FormField(tr("Phone number"), placeholder=tr("11 digits")))
    wrong = look.FormField(tr("Phone number"))
    wrong.set_text("138001380")
    wrong.set_error(tr("That number has 9 digits; a mobile number has 11."))
    form.body.addWidget(wrong)
    pin = look.PinField(tr("PIN"))
    pin.set_text("2468")
    form.body.addWidget(pin)
    choice = QComboBox()
    choice.addItem(tr("Boarding pass"))
    form.body.addWidget(look.FormField(tr("Purpose"), editor=choice))
    tick = QCheckBox(tr("Print a slip"))
    tick.setChecked(True)
    form.body.addWidget(tick)
    form.body.addStretch(1)
    return form


def _member(tr: Words) -> look.MemberView:
    return look.MemberView(
        name=tr("Z** Xiaoming"),
        tier=tr("Gold"),
        card="6225 •••• 4417",
        points=48_260,
        points_caption=tr("points to spend"),
        pending=tr("+1,240 pending"),
        expiry=tr("3,000 expire on 31 December"),
        matter=tr("Delayed bag, answer due 16:00"),
        preference=tr("Prefers an aisle seat near the front"),
        tier_tone=Tone.CAUTION,
    )


def _entries(tr: Words) -> list[look.Entry]:
    earned, lounge = tr("Earned, CA1501 Beijing – Shanghai"), tr("Lounge visit")
    return [
        look.Entry("1", "scan-line", tr("Member found by boarding pass"), "10:24"),
        look.Entry("2", "plane", earned, "10:24", "+1,240", tr("Waiting to be sent"), Tone.NEUTRAL),
        look.Entry(
            "3",
            "gift",
            lounge,
            "10:25",
            "−8,000",
            tr("Guaranteed by this counter"),
            Tone.POSITIVE,
        ),
        look.Entry("4", "gift", lounge, "10:26", "−8,000", tr("Not possible now"), Tone.CRITICAL),
    ]


def _results(tr: Words) -> list[look.Result]:
    apart = (tr("card …4417"), tr("phone …0032"), tr("Shenyang"), tr("last here 3 Nov"))
    name, matched = tr("Z** Xiaoming"), tr("name")
    return [
        look.Result("1", name, apart, tr("Gold"), matched, Tone.CAUTION),
        look.Result("2", name, (tr("card …4417"), tr("Shenyang")), tr("Silver"), matched),
        look.Result("3", name, (tr("phone …0032"),), "", matched),
    ]


def _cases(tr: Words) -> list[look.CaseView]:
    waiting, new = tr("Customer waiting"), tr("New")
    low, lower = tr("Dissatisfied"), tr("Very dissatisfied")
    return [
        look.CaseView("1", tr("Window 3"), tr("4 min"), Light.CRITICAL, lower, waiting, new),
        look.CaseView(
            "2", tr("Window 7"), tr("11 min"), Light.CAUTION, low, "", tr("Acknowledged by Wang")
        ),
        look.CaseView(
            "3",
            tr("Window 1"),
            tr("32 min"),
            Light.READY,
            tr("Settled"),
            "",
            tr("Told the customer"),
        ),
    ]


def main(arguments: list[str]) -> int:
    """Draw all pages into the folder named by the one argument."""
    if len(arguments) != 1:
        print("usage: python -m build_scripts.gallery OUT_DIR", file=sys.stderr)
        return 2
    out = Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    scale = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    for language in ("zh_CN", "en"):
        words = ZH if language == "zh_CN" else {}
        for mode in look.Mode:
            look.apply(app, mode, language=language)
            for name, make in PAGES.items():
                for size in SIZES:
                    page = make(lambda text, words=words: words.get(text, text))  # type: ignore[misc]
                    page.setFixedSize(round(size.width() / scale), round(size.height() / scale))
                    page.show()
                    page.activateWindow()
                    (page.focusProxy() or page).setFocus()
                    app.processEvents()
                    path = out / f"{name}-{mode}-{language}-{size.width()}x{size.height()}.png"
                    page.grab().save(str(path))
                    page.close()
                    page.deleteLater()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
