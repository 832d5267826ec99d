"""The one stylesheet, generated from the roles; it styles what Qt draws and we don't.

Rules speak of dynamic properties (`look`, `ink`, `tone`), not of classes, so that moving a
widget to another file never unstyles it. Letter sizes are not here: a font rule in a stylesheet
would beat `setFont` and with it tabular figures.
"""

from string import Template
from typing import Final

from ui.screens.look.resources import RESOURCES
from ui.screens.look.roles import RADIUS, ROLES, Mode, Role, Tone

_RULES: Final = Template("""
QMainWindow, QDialog, QStackedWidget, *[look="surface"] { background: $surface; }
QLabel { background: transparent; color: $text; }
QToolTip { background: $text; color: $raised; border: none; padding: 6px 8px; }

*[look="card"] { background: $raised; border: 1px solid $border; border-radius: ${radius}px; }
*[look="sunken"] { background: $sunken; border: none; border-radius: ${radius}px; }
*[look="bar"] { background: $raised; border: none; border-top: 1px solid $border; }
*[look="header"] { background: $raised; border: none; border-bottom: 1px solid $border; }
*[look="rule"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
*[look="plain"] { background: transparent; border: none; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDateEdit {
    background: $raised; color: $text; border: 1px solid $border_strong;
    border-radius: ${radius}px; padding: 7px 11px; selection-background-color: $accent;
    selection-color: $on_accent; placeholder-text-color: $muted; }
QLineEdit:hover, QPlainTextEdit:hover, QComboBox:hover, QSpinBox:hover, QDateEdit:hover {
    border-color: $muted; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus,
QDateEdit:focus { border: 2px solid $focus; padding: 6px 10px; }
QLineEdit[invalid="true"] { border: 2px solid $critical; padding: 6px 10px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QSpinBox:disabled {
    background: $sunken; color: $disabled; border-color: $border; }
QLineEdit[look="bare"] { background: transparent; border: none; padding: 0; }
*[look="search"] { background: $raised; border: 1px solid $border_strong;
    border-radius: ${radius}px; }
*[look="search"][focused="true"] { border: 2px solid $focus; }

QComboBox { padding-right: 28px; }
QComboBox::drop-down { border: none; width: 28px; }
QComboBox::down-arrow { image: url("$style/chevron.svg"); width: 16px; height: 16px;
    margin-right: 10px; }
QComboBox QAbstractItemView, QMenu { background: $raised; color: $text;
    border: 1px solid $border; padding: 4px; selection-background-color: $accent_soft;
    selection-color: $text; outline: none; }
QMenu::item { padding: 8px 24px 8px 12px; border-radius: 6px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }

QCheckBox, QRadioButton { color: $text; spacing: 8px; padding: 4px;
    border: 2px solid transparent; border-radius: ${radius}px; }
QCheckBox::indicator, QRadioButton::indicator { width: 18px; height: 18px;
    background: $raised; border: 1px solid $border_strong; border-radius: 4px; }
QRadioButton::indicator { border-radius: 10px; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
    image: url("$style/check-$mode.svg"); }
QRadioButton::indicator:checked { width: 8px; height: 8px; border: 6px solid $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $border; }
QCheckBox:focus, QRadioButton:focus { border-color: $focus; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }

QScrollArea, QAbstractScrollArea[look="plain"] { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[look="plain"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $border_strong; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QTabBar { background: transparent; border: none; }
QTabBar::tab { background: transparent; color: $muted; padding: 8px 12px; margin-right: 4px;
    border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $accent; border: 2px solid $focus; border-radius: 4px; }
QTabWidget::pane { border: none; border-top: 1px solid $border; }

QTableView, QListView, QTreeView { background: $raised; color: $text; border: 1px solid $border;
    border-radius: ${radius}px; gridline-color: $border; outline: none;
    selection-background-color: $accent_soft; selection-color: $text; }
QHeaderView::section { background: $raised; color: $muted; border: none;
    border-bottom: 1px solid $border; padding: 8px 12px; }
QProgressBar { background: $sunken; border: none; border-radius: 3px; max-height: 6px;
    min-height: 6px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSplitter::handle { background: $border; }
$inks
$tones
""")


def stylesheet(mode: Mode) -> str:
    """Return the application's stylesheet for one mode."""
    values = {role.value: shade.value(mode) for role, shade in ROLES.items()}
    inks = "\n".join(f'QLabel[ink="{role.value}"] {{ color: {values[role]}; }}' for role in Role)
    tones = "\n".join(
        f'QFrame[tone="{tone.value}"] {{ background: {values[tone.ground]}; border: none;'
        f" border-radius: {RADIUS}px; }}"
        for tone in Tone
    )
    disabled = f"QLabel:disabled {{ color: {values[Role.DISABLED]}; }}"
    return _RULES.substitute(
        values,
        radius=RADIUS,
        mode=mode.value,
        style=(RESOURCES / "style").as_posix(),
        inks=f"{inks}\n{disabled}",
        tones=tones,
    )
