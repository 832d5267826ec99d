"""The look: one small design system for the counter, the panel and the manager's desk.

Screens import from here alone and name roles, never colours, px or fonts. Widgets hold no words
of their own: every text comes from the caller, translated. Each widget has an accessible name,
works by keyboard, and elides with a tooltip rather than being cut. Windows bind the F-keys;
widgets only show them.

Set up once, and again to switch at run time::

    apply(app, "light", language="zh_CN")         # or "dark"; 'zh_TW', 'en'
    app.setWindowIcon(app_icon())

Words::

    Text(text, *, size=Size.BODY, ink=Role.TEXT, bold, tabular, elides=True)   one line
    Paragraph(text, *, size, ink, bold, centred)                               wraps
    both: setText, text() (always the whole), set_ink(role)

Buttons (`clicked`)::

    Button(text, *, kind=Kind.SECONDARY, key="F3", icon="gift", large=False)
    KeyCap(key);  KeyBar(): set_keys([KeyHint(key, label, enabled, why, leads)]),
        set_enabled(key, enabled, why), press(key) -> bool; signal triggered(str key)

Inputs::

    SearchBox(placeholder): text, set_text, clear, set_busy, set_input_method(on),
        set_input_method_words(off, on), set_clear_words; signals text_changed(str),
        submitted(str), step_requested(int), input_method_changed(bool)
    FormField(label, *, hint, placeholder, editor=None): text, set_text, set_error, set_label,
        set_hint, .editor; signals text_changed(str), submitted()
    PinField(label, *, hint, max_digits=12): FormField + take() -> str

State::

    Badge(text, *, tone=Tone.NEUTRAL): set_badge(text, tone)
    Chip(text, *, icon, tone): set_text(text, tone), '' hides; signal clicked()
    StatusLight(light=Light.OFFLINE, text): set_state(light, text, detail)
    Banner(tone, title, detail, *, action, key, dismissible): show_message(...), clear();
        signals action_triggered(), dismissed()
    Notice(window): show_text(text, tone, duration_ms=4000)
    EmptyState(icon, title, hint, *, action, key): set_state(...); signal action_triggered()

Cards::

    Card(title, *, spacing): .header (QHBoxLayout), .body (QVBoxLayout), set_title
    MemberCard(empty_title, empty_hint, *, empty_icon): set_member(MemberView | None),
        set_empty(icon, title, hint)
    StatTile(label, figure, n_text, *, definition): set_figure(figure, n_text, interval), set_words

Lists (all: current_id, current, select(id), step(rows), choose() -> bool, .empty;
signals current_changed(str), chosen(str))::

    ResultList(empty_title, empty_hint): set_results([Result(...)])
    EntryList(empty_title, empty_hint): set_entries([Entry(...)]), add_entry(Entry)
    CaseList(empty_title, empty_hint): set_cases([CaseView(...)]);  CaseRow(): set_case
    ProposalBar(): set_proposal(sentence, accept, *, key="Enter", note, icon), clear(),
        accept() -> bool; signal accepted()

The panel::

    FaceRow({1: label, .. 5: label}): set_labels, set_choice(level | None); signal chosen(int)
    FaceButton(level, label): set_label, set_choice(bool); signal chosen(int)
    TouchButton(text, *, kind, icon, checkable=False); signals clicked(bool), toggled(bool)
    panel_size(size, screen), px_per_mm(screen)

Charts are in `look.charts`, which says what there is.

Sound::

    AlarmSound(parent): ring(every_ms=3000), stop(), is_ringing(), play_once()
"""

from ui.screens.look.alarm_sound import AlarmSound
from ui.screens.look.buttons import Button, FreshPressButton, Kind
from ui.screens.look.cards import Card, MemberCard, MemberView, StatTile
from ui.screens.look.faces import FaceButton, FaceRow, draw_face
from ui.screens.look.fonts import font
from ui.screens.look.icons import Icon, app_icon, icon, icon_pixmap
from ui.screens.look.inputs import FormField, PinField, SearchBox
from ui.screens.look.key_bar import KeyBar, KeyHint
from ui.screens.look.key_caps import KeyCap
from ui.screens.look.lists import (
    CaseList,
    CaseRow,
    CaseView,
    Entry,
    EntryList,
    ProposalBar,
    Result,
    ResultList,
)
from ui.screens.look.messages import Banner, Notice
from ui.screens.look.roles import Mode, Role, Size, Space, Tone
from ui.screens.look.status import Badge, Chip, EmptyState, Light, StatusLight
from ui.screens.look.text import Paragraph, Text
from ui.screens.look.theme import apply, colour, mode, repolish
from ui.screens.look.touch import TouchButton, panel_size, px_per_mm

__all__ = [
    "AlarmSound",
    "Badge",
    "Banner",
    "Button",
    "Card",
    "CaseList",
    "CaseRow",
    "CaseView",
    "Chip",
    "EmptyState",
    "Entry",
    "EntryList",
    "FaceButton",
    "FaceRow",
    "FormField",
    "FreshPressButton",
    "Icon",
    "KeyBar",
    "KeyCap",
    "KeyHint",
    "Kind",
    "Light",
    "MemberCard",
    "MemberView",
    "Mode",
    "Notice",
    "Paragraph",
    "PinField",
    "ProposalBar",
    "Result",
    "ResultList",
    "Role",
    "SearchBox",
    "Size",
    "Space",
    "StatTile",
    "StatusLight",
    "Text",
    "Tone",
    "TouchButton",
    "app_icon",
    "apply",
    "colour",
    "draw_face",
    "font",
    "icon",
    "icon_pixmap",
    "mode",
    "panel_size",
    "px_per_mm",
    "repolish",
]
