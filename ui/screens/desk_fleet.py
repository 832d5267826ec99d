"""The desk's page of devices: what is wrong first, each with what it said, and what can be done."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.fleet import FleetDevice, Trouble
from ui.qt.words import Words
from ui.screens import desk_wording as wording
from ui.screens import look
from ui.screens.counter_pages import TextField
from ui.screens.counter_rendering import WEIGHT_TONES
from ui.screens.desk_centre import Scrolling
from ui.screens.desk_points import REASON_PX
from ui.screens.look.roles import Role, Size, Space, Tone
from ui.viewmodels.desk import DeskViewModel
from ui.viewmodels.fleet import Act, FleetViewModel

FLEET_KEY: Final = "Ctrl+D"
_LIGHTS: Final = {
    Trouble.STUCK: look.Light.CRITICAL,
    Trouble.AWAY: look.Light.CAUTION,
    Trouble.DOCTOR: look.Light.CRITICAL,
    Trouble.DISK: look.Light.CAUTION,
    Trouble.CLOCK: look.Light.CAUTION,
    Trouble.SHUT_OUT: look.Light.OFFLINE,
}


class DeviceCard(look.Card):
    """One device: all that it said, and shutting it out or giving back what it holds."""

    def __init__(self, model: FleetViewModel, words: Words) -> None:
        """Make it empty."""
        super().__init__(spacing=Space.S)
        self._model, self._words = model, words
        self.wrong = look.Paragraph(bold=True)
        self.heard = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.facts = look.Paragraph()
        self.holds = look.Paragraph()
        self.explains = look.Paragraph(size=Size.SMALL, ink=Role.MUTED)
        self.reason = TextField(text_px=REASON_PX)
        self.said = look.Banner()
        self.revoke = look.Button(kind=look.Kind.SECONDARY, icon="lock")
        self.release = look.Button(kind=look.Kind.SECONDARY, icon="undo-2")
        self.revoke.setObjectName("fleet_revoke")
        self.release.setObjectName("fleet_release")
        self._buttons: dict[Act, look.Button] = {"revoke": self.revoke, "release": self.release}
        for part in (self.wrong, self.heard, self.facts, self.holds, self.reason, self.said):
            self.body.addWidget(part)
        for button in self._buttons.values():
            self.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.explains)
        self.body.addStretch(1)
        self.revoke.clicked.connect(self._on_revoke)
        self.release.clicked.connect(self._on_release)
        model.emptied.connect(self._on_emptied)

    def show_device(self, device: FleetDevice | None, now_ms: int) -> None:
        """Show the device that is looked at."""
        model, say = self._model, self._words.say
        self._show_said()
        lines = (self.wrong, self.heard, self.facts, self.holds, self.explains, self.reason)
        for part in (*lines, *self._buttons.values()):
            part.setVisible(device is not None)
        if device is None:
            self.set_title(say("fleet_choose") if model.devices else "")
            return
        self.set_title(
            say("fleet_title_desk" if device.kind == "desk" else "fleet_title", place=device.place)
        )
        self.wrong.setText(" · ".join(_troubles(self._words, device, now_ms)))
        self.heard.setText(_heard(self._words, device, now_ms))
        self.facts.setText("\n".join(_facts(self._words, device, now_ms)))
        self.holds.setText(
            say("counter_holds", points=device.leased_points, n=device.leases)
            if device.leases
            else say("counter_row_nothing")
        )
        possible = [act for act in self._buttons if model.may(act)]
        for part in (self.explains, self.reason):
            part.setVisible(bool(possible))
        self.explains.setText(say("fleet_how"))
        self.reason.set_label(say("fleet_reason"))
        for act, button in self._buttons.items():
            button.setVisible(act in possible)
            button.setEnabled(not model.busy)
            key = f"fleet_sure_{act}" if model.asked == act else f"fleet_{act}"
            button.setText(say(key, place=device.place, points=device.leased_points))

    def _show_said(self) -> None:
        model, say = self._model, self._words.say
        if model.said is not None:
            self.said.show_message(WEIGHT_TONES[model.said.weight], model.said.words())
        elif model.done is not None:
            act, done = model.done
            key = "fleet_revoked" if act == "revoke" else "fleet_released"
            self.said.show_message(Tone.POSITIVE, say(key, points=done.points, n=done.leases))
        else:
            self.said.show_message(Tone.INFO, "")

    @Slot()
    def _on_revoke(self) -> None:
        self._model.act("revoke", self.reason.text())

    @Slot()
    def _on_release(self) -> None:
        self._model.act("release", self.reason.text())

    @Slot()
    def _on_emptied(self) -> None:
        self.reason.set_text("")


class FleetPage(QWidget):
    """Devices on the left in the order chosen, the one looked at on the right."""

    def __init__(self, model: FleetViewModel, desk: DeskViewModel, words: Words) -> None:
        """Show `model`."""
        super().__init__()
        self._model, self._desk, self._words = model, desk, words
        self.title = look.Text(bold=True)
        self.as_of = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.devices = look.CaseList(empty_icon="monitor")
        self.devices.setObjectName("devices")
        self.more = look.Text(size=Size.SMALL, ink=Role.MUTED)
        self.order = look.Button(key="F8", icon="chevron-down")
        self.order.setObjectName("fleet_order")
        self.again = look.Button(key="F5", icon="refresh-cw")
        self.again.setObjectName("fleet_again")
        self.device = DeviceCard(model, words)
        left = QVBoxLayout()
        left.setSpacing(Space.S)
        for part in (self.title, self.as_of):
            left.addWidget(part)
        left.addWidget(self.devices, 1)
        left.addWidget(self.more)
        foot = QHBoxLayout()
        for button in (self.order, self.again):
            foot.addWidget(button)
        foot.addStretch(1)
        left.addLayout(foot)
        body = QHBoxLayout(self)
        body.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        body.setSpacing(Space.L)
        body.addLayout(left, 6)
        body.addWidget(Scrolling(self.device), 7)
        self.devices.current_changed.connect(self._on_selected)
        self.devices.chosen.connect(self._on_chosen)
        self.order.clicked.connect(model.sort)
        self.again.clicked.connect(model.ask)
        model.changed.connect(self.render)
        model.emptied.connect(self._on_emptied)

    def retranslate(self) -> None:
        """Say everything in the language in force."""
        self.title.setText(self._words.say("fleet"))
        self.again.setText(self._words.say("exposure_again"))
        self.render()

    def focus_first(self) -> None:
        """Begin with the devices."""
        self.devices.setFocus()

    @Slot()
    def render(self) -> None:
        """Show what the server said last."""
        model, say, view = self._model, self._words.say, self._model.view
        now_ms = self._desk.now_ms() if view is None else view.at_ms
        if view is None:
            self.as_of.setText(say("exposure_asking") if model.busy else "")
        else:
            when = wording.clock(view.at_ms, self._desk.now_ms())
            self.as_of.setText(say("fleet_as_of", time=when))
        more = 0 if view is None else view.more
        self.more.setVisible(more > 0)
        self.more.setText(say("fleet_more", n=more))
        self.order.setText(say(f"fleet_order_{model.order}"))
        if view is None:
            self.devices.empty.set_state("cloud-off", say("fleet_unknown"))
        else:
            self.devices.empty.set_state("monitor", say("fleet_none"))
        with QSignalBlocker(self.devices):  # filling a list is not the manager's choice
            self.devices.set_cases([_row(self._words, each, now_ms) for each in model.devices])
            self.devices.select("" if model.selected_id is None else str(model.selected_id))
        self.device.show_device(model.selected, now_ms)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the keys of the buttons below the list."""
        if event.isAutoRepeat() or event.key() not in (Qt.Key.Key_F5, Qt.Key.Key_F8):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_F5:
            self._model.ask()
        else:
            self._model.sort()

    @Slot(str)
    def _on_selected(self, device_id: str) -> None:
        self._model.select(UUID(device_id) if device_id else None)

    @Slot()
    def _on_emptied(self) -> None:
        if self.isVisible():
            self.focus_first()  # the button that was pressed may be gone

    @Slot(str)
    def _on_chosen(self, device_id: str) -> None:
        self._model.select(UUID(device_id))
        if self.device.reason.isVisible():
            self.device.reason.setFocus()


