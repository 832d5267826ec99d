"""Which keyring a program takes before it opens a seat, and whose the files beside it are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import keyring
import pytest

from app.credentials import keyring_vault
from app.credentials.file_vault import write_private
from app.credentials.keyring_vault import take_own_keyring


class Works:
    """None that `keyring` would find: it tries every backend that is defined."""

    viable = True


class Broken:
    viable = False


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was taken, on a PC where nobody has chosen."""
    found: list[object] = []
    monkeypatch.setattr(keyring, "set_keyring", found.append)
    monkeypatch.setattr(keyring.core, "load_env", lambda: None)
    monkeypatch.setattr(keyring.core, "load_config", lambda: None)
    return found


def own(monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
    monkeypatch.setitem(
        keyring_vault._OWN,
        "linux",
        f"{__name__}.{kind.__name__}",
    )
    monkeypatch.setattr("sys.platform", "linux")


def test_the_systems_own_is_taken(monkeypatch: pytest.MonkeyPatch, taken: list[object]) -> None:
    own(monkeypatch, Works)
    take_own_keyring()
    assert [type(each) for each in taken] == [Works]


def test_one_that_does_not_work_is_left_to_the_library(
    monkeypatch: pytest.MonkeyPatch, taken: list[object]
) -> None:
    own(monkeypatch, Broken)
    take_own_keyring()
    assert taken == []


def test_an_unknown_system_is_left_to_the_library(
    monkeypatch: pytest.MonkeyPatch, taken: list[object]
) -> None:
    monkeypatch.setattr("sys.platform", "plan9")
    take_own_keyring()
    assert taken == []


@pytest.mark.parametrize("by", ["load_env", "load_config"])
def test_what_somebody_chose_goes_before(
    monkeypatch: pytest.MonkeyPatch, taken: list[object], by: str
) -> None:
    own(monkeypatch, Works)
    chosen = Broken()
    monkeypatch.setattr(keyring.core, by, lambda: chosen)
    take_own_keyring()
    assert taken == [chosen]


def test_a_choice_that_does_not_work_is_said_later(
    monkeypatch: pytest.MonkeyPatch, taken: list[object]
) -> None:
    def broken() -> None:
        raise RuntimeError("no such keyring")

    own(monkeypatch, Works)
    monkeypatch.setattr(keyring.core, "load_env", broken)
    take_own_keyring()
    assert taken == []


@pytest.mark.parametrize("is_own", [False, True])
def test_a_private_file_is_its_accounts_or_its_folders(tmp_path: Path, is_own: bool) -> None:
    tmp_path.chmod(0o770)
    write_private(tmp_path / "kept", b"secret", own=is_own)
    status = (tmp_path / "kept").stat()
    assert (tmp_path / "kept").read_bytes() == b"secret"
    assert stat.S_IMODE(status.st_mode) & 0o007 == 0
    assert status.st_uid == (os.geteuid() if is_own else tmp_path.stat().st_uid)
    if is_own:
        assert stat.S_IMODE(status.st_mode) == 0o600
