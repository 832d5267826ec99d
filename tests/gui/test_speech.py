"""The system's voice in a process of its own: what hangs, crashes or chats there stays there."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest
from PySide6.QtCore import QLocale, QObject, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.qt.itself import itself
from ui.qt.speech import Speech
from ui.qt.voice import Voice, VoiceMissing

# ------------------------------------------------------------------- the counter's side

SPEAKER = """
import json, sys
print('{"locales": ["en_GB", "zh_CN"]}', flush=True)
for line in sys.stdin:
    with open(sys.argv[1], "a") as said:
        said.write(line)
    number = json.loads(line).get("number", 0)
    if "then" in line:
        print("spoken\\n" + json.dumps({"done": number}), flush=True)
"""
HANGS = "import time; time.sleep(600)"
CRASHES_ONCE = """
import os, sys
if not os.path.exists(sys.argv[1]):
    open(sys.argv[1], "w").close()
    os.abort()
print('{"locales": ["en_GB"]}', flush=True)
sys.stdin.read()
"""


@pytest.fixture
def make(qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[str], Speech]]:
    made: list[Speech] = []

    def make(script: str) -> Speech:
        command = [sys.executable, "-c", script, str(tmp_path / "told")]
        made.append(Speech(command=command, again_ms=50))
        made[-1].open()
        return made[-1]

    yield make
    for speech in made:
        speech.close()


def told(folder: Path) -> list[Any]:
    file = folder / "told"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_it_speaks_in_the_nearest_voice(
    make: Callable[[str], Speech], qtbot: QtBot, tmp_path: Path
) -> None:
    speech = make(SPEAKER)
    assert not speech.speaks("en"), "nobody waits for a voice"
    qtbot.waitUntil(lambda: speech.speaks("en"))
    assert [speech.speaks(code) for code in ("zh_CN", "zh_TW", "fr")] == [True, True, False]
    speech.say("Hello", "en")
    speech.say("你好", "zh_TW")
    speech.say("Bonjour", "fr")
    qtbot.waitUntil(lambda: len(told(tmp_path)) == 2)
    assert [(each["as"], each["say"]) for each in told(tmp_path)] == [
        ("en_GB", "Hello"),
        ("zh_CN", "你好"),
    ]
    assert speech.is_speaking()
    speech.stop()
    assert not speech.is_speaking()
    qtbot.waitUntil(lambda: told(tmp_path)[-1] == {"stop": True})


def test_it_says_when_it_has_said_it(make: Callable[[str], Speech], qtbot: QtBot) -> None:
    speech = make(SPEAKER)
    qtbot.waitUntil(lambda: speech.speaks("en"))
    speech.say("and then it is over", "en")
    assert speech.is_speaking()
    qtbot.waitUntil(lambda: not speech.is_speaking())


def test_one_that_hangs_holds_up_nobody_and_goes_with_the_counter(
    make: Callable[[str], Speech], qtbot: QtBot
) -> None:
    speech = make(HANGS)
    qtbot.waitUntil(lambda: speech._process.processId() != 0)
    process = speech._process.processId()
    speech.say("Hello", "en")
    assert not speech.speaks("en")
    assert not speech.is_speaking()
    speech.close()
    assert not Path(f"/proc/{process}").exists() or sys.platform != "linux"


def test_one_that_crashes_is_tried_again(
    make: Callable[[str], Speech], qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        speech = make(CRASHES_ONCE)
        qtbot.waitUntil(lambda: speech.speaks("en"))
    assert "ended by a fault" in caplog.text
    with qtbot.waitSignal(speech.changed):
        speech._process.kill()
    assert not speech.speaks("en")
    qtbot.waitUntil(lambda: speech.speaks("en"))


def test_what_cannot_be_started_is_no_voice(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    speech = Speech(command=[str(tmp_path / "none")])
    with caplog.at_level(logging.INFO):
        speech.open()
        qtbot.waitUntil(lambda: "Nothing is said aloud" in caplog.text)
    assert not speech.speaks("en")
    speech.close()


# ------------------------------------------------------------------- the voice's side

WITHOUT_THE_MODULE = """
import sys
sys.modules["PySide6.QtTextToSpeech"] = None
from ui.main import main
sys.argv[1:] = ["voice"]
sys.exit(main())
"""
# Waits as a C library does that was called with Python's lock held
HELD_UP = """
import ctypes, sys, types
import ui.qt.voice
ui.qt.voice.PATIENCE_S = 0.3
class Engine:
    class State: Ready, Speaking, Error = range(3)
    availableEngines = staticmethod(lambda: ["speechd"])
    def __init__(self, *_):
        print("asked", flush=True)
        ctypes.PyDLL(None).sleep(600)