def _troubles(words: Words, device: FleetDevice, now_ms: int) -> list[str]:
    found = device.troubles(now_ms)
    if found == (Trouble.SHUT_OUT,):
        return [words.say("counter_shut_out")]
    return [words.say(f"fleet_trouble_{each}") for each in found] or [
        words.say("fleet_trouble_none")
    ]


def _heard(words: Words, device: FleetDevice, now_ms: int) -> str:
    return words.say("counter_heard", age=_age(words, now_ms - device.last_ms))


def _facts(words: Words, device: FleetDevice, now_ms: int) -> list[str]:
    said = device.condition
    version = words.say(
        "fleet_version_on" if said.system else "fleet_version",
        version=said.version,
        system=said.system,
    )
    if device.said_ms is None:
        return [version, words.say("fleet_silent")]
    lines = [version]
    oldest_ms = device.oldest_unsent_ms(now_ms)
    lines.append(
        words.say("fleet_waits", n=said.unsent, age=_age(words, oldest_ms))
        if said.unsent
        else words.say("fleet_waits_none")
    )
    if said.free_mb is not None:
        lines.append(words.say("fleet_disk", gb=f"{said.free_mb / 1024:.1f}"))
    if said.offset_ms is not None:
        lines.append(words.say("fleet_clock", s=round(abs(said.offset_ms) / 1000)))
    if said.doctor_ran_ms is not None:
        key = "fleet_doctor_found" if said.doctor_codes else "fleet_doctor_well"
        age = _age(words, now_ms - said.doctor_ran_ms)
        lines.append(words.say(key, age=age, codes=", ".join(said.doctor_codes)))
    return lines


def _age(words: Words, ms: int) -> str:
    return wording.age(words, max(0, ms) // 1000)


def _row(words: Words, device: FleetDevice, now_ms: int) -> look.CaseView:
    troubles = device.troubles(now_ms)
    version = words.say("fleet_version", version=device.condition.version)
    return look.CaseView(
        str(device.device_id),
        device.place,
        _age(words, now_ms - device.last_ms),
        _LIGHTS[troubles[0]] if troubles else look.Light.READY,
        _troubles(words, device, now_ms)[0],
        state=version,
    )
