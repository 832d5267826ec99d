"""The keypad's reader on a pipe in place of the device: whole, cut, hostile, unplugged, refused."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices import keypad
from app.devices.keypad import KeypadDecoder, KeypadReader, udev_rule
from app.devices.serial_keypad import HELD
from app.domain.stray_presses import NO, YES
from tests.fakes.waiting import until

KEY, SYNC, MISC = 1, 0, 4
DEADLINE_S = 20.0
# As in linux/input-event-codes.h
NUMBER_ROW = {2: 1, 3: 2, 4: 3, 5: 4, 6: 5}
NUMBER_PAD = {79: 1, 80: 2, 81: 3, 75: 4, 76: 5}
ANSWERS = {
    28: YES,
    96: YES,
    11: NO,
    82: NO,
    1: NO,
    14: NO,
}
MEANT = NUMBER_ROW | NUMBER_PAD | ANSWERS


def record(kind: int, code: int, value: int) -> bytes:
    return struct.pack("@llHHi", 1_790_000_000, 123_456, kind, code, value)


def press(code: int) -> bytes:
    """What a keyboard sends for one press: scan code, press, and release a moment later."""
    return b"".join(
        [
            record(MISC, 4, 0x70059),
            record(KEY, code, 1),
            record(SYNC, 0, 0),
            record(KEY, code, 0),
            record(SYNC, 0, 0),
        ]
    )


class Device:
    """A pipe with a name that can be unplugged, and the grabs asked of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys: Queue[int] = Queue()
        self.here: Queue[bool] = Queue()
        self.grabs: Queue[tuple[int, int]] = Queue()
        self.refusal = 0
        self._end = -1

    def ioctl(self, device: int, request: int, argument: int) -> int:
        self.grabs.put((request, argument))
        if self.refusal:
            raise OSError(self.refusal, os.strerror(self.refusal))
        return 0

    def plug(self) -> None:
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def unplug(self) -> None:
        os.close(self._end)
        self._end = -1
        self.path.unlink(missing_ok=True)

    def send(self, data: bytes) -> None:
        assert os.write(self._end, data) == len(data)

    def key(self) -> int:
        return self.keys.get(timeout=DEADLINE_S)

    def close(self) -> None:
        if self._end >= 0:
            os.close(self._end)


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Device]:
    made = Device(tmp_path / "keypad")
    monkeypatch.setattr(fcntl, "ioctl", made.ioctl)
    monkeypatch.setattr(keypad, "RETRY_S", 0.005)
    yield made
    made.close()


@pytest.fixture
def reader(device: Device) -> Iterator[KeypadReader]:
    made = KeypadReader(device.path, device.keys.put, device.here.put)
    yield made
    made.close()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


# ------------------------------------------------------------------- records


@pytest.mark.parametrize(("code", "key"), MEANT.items())
def test_both_kinds_of_digits_count_once_a_press(code: int, key: int) -> None:
    assert KeypadDecoder().feed(press(code)) == [key]


def test_a_key_held_down_is_one_press() -> None:
    held = record(KEY, 2, 1) + 40 * record(KEY, 2, 2) + record(KEY, 2, 0)
    assert KeypadDecoder().feed(held + press(3)) == [1, 2]