module = types.ModuleType("PySide6.QtTextToSpeech")
module.QTextToSpeech = Engine
sys.modules["PySide6.QtTextToSpeech"] = module
sys.exit(ui.qt.voice.main())
"""


def test_without_qts_module_it_says_so_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_MODULE],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "isn't installed" in json.loads(done.stdout)["why"]


def test_it_ends_itself_where_a_voice_keeps_it_waiting() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HELD_UP], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"asked\n"
        assert process.wait(60) == 1


def test_the_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert itself("voice")[-3:] == ["-m", "ui.main", "voice"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert itself("voice") == [sys.executable, "voice"]


class FakeVoice:
    def __init__(self, name: str) -> None:
        self.called = name

    def name(self) -> str:
        return self.called


class Engine(QObject):
    """As PySide6's QTextToSpeech, without a sound."""

    class State:
        Ready, Speaking, Error = range(3)

    stateChanged = Signal(int)
    engines: ClassVar[list[str]] = ["winrt", "mock"]
    locales: ClassVar[list[QLocale]] = [QLocale("en_GB"), QLocale("zh_CN")]
    voices: ClassVar[list[str]] = []
    made: ClassVar[list[Engine]] = []

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self.name, self.now, self.log = name, self.State.Ready, [""]
        self.spoken = QLocale("en_GB").name()
        self.made.append(self)

    @classmethod
    def availableEngines(cls) -> list[str]:
        return cls.engines

    def availableLocales(self) -> list[QLocale]:
        return self.locales

    def availableVoices(self) -> list[FakeVoice]:
        return [FakeVoice(each) for each in self.voices]

    def state(self) -> int:
        return self.now

    def errorString(self) -> str:
        return "no sound card"

    def locale(self) -> QLocale:
        return QLocale(self.spoken)

    def setLocale(self, locale: QLocale) -> None:
        self.spoken = locale.name()

    def setVoice(self, voice: FakeVoice) -> None:
        self.spoken = voice.name()

    def say(self, text: str) -> None:
        self.log.append(f"{self.spoken} {text}")

    def stop(self) -> None:
        self.log.append("stop")

    def become(self, state: int) -> None:
        self.now = state
        self.stateChanged.emit(state)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> type[Engine]:
    module: Any = ModuleType("PySide6.QtTextToSpeech")
    module.QTextToSpeech = Engine
    monkeypatch.setitem(sys.modules, "PySide6.QtTextToSpeech", module)
    monkeypatch.setattr(Engine, "made", [])
    return Engine


def say(voice: Voice, text: str, locale: str, number: int) -> None:
    voice.take(json.dumps({"say": text, "as": locale, "number": number}))


def lines(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_first_real_engine_speaks(
    engine: type[Engine], capsys: pytest.CaptureFixture[str]
) -> None:
    voice = Voice()
    (made,) = engine.made
    assert made.name == "winrt"
    assert lines(capsys) == [{"locales": ["en_GB", "zh_CN"]}]
    say(voice, "Hello", "en_GB", 1)
    made.become(engine.State.Speaking)
    say(voice, "你好", "zh_CN", 2)
    assert made.log[-4:] == ["stop", "en_GB Hello", "stop", "zh_CN 你好"]
    made.become(engine.State.Ready)  # the first one's end
    assert lines(capsys) == [{"done": 1}]
    made.become(engine.State.Speaking)
    made.become(engine.State.Ready)
    assert lines(capsys) == [{"done": 2}]
    voice.take('{"stop": true}')
    assert made.log[-1] == "stop"


def test_a_mandarin_voice_that_qt_takes_for_none_speaks_chinese(
    engine: type[Engine], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "locales", [QLocale("en_GB"), QLocale.c()])
    names = ["Bishnupriya", "Chinese (Mandarin)+Alex", "Chinese (Mandarin)", "Manipuri"]
    monkeypatch.setattr(engine, "voices", names)
    voice = Voice()
    assert lines(capsys) == [{"locales": ["en_GB", "zh_CN"]}]
    say(voice, "你好", "zh_CN", 1)
    say(voice, "Hello", "en_GB", 2)
    assert engine.made[0].log[-3:] == ["Chinese (Mandarin) 你好", "stop", "en_GB Hello"]


def test_an_engine_that_wakes_later_is_told_then(
    engine: type[Engine], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "locales", [])
    voice = Voice()
    assert lines(capsys) == [{"locales": []}]
    monkeypatch.setattr(engine, "locales", [QLocale("en_US")])
    engine.made[0].become(engine.State.Ready)
    assert lines(capsys) == [{"locales": ["en_US"]}]
    assert voice is not None


def test_an_engine_that_fails_says_why_and_ends(
    engine: type[Engine], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("ui.qt.voice.QCoreApplication.exit", ended.append)
    voice = Voice()
    engine.made[0].become(engine.State.Error)
    assert lines(capsys)[-1] == {"why": "no sound card"}
    assert ended == [1]
    assert voice is not None


def test_an_engine_without_a_sound_is_no_voice(
    engine: type[Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "engines", ["mock"])
    with pytest.raises(VoiceMissing, match="no voice that Qt knows"):
        Voice()
