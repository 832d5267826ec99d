"""Commands with nobody at a terminal, and as an account that may not read what root may."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from sync.server import pins
from sync.server.account import account, denied_words
from sync.server.cli import main
from sync.server.store import tables as t
from sync.server.store.engine import make_engine, reading

ROOT = Path(__file__).resolve().parents[2]
INIT = ("init", "--programme", "P")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def alone(data: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A command without a terminal, as a script or a package's hook runs it."""
    command = [sys.executable, "-m", "sync.server.cli", "--data", str(data), *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, check=False, cwd=ROOT, start_new_session=True
    )


def verifier(data: Path, number: str) -> str:
    engine = make_engine(f"sqlite:///{data / 'guichet.db'}")
    with reading(engine) as connection:
        found = connection.execute(
            sa.select(t.staff.c.pin_verifier).where(t.staff.c.number == number)
        ).scalar_one()
    engine.dispose()
    return str(found)


def test_a_pin_that_nobody_can_be_asked_for(data: Path) -> None:
    for stdin in (b"", b"1234\n"):
        done = alone(data, *INIT, stdin=stdin)
        assert done.returncode == 1
        assert b"--admin-pin-file" in done.stderr
        assert done.stderr.count(b"\n") == 1
    assert not (data / "keys").exists()


def test_a_pin_comes_from_a_file_or_from_stdin(data: Path, tmp_path: Path) -> None:
    pin = tmp_path / "pin"
    pin.write_text("2468\n")
    assert alone(data, *INIT, "--admin-pin-file", "-", stdin=b"1357\n").returncode == 0
    assert pins.fits(verifier(data, "1"), "1357")
    person = ("staff", "add", "101", "Li Na", "--office", "HQ")
    assert main(["--data", str(data), *person, "--pin-file", str(pin)]) == 0
    assert pins.fits(verifier(data, "101"), "2468")
    pin.write_text("8642")
    assert main(["--data", str(data), "staff", "set", "101", "--pin-file", str(pin)]) == 0
    assert pins.fits(verifier(data, "101"), "8642")


@pytest.mark.parametrize(
    ("content", "says"), [("12\n", "4 to 12 digits"), ("", "4 to 12"), ("1234\n5678\n", "4 to 12")]
)
def test_a_file_that_holds_no_pin(
    data: Path, tmp_path: Path, content: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pin = tmp_path / "pin"
    pin.write_text(content)
    assert main(["--data", str(data), *INIT, "--admin-pin-file", str(pin)]) == 1
    assert says in capsys.readouterr().err
    assert main(["--data", str(data), *INIT, "--admin-pin-file", str(tmp_path / "no")]) == 1
    assert str(tmp_path / "no") in capsys.readouterr().err


def test_whoever_is_asked_and_says_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(_: str) -> str:
        raise EOFError

    def shows_it(_: str) -> str:
        warnings.warn("Can not control echo", getpass.GetPassWarning, stacklevel=1)
        return "1234"

    for asked in (ends, shows_it):
        monkeypatch.setattr(getpass, "getpass", asked)
        assert main(["--data", str(data), *INIT]) == 1
        assert "--admin-pin-file" in capsys.readouterr().err


# --------------------------------------------------------------- another account


def deny(monkeypatch: pytest.MonkeyPatch, denied: Path) -> None:
    """Have the system refuse a file, as to an account that isn't root."""
    really = Path.open

    def refusing(self: Path, *arguments: object, **named: object) -> object:
        if self == denied:
            raise PermissionError(13, "Permission denied", str(self))
        return really(self, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refusing)


@pytest.mark.parametrize(
    "command",
    [
        ("import", "members", "{}"),
        ("import", "members", "{}", "--print-mapping"),
        ("import", "members", "/dev/null", "--mapping", "{}"),
        ("import", "served", "{}"),
        ("office", "expect", "HQ", "{}"),
        ("tls", "install", "{}"),
        ("audit", "sqlite:///{}"),
        ("audit", "{}"),
        ("picture", "add", "{}"),
        ("rescue", "import", "{}"),
        ("staff", "add", "7", "x", "--office", "HQ", "--pin-file", "{}"),
    ],
    ids=" ".join,
)
def test_a_file_of_roots_is_named_with_what_to_do(
    data: Path, tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert main(["--data", str(data), *INIT, "--admin-pin", "1234"]) == 0
    denied = tmp_path / "roots own"
    denied.write_text("x")
    deny(monkeypatch, denied)
    capsys.readouterr()
    assert main(["--data", str(data), *(word.format(denied) for word in command)]) == 1
    said = capsys.readouterr().err
    assert f"the account {account()}" in said
    assert f"install -o {account()} -m 600 '{denied}' {data}/" in said
    assert said.count("\n") == 1
    assert "Errno" not in said


def test_what_was_put_back_as_root_has_to_be_given_to_the_account(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data), *INIT, "--admin-pin", "1234"]) == 0
    for name, command in (
        ("guichet.db", ["restored"]),
        ("keys/ca.key", ["revoke", str(UUID(int=1))]),
    ):
        deny(monkeypatch, data / name)
        assert main(["--data", str(data), *command]) == 1
        assert f"chown -R {account()}: {data}\n" in capsys.readouterr().err


def test_a_database_in_a_folder_that_cant_be_written_to(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQLite says no more of it than that it is unable."""
    assert main(["--data", str(data), *INIT, "--admin-pin", "1234"]) == 0
    copy = Path(shutil.copy(data / "guichet.db", tmp_path / "copy.db"))
    really = os.access
    for denied in (copy, tmp_path):
        with monkeypatch.context() as patched:
            patched.setattr(
                os, "access", lambda path, how, *, no=denied: path != no and really(path, how)
            )
            assert main(["--data", str(data), "audit", str(copy)]) == 1
        assert f"-m 600 {copy} " in capsys.readouterr().err
    assert main(["--data", str(data), "audit", str(copy)]) == 0


def test_a_denial_without_a_file_is_said_as_it_is(data: Path) -> None:
    assert denied_words(PermissionError(1, "Not permitted"), data) == "[Errno 1] Not permitted"
