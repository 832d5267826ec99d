"""A keypad on a serial line: its codes, its noise, and a real pseudo-terminal in its place."""

from __future__ import annotations

import errno
import logging
import os
import termios
import tty
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices import keypad
from app.devices.keypad import KeypadReader, udev_rule
from app.devices.serial_keypad import (
    DEFAULT_KEYS,
    HELD,
    MAX_CODE_BYTES,
    SerialDecoder,
    prepare,
    read_keys,
)
from app.domain.stray_presses import NO, YES
from tests.fakes.waiting import until

DEADLINE_S = 20.0


class Clock:
    """A second goes by with each look."""

    def __init__(self, step_s: float = 1.0) -> None:
        self.now_s, self._step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self._step_s
        return self.now_s


def heard(*pieces: bytes, codes: str = "", step_s: float = 1.0) -> list[int]:
    """Decode pieces with a pause after each."""
    decoder = SerialDecoder(read_keys(codes), Clock(step_s))
    found = []
    for piece in pieces:
        found += decoder.feed(piece) + decoder.pause()
        assert not decoder.is_waiting
    return found


# ------------------------------------------------------------------- its codes


def test_digits_mean_what_is_printed_on_them() -> None:
    assert heard(b"1", b"2", b"3", b"4", b"5", b"0") == [1, 2, 3, 4, 5, NO]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_line_is_a_press(end: bytes) -> None:
    assert heard(b"4" + end, b"4" + end, end) == [4, 4]


def test_lines_in_one_piece_are_presses_each() -> None:
    assert heard(b"1\r\n5\r\n") == [1, 5]


def test_codes_are_the_keypads_own() -> None:
    codes = "A=1 B=2 C=3 D=4 E=5 0x06=yes 0x1b4f=no K==5"
    assert heard(b"A", b"E", b"\x06", b"\x1bO", b"K=", b"1", codes=codes) == [1, 5, YES, NO, 5]


