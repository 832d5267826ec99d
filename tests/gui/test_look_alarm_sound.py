"""The alarm is heard by whatever means the platform has, and never blocks."""

import stat
import wave
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from ui.screens.look.alarm_sound import ALARM_WAV, AlarmSound


def program(folder: Path, name: str, line: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def only(found: dict[str, str]) -> Callable[[str], str | None]:
    return found.get


def test_the_sound_is_short_small_and_loud() -> None:
    assert ALARM_WAV.stat().st_size <= 60_000
    with wave.open(str(ALARM_WAV)) as sound:
        assert 0.5 <= sound.getnframes() / sound.getframerate() <= 2.0
        frames = memoryview(sound.readframes(sound.getnframes())).cast("h")
    assert max(frames) > 20_000
    assert abs(frames[-1]) < 200  # no click at the end


def test_it_plays_the_file_with_the_first_player(qtbot: QtBot, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    player = program(tmp_path, "aplay", f'echo "$@" > {heard}')
    alarm = AlarmSound(platform="linux", which=only({"aplay": player}))
    alarm.play_once()
    qtbot.waitUntil(lambda: heard.exists() and heard.read_text("utf-8") != "")
    assert heard.read_text("utf-8").split() == ["-q", str(ALARM_WAV)]
    qtbot.waitUntil(lambda: not alarm.is_playing())


def test_a_player_that_fails_gives_way_to_the_next_and_at_last_to_the_beep(
    qtbot: QtBot, tmp_path: Path
) -> None:
    failing = program(tmp_path, "pw-play", "exit 1")
    beeps: list[int] = []
    players = {"pw-play": failing, "paplay": str(tmp_path / "gone")}
    alarm = AlarmSound(platform="linux", which=only(players), beep=lambda: beeps.append(1))
    alarm.play_once()
    qtbot.waitUntil(lambda: len(beeps) == 1)


def test_it_rings_until_it_is_stopped(qtbot: QtBot) -> None:
    beeps: list[int] = []
    alarm = AlarmSound(platform="linux", which=only({}), beep=lambda: beeps.append(1))
    assert not alarm.is_ringing()
    alarm.ring(every_ms=5)
    qtbot.waitUntil(lambda: len(beeps) >= 3)
    alarm.stop()
    assert not alarm.is_ringing()
    count = len(beeps)
    qtbot.wait(30)
    assert len(beeps) == count


def test_stopping_cuts_off_what_is_playing(qtbot: QtBot, tmp_path: Path) -> None:
    player = program(tmp_path, "paplay", "exec sleep 60")
    beeps: list[int] = []
    alarm = AlarmSound(
        platform="linux", which=only({"paplay": player}), beep=lambda: beeps.append(1)
    )
    alarm.ring(every_ms=60_000)
    alarm.play_once()
    alarm.stop()
    assert not alarm.is_playing(), "Qt complains of a player that outlives the window"
    assert beeps == []
