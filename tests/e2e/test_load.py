"""The load driver: it runs, and it tells when something was lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from build_scripts.load.__main__ import judge
from sync.server.keys import make_keys
from sync.server.service import CentralServer
from sync.server.store.engine import make_engine
from sync.server.store.migrate import migrate
from tests.server.conftest import make_programme
from tests.server.seats import Clock, visit

ROOT = Path(__file__).resolve().parents[2]


def test_whatever_was_lost_or_doubled_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'guichet.db'}"
    engine = make_engine(url)
    migrate(engine)
    clock = Clock()
    keys, _ = make_keys(now_ms=clock.ms)
    seat = make_programme(CentralServer(engine, keys, clock), clock).seat()
    _, rating_id = visit(seat, score=1)
    seat.push()
    pressed = {str(rating_id): 1.0}

    def result(**changed: Any) -> list[dict[str, Any]]:
        said = {
            "entries": {str(seat.device_id): len(seat.bodies)},
            "unsent": 0,
            "exceptions": 0,
            "pressed_s": pressed,
            "rung_s": pressed,
        }
        return [{**said, **changed}]

    assert judge(url, result()) == []
    wrongs: list[dict[str, Any]] = [
        {"entries": {str(seat.device_id): len(seat.bodies) + 1}},
        {"entries": {str(seat.device_id): len(seat.bodies) - 1}},
        {"unsent": 1},
        {"exceptions": 1},
        {"rung_s": {}},
        {"pressed_s": {}},
    ]
    for changed in wrongs:
        assert len(judge(url, result(**changed))) == 1, changed
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE entry SET raw = X'7b7d' WHERE seq = 1")
    assert judge(url, result())
    engine.dispose()


@pytest.mark.slow
def test_counters_at_work_lose_nothing() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "build_scripts.load", "--counters", "30"),
            *("--seconds", "10", "--visit-every", "10", "--low-share", "0.3", "--idle", "50"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrong                        none" in done.stdout
