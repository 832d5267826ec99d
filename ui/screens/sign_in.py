"""Signing in: number and PIN, or a badge; the same screen at counters and desks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.services.views import ShiftSummary
from ui.qt.language import translate
from ui.screens import counter_rendering as rendering
from ui.screens import look
from ui.screens.welcome import Welcome
from ui.viewmodels import wording
from ui.viewmodels.sign_in import SignInViewModel
from ui.viewmodels.status import StatusViewModel


class SignInScreen(Welcome):
    """Asks who works here now, and says what the seat knows before anybody is signed in.

    Signals:
        language_asked(): F1 or the language button.
    """

    language_asked = Signal()

    def __init__(
        self, sign_in: SignInViewModel, status: StatusViewModel, parent: QWidget | None = None
    ) -> None:
        """Sign in through `sign_in`."""
        super().__init__(parent)
        self._sign_in, self._status = sign_in, status
        self._summary: ShiftSummary | None = None
        self.number = look.FormField("")
        self.pin = look.PinField("")
        self.banner = look.Banner()
        self.shift = look.Banner()
        self.button = look.Button(kind=look.Kind.PRIMARY, key="Enter", large=True)
        self.badge = look.Paragraph(size=look.Size.SMALL, ink=look.Role.MUTED)
        self.weak_vault = look.Banner()
        self._is_vault_weak = False
        self.light = look.StatusLight()
        self.pending = look.Text(size=look.Size.SMALL, ink=look.Role.MUTED)
        self.body.addWidget(self.shift)
        for part in (self.number, self.pin, self.banner, self.button, self.badge):
            self.body.addWidget(part)
        self.body.addWidget(self.weak_vault)
        self.body.addWidget(self.light)
        self.body.addWidget(self.pending)
        self.number.submitted.connect(self._on_number)
        self.pin.submitted.connect(self._on_submit)
        self.button.clicked.connect(self._on_submit)
        self.language.clicked.connect(self.language_asked)
        sign_in.changed.connect(self.render)
        status.changed.connect(self.render)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]
        self.retranslate()

    def show_summary(self, summary: ShiftSummary | None) -> None:
        """Say what the shift that was just closed came to."""
        self._summary = summary
        self.render()

    def warn_of_weak_vault(self, weak: bool) -> None:
        """Say that this PC has no key store, where that is so."""
        self._is_vault_weak = weak
        self.render()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.name_language()
        self.title.setText(translate("SignIn", "Sign in"))
        self.number.set_label(translate("SignIn", "Staff number"))
        self.pin.set_label(translate("SignIn", "PIN"))
        self.button.setText(translate("SignIn", "Sign in"))
        self.badge.setText(translate("SignIn", "Or scan your badge."))
        self.render()

    @Slot()
    def render(self) -> None:
        """Show the screen as it stands."""
        seat = self._status.seat
        if seat is not None:
            self.place.setText(f"{seat.programme_name} · {seat.office_name}")
            self.intro.setText(seat.counter_label)
        said = self._sign_in.said
        if said is None:
            self.banner.clear()
        else:
            self.banner.show_message(rendering.WEIGHT_TONES[said.weight], said.words())
        usable = not self._sign_in.busy and not self._sign_in.wait_s
        self.button.setEnabled(usable)
        if self._summary is None:
            self.shift.clear()
        else:
            came_to = rendering.shift_words(self._summary, self._status.pending.count)
            self.shift.show_message(look.Tone.POSITIVE, *came_to)
        if self._is_vault_weak:
            self.weak_vault.show_message(look.Tone.CAUTION, wording.weak_vault())
        else:
            self.weak_vault.clear()
        readiness = self._status.readiness
        self.light.setVisible(readiness is not None)
        if readiness is not None:
            detail = wording.readiness_detail(readiness)
            self.light.set_state(rendering.light(readiness), wording.light(readiness), detail)
        words = wording.pending_chip(self._status.pending, self._status.now_ms())
        self.pending.setText(words)
        self.pending.setVisible(bool(words) and self._summary is None)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the staff number."""
        super().showEvent(event)
        self.number.set_text("")
        self.pin.set_text("")
        self.number.setFocus()

    @Slot()
    def _on_number(self) -> None:
        self.pin.setFocus()

    @Slot()
    def _on_submit(self) -> None:
        self._summary = None
        self._sign_in.submit(self.number.text(), self.pin.take())
        self.pin.setFocus()

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, old: QWidget | None, now: QWidget | None) -> None:
        if now is None and self.isVisible() and self.isActiveWindow():
            QTimer.singleShot(0, self, self.number.setFocus)