def test_a_key_held_down_is_told_of_twice_a_second_and_is_no_press() -> None:
    down = keypad.EVENT.pack(100, 0, KEY, 2, 1)
    still = [
        keypad.EVENT.pack(100 + n // 30, n % 30 * 33_333, KEY, 2, 2) for n in range(1, 91)
    ]  # three seconds
    assert KeypadDecoder().feed(down + b"".join(still)) == [1, *[HELD + 1] * 6]
    assert KeypadDecoder().feed(b"".join(still)) == [], "it was down before anybody listened"


def test_only_presses_of_one_to_five_count() -> None:
    others = set(range(0x300)) - set(MEANT)
    data = b"".join(press(code) for code in sorted(others))
    relative = b"".join(record(kind, 2, 1) for kind in (0, 2, 3, 4, 5, 0x11, 0x14, 0xFFFF))
    odd = b"".join(record(KEY, 2, value) for value in (-1, 0, 2, 3, 2**31 - 1, -(2**31)))
    assert KeypadDecoder().feed(data + relative + odd) == []


@given(
    events=st.lists(
        st.tuples(st.sampled_from([0, 1, 1, 4]), st.integers(0, 90), st.integers(-1, 3))
    ),
    cuts=st.lists(st.integers(1, 60), min_size=1),
)
def test_where_the_bytes_are_cut_changes_nothing(
    events: list[tuple[int, int, int]], cuts: list[int]
) -> None:
    data = b"".join(record(*event) for event in events)
    digits = MEANT
    expected = [digits[c] for kind, c, value in events if (kind, value) == (1, 1) and c in digits]
    decoder, found, at = KeypadDecoder(), [], 0
    while at < len(data):
        for cut in cuts:
            found += decoder.feed(data[at : at + cut])
            at += cut
    assert found == expected


@given(st.lists(st.binary(max_size=200)))
def test_garbage_is_no_more_than_keys_or_nothing(pieces: list[bytes]) -> None:
    decoder = KeypadDecoder()
    for piece in pieces:
        assert {key % HELD for key in decoder.feed(piece)} <= set(MEANT.values())
        assert len(decoder._rest) < keypad.EVENT.size


# ------------------------------------------------------------------- the device


def test_keys_arrive_in_order_from_a_device_taken_for_the_panel_alone(
    device: Device, reader: KeypadReader
) -> None:
    device.plug()
    reader.start()
    assert device.grabs.get(timeout=DEADLINE_S) == (0x40044590, 1)  # EVIOCGRAB
    device.send(press(2) + press(76)[:30])
    assert device.key() == 1
    device.send(press(76)[30:] + press(81))
    assert [device.key(), device.key()] == [5, 3]


def test_a_full_pipe_is_read_to_its_end(device: Device, reader: KeypadReader) -> None:
    device.plug()
    device.send(400 * press(2) + press(6))
    reader.start()
    assert [device.key() for _ in range(401)] == [*[1] * 400, 5]


def test_unplugged_it_is_waited_for_and_said_once(
    device: Device, reader: KeypadReader, caplog: pytest.LogCaptureFixture
) -> None:
    device.plug()
    reader.start()
    device.send(press(2) + press(3)[:40])  # it is pulled out in the middle of a press
    assert device.key() == 1
    device.unplug()
    until(lambda: bool(warnings(caplog)))
    device.plug()
    device.send(press(5))
    assert device.key() == 4, "what was left of a record is no part of the next"
    device.unplug()
    until(lambda: len(warnings(caplog)) == 2)
    assert all("is not plugged in" in line for line in warnings(caplog))
    here = [device.here.get(timeout=DEADLINE_S) for _ in range(4)]
    assert here == [True, False, True, False]


def test_many_attempts_in_vain_are_one_line(
    device: Device, reader: KeypadReader, caplog: pytest.LogCaptureFixture
) -> None:
    device.refusal = errno.EBUSY
    device.plug()
    reader.start()
    for _ in range(5):
        device.grabs.get(timeout=DEADLINE_S)
    assert warnings(caplog) == [f"The keypad {device.path} is taken by another program"]
    device.refusal = 0
    device.send(press(4))
    assert device.key() == 3


def test_what_cannot_be_taken_is_never_read(
    device: Device,
    reader: KeypadReader,
    caplog: pytest.LogCaptureFixture,
) -> None:
    device.refusal = errno.ENOTTY
    device.plug()
    device.send(press(2))
    reader.start()
    for _ in range(3):
        device.grabs.get(timeout=DEADLINE_S)
    with pytest.raises(Empty):
        device.keys.get_nowait()
    assert ["is no input device" in line for line in warnings(caplog)] == [True]


def test_without_permission_the_udev_rule_is_named(
    device: Device,
    reader: KeypadReader,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    really_open = os.open

    def refuse(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == device.path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return really_open(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    reader.start()
    until(lambda: bool(warnings(caplog)))
    (line,) = warnings(caplog)
    assert str(device.path) in line
    assert udev_rule(device.path) in line
    assert "/etc/udev/rules.d/70-guichet-keypad.rules" in line


def test_another_failure_is_said_in_the_systems_words(
    device: Device, reader: KeypadReader, caplog: pytest.LogCaptureFixture
) -> None:
    device.refusal = errno.EPROTO
    device.plug()
    reader.start()
    until(lambda: bool(warnings(caplog)))
    assert warnings(caplog) == [
        f"The keypad {device.path} can't be read: {os.strerror(errno.EPROTO)}"
    ]


def test_the_rule_names_the_link_or_the_node() -> None:
    link = udev_rule(Path("/dev/input/by-id/usb-SIGMACHIP_Keypad-event-kbd"))
    assert 'SYMLINK=="input/by-id/usb-SIGMACHIP_Keypad-event-kbd"' in link
    assert 'KERNEL=="event7"' in udev_rule(Path("/dev/input/event7"))
    assert 'TAG+="uaccess"' in link
    assert 'ENV{LIBINPUT_IGNORE_DEVICE}="1"' in link


def test_closing_ends_the_wait_at_once(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keypad, "RETRY_S", 3600.0)
    absent = KeypadReader(device.path, device.keys.put, device.here.put)
    absent.start()
    absent.close()
    device.plug()
    present = KeypadReader(device.path, device.keys.put, device.here.put)
    present.start()
    device.grabs.get(timeout=DEADLINE_S)
    present.close()
    device.send(press(2))
    assert device.keys.empty()
