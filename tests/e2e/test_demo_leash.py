"""The demo's processes end with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Two children, one of them started by a thread that has ended; one deaf to SIGTERM.
STARTER = """
import signal, subprocess, sys, threading
from build_scripts.demo.leash import ended_by_signals, leashed, reading_end
def start(name):
    children.append(subprocess.Popen([*leashed("sleeper"), name], pass_fds=[reading_end()]))
children = []
thread = threading.Thread(target=start, args=("deaf",)); thread.start(); thread.join()
start("plain")
with ended_by_signals(lambda: print("tidied", flush=True)):
    children[0].wait()
"""
# They share one pipe, so each word is one write: print() makes two where output is unbuffered.
SLEEPER = """
import os, signal, sys, time
if sys.argv[1] == "deaf": signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"deaf\\n"))
os.write(1, b"ready\\n")
end = time.monotonic() + 60
while time.monotonic() < end: time.sleep(1)
os.write(1, b"left behind\\n")
"""


@pytest.mark.parametrize(
    "how",
    [
        "SIGTERM",
        pytest.param("SIGINT", marks=pytest.mark.slow),
        pytest.param("SIGHUP", marks=pytest.mark.slow),
        "SIGKILL",
    ],
)
def test_no_child_outlives_the_demo(tmp_path: Path, how: str) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    with starter.stdout as said:
        assert [said.readline(), said.readline()] == ["ready\n", "ready\n"]
        starter.send_signal(getattr(signal, how))
        words = said.read().split("\n")  # ends when the last of the three has
    number = getattr(signal, how)
    assert starter.wait(5) == (-number if how == "SIGKILL" else 128 + number)
    assert "left behind" not in words
    assert "deaf" in words
    assert ("tidied" in words) == (how != "SIGKILL")
