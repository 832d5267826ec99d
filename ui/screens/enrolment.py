"""Making this PC a seat: the server's address and a one-use code, typed or scanned."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from ui.qt.language import translate
from ui.screens import counter_rendering as rendering
from ui.screens import look
from ui.screens.welcome import Welcome
from ui.viewmodels.enrolment import EnrolmentViewModel


class EnrolmentScreen(Welcome):
    """Asks for the code; shown once in a seat's life.

    Signals:
        language_asked(): F1 or the language button.
    """

    language_asked = Signal()

    def __init__(self, enrolment: EnrolmentViewModel, parent: QWidget | None = None) -> None:
        """Enrol through `enrolment`."""
        super().__init__(parent)
        self._enrolment = enrolment
        self.server = look.FormField("", placeholder="https://")
        self.code = look.FormField("", placeholder="ABCDE-23456")
        self.banner = look.Banner()
        self.button = look.Button(kind=look.Kind.PRIMARY, key="Enter", large=True)
        for part in (self.server, self.code, self.banner, self.button):
            self.body.addWidget(part)
        self.server.submitted.connect(self._on_server)
        self.code.submitted.connect(self._on_submit)
        self.button.clicked.connect(self._on_submit)
        self.language.clicked.connect(self.language_asked)
        enrolment.changed.connect(self.render)
        self.server.set_text(enrolment.server_url)
        self.server.setEnabled(not enrolment.is_server_locked)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.place.setText(translate("Enrolment", "Guichet"))
        self.name_language()
        self.title.setText(translate("Enrolment", "Set up this PC"))
        code = translate(
            "Enrolment",
            "Scan the code from the administrator, or type it. It is good for 15 minutes.",
        )
        by_itself = translate(
            "Enrolment", "This PC sets itself up. A code from the administrator works, too."
        )
        self.intro.setText(by_itself if self._enrolment.is_arranged else code)
        self.server.set_label(translate("Enrolment", "Address of the central server"))
        self.code.set_label(translate("Enrolment", "Code"))
        self.render()

    @Slot()
    def render(self) -> None:
        """Show the screen as it stands."""
        enrolment = self._enrolment
        if enrolment.server_url and enrolment.server_url != self.server.text():
            self.server.set_text(enrolment.server_url)
        if enrolment.code and enrolment.code != self.code.text().strip().upper():
            self.code.set_text(enrolment.code)
        words = (
            translate("Enrolment", "Setting up …")
            if enrolment.busy
            else translate("Enrolment", "Set up")
        )
        self.button.setText(words)
        self.button.setEnabled(not enrolment.busy)
        said = enrolment.said
        if said is None:
            self.banner.clear()
        else:
            self.banner.show_message(rendering.WEIGHT_TONES[said.weight], said.words())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with what is missing."""
        super().showEvent(event)
        (self.code if self.server.text() else self.server).setFocus()

    @Slot()
    def _on_server(self) -> None:
        self.code.setFocus()

    @Slot()
    def _on_submit(self) -> None:
        self._enrolment.submit(self.server.text(), self.code.text())