@pytest.mark.parametrize(
    "codes",
    [
        "A", "A=6", "A=0", "A=", "=1", "A=1 A=2", "0xzz=1", "0x=1", "0x0d=1", "0x310a=1",
        "A" * (MAX_CODE_BYTES + 1) + "=1", " ".join(f"k{n}=1" for n in range(33)),
    ],
)  # fmt: skip
def test_codes_that_cant_be_meant_are_refused(codes: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_keys(codes)


@pytest.mark.parametrize("codes", ["", "  "])
def test_without_codes_the_digits_are_taken(codes: str) -> None:
    assert read_keys(codes) is DEFAULT_KEYS


# ------------------------------------------------------------------- its noise


@pytest.mark.parametrize(
    "noise",
    [
        b"Keypad v1.5 ready", b"12", b"5;", b"\x005", b"\xff", b"", b"score=1\r", b"6", b"55555 5",
        "\uff15".encode(), b"1" + b"\0" * 4096, b"\x1b[5~",
    ],
)  # fmt: skip
def test_a_digit_among_others_rates_nobody(noise: bytes) -> None:
    assert heard(noise) == []


def test_a_bouncing_contact_presses_once() -> None:
    assert heard(b"333") == [3]
    assert heard(b"3\n3\n3\n", step_s=0.001) == [3]


def test_a_key_that_sends_without_end_is_one_press_and_held() -> None:
    assert heard(b"3\n" * 70, step_s=0.02) == [3, HELD + 3, HELD + 3]


def test_a_code_is_found_wherever_it_is_cut() -> None:
    decoder = SerialDecoder(read_keys("0x1b4f31=2"), Clock())
    assert decoder.feed(b"\x1b") == []
    assert decoder.is_waiting
    assert decoder.feed(b"O") + decoder.feed(b"1") == []
    assert decoder.pause() == [2]


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_whatever_comes_means_a_key_or_nothing(pieces: list[bytes]) -> None:
    decoder = SerialDecoder(DEFAULT_KEYS, Clock())
    for piece in pieces:
        assert set(decoder.feed(piece)) <= {1, 2, 3, 4, 5, NO}
        assert len(decoder._message) <= MAX_CODE_BYTES + 1
    # After any noise a pause makes a press a press again
    decoder.pause()
    assert decoder.feed(b"2") + decoder.pause() == [2]


@given(st.integers(0, 400), st.sampled_from([b"5", b"55"]))
def test_what_is_too_long_stays_so_until_it_ends(length: int, tail: bytes) -> None:
    decoder = SerialDecoder(DEFAULT_KEYS, Clock())
    found = decoder.feed(b"x" * (MAX_CODE_BYTES + 1 + length)) + decoder.feed(tail)
    assert found + decoder.pause() == []


# ------------------------------------------------------------------- a line in its place


class Line:
    """A pseudo-terminal with a name that can be unplugged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.keys: Queue[int] = Queue()
        self.here: Queue[bool] = Queue()
        self._end = -1
        self.plug()

    def plug(self) -> None:
        self._end, other = os.openpty()
        tty.setraw(self._end)
        self.path.symlink_to(os.ttyname(other))
        os.close(other)

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._end)
        self._end = -1

    def send(self, data: bytes) -> None:
        os.write(self._end, data)

    def close(self) -> None:
        if self._end >= 0:
            os.close(self._end)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path / "keypad")
    yield made
    made.close()


@pytest.fixture
def reader(line: Line) -> Iterator[KeypadReader]:
    made = KeypadReader(line.path, line.keys.put, line.here.put)
    made.start()
    assert line.here.get(timeout=DEADLINE_S)
    yield made
    made.close()


def pressed(line: Line, data: bytes) -> int:
    line.send(data)
    return line.keys.get(timeout=DEADLINE_S)


@pytest.mark.parametrize("data", [b"5", b"5\r\n"])
def test_a_press_arrives(line: Line, reader: KeypadReader, data: bytes) -> None:
    assert pressed(line, data) == 5


def test_nothing_is_changed_or_answered_on_the_way(line: Line, reader: KeypadReader) -> None:
    """No echo that the keypad would take for a command, no signal for a ^C, no flow control."""
    line.send(b"\x03\x04\x11\x13\x1a\x7f")
    assert pressed(line, b"\r2\r") == 2
    os.set_blocking(line._end, False)
    with pytest.raises(BlockingIOError):
        os.read(line._end, 100)


def test_it_comes_back(
    line: Line,
    reader: KeypadReader,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keypad, "RETRY_S", 0.01)
    assert pressed(line, b"3") == 3
    line.unplug()
    assert line.here.get(timeout=DEADLINE_S) is False
    until(lambda: "is not plugged in" in caplog.text)
    line.plug()
    assert line.here.get(timeout=DEADLINE_S)
    assert pressed(line, b"4") == 4


def test_noise_and_a_flood_press_nothing(line: Line, reader: KeypadReader) -> None:
    line.send(b"Keypad 5 ready\r\n" + b"1234567890" * 200 + b"\r\n")
    assert pressed(line, b"2\r\n") == 2
    with pytest.raises(Empty):
        line.keys.get_nowait()


def test_its_line_is_ours_alone(line: Line, reader: KeypadReader) -> None:
    if os.geteuid() == 0:
        # Root is let in all the same: ask the kernel what it would tell anybody else
        other = os.open(line.path, os.O_RDWR | os.O_NOCTTY)
        assert termios.tcgetattr(other)[2] & termios.CLOCAL
        os.close(other)
    else:
        with pytest.raises(OSError, match="busy"):
            os.open(line.path, os.O_RDWR | os.O_NOCTTY)


def test_a_speed_that_the_line_doesnt_have_is_said(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    made = KeypadReader(line.path, line.keys.put, line.here.put, baud=12_345)
    made.start()
    until(lambda: "no serial line of this speed" in caplog.text)
    made.close()
    assert line.here.empty()


def test_what_is_no_line_is_refused(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with pytest.raises(OSError, match="ioctl"):
        prepare(reader, 9600)
    os.close(reader)
    os.close(writer)


def test_the_rule_names_the_line() -> None:
    by_id = Path("/dev/serial/by-id/usb-1a86-if00-port0")
    assert udev_rule(by_id) == (
        'SUBSYSTEM=="tty", SYMLINK=="serial/by-id/usb-1a86-if00-port0", TAG+="uaccess"'
    )
    assert 'KERNEL=="ttyUSB0"' in udev_rule(Path("/dev/ttyUSB0"))


def test_the_log_says_what_to_do_about_rights(
    line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EACCES, "denied")

    with monkeypatch.context() as denied, caplog.at_level(logging.WARNING):
        denied.setattr(os, "open", refuse)
        made = KeypadReader(Path("/dev/serial/by-id/pad"), line.keys.put, line.here.put)
        made.start()
        until(lambda: 'SUBSYSTEM=="tty"' in caplog.text)
        made.close()
