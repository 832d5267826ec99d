"""Which database a data folder means: its own, wherever the folder was copied to."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sync.server.cli import main
from sync.server.opening import database_words
from sync.server.settings import (
    ServerSettings,
    configuration_file,
    database_url,
    write_configuration,
)
from sync.server.store.engine import make_engine


def run(data: Path, *arguments: str) -> int:
    return main(["--data", str(data), *arguments])


@pytest.fixture
def live(tmp_path: Path) -> Path:
    folder = tmp_path / "live"
    assert run(folder, "init", "--programme", "P", "--admin-pin", "1234") == 0
    return folder


@pytest.fixture
def copy(live: Path, tmp_path: Path) -> Path:
    """As for a restore rehearsal."""
    return Path(shutil.copytree(live, tmp_path / "copy"))


def epochs(data: Path) -> int:
    with closing(sqlite3.connect(data / "guichet.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM epoch").fetchone()
        return int(count)


def say(data: Path, **noted: object) -> None:
    configuration_file(data).write_text(json.dumps(noted))


def test_a_copied_folder_means_its_own_database_and_says_so(
    live: Path, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    for command in ("restored", "status", "audit"):
        assert run(copy, command) == 0
        said = "".join(capsys.readouterr())
        assert str(copy / "guichet.db") in said
        assert str(live) not in said
    assert (epochs(live), epochs(copy)) == (1, 2)


def test_the_folder_may_be_named_from_anywhere(
    live: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(live.parent)
    for named in (Path("live"), Path("live/../live")):
        assert run(named, "audit") == 0
    monkeypatch.chdir(live)
    assert run(Path(), "audit") == 0


def test_a_copy_whose_configuration_names_the_live_database_is_refused(
    live: Path, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `init` wrote it once."""
    say(copy, database_url=f"sqlite:///{live / 'guichet.db'}")
    say(live, database_url=f"sqlite:///{live / 'guichet.db'}")
    capsys.readouterr()
    for command in ("restored", "status", "audit", "expire"):
        assert run(copy, command) == 1
        said = capsys.readouterr().err
        assert str(live / "guichet.db") in said
        assert '"sqlite:///guichet.db"' in said
        assert '"outside": true' in said
    assert run(live, "audit") == 0, "in its own folder it goes on being read"
    (live.parent / "link").symlink_to(live)
    assert run(live.parent / "link", "audit") == 0
    assert epochs(live) == 1
    say(copy, database_url=f"sqlite:///{live / 'guichet.db'}", outside=True)
    assert run(copy, "audit") == 0
    assert str(live / "guichet.db") in capsys.readouterr().err


@pytest.mark.parametrize("name", ["guichet.db", "other.db"])
def test_a_database_elsewhere_that_was_asked_for_is_used(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    data, named = tmp_path / "data", f"sqlite:///{name}"
    wanted = ("--programme", "P", "--admin-pin", "1234", "--database", named)
    assert run(data, "init", *wanted) == 0
    monkeypatch.chdir("/")
    assert run(data, "audit") == 0
    assert str(tmp_path / name) in capsys.readouterr().err
    assert not (data / name).exists()
    say(data, database_url=f"sqlite:///{tmp_path / 'other.db'}")  # as `init` wrote it once
    assert database_url(ServerSettings(data=data)) == f"sqlite:///{tmp_path / 'other.db'}"


def test_what_is_noted_keeps_what_else_the_url_says(tmp_path: Path) -> None:
    for url, noted in (
        (f"sqlite:///{tmp_path}/a.db?timeout=7", "sqlite:///a.db?timeout=7"),
        ("postgresql://u:p%40ss@h/guichet?sslmode=require",) * 2,
        ("sqlite:///file:x?mode=ro&uri=true",) * 2,
    ):
        write_configuration(tmp_path, database_url=url)
        assert json.loads(configuration_file(tmp_path).read_text()) == {"database_url": noted}
        assert database_url(ServerSettings(data=tmp_path)) == url


@pytest.mark.parametrize(
    ("there", "says", "never"),
    [
        ((), ("neither server.json nor keys nor a database", "init"), "put it back"),
        (("keys",), ("no server.json", "but keys:", "put it back", "another server"), "sets up"),
        (("guichet.db",), ("no server.json", "a database (guichet.db)"), "sets up"),
        (("keys", "guichet.db"), ("keys and a database", "sqlite:///guichet.db"), "sets up"),
    ],
)
def test_what_a_restored_folder_lacks_is_named(
    live: Path, tmp_path: Path, there: tuple[str, ...], says: tuple[str, ...], never: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = tmp_path / "restored"
    folder.mkdir()
    for name in there:
        (live / name).rename(folder / name)
    capsys.readouterr()
    assert run(folder, "status") == 1
    said = capsys.readouterr().err
    assert all(words in said for words in says), said
    assert never not in said


def test_a_missing_database_is_not_made_anew(
    live: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (live / "guichet.db").unlink()
    capsys.readouterr()
    for command in ("status", "audit", "restored"):
        assert run(live, command) == 1
        assert f"no database {live / 'guichet.db'}" in capsys.readouterr().err
    assert not (live / "guichet.db").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "7", '"x"'])
def test_a_configuration_that_says_nothing_is_no_missing_server(
    live: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration_file(live).write_text(text)
    capsys.readouterr()
    assert run(live, "status") == 1
    said = capsys.readouterr().err
    assert '"sqlite:///guichet.db"' in said
    assert "init" not in said


def test_keys_of_a_programme_are_kept_from_a_second_init(
    live: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration_file(live).unlink()
    before = (live / "keys" / "ca.key").read_bytes()
    (live / "guichet.db").unlink()
    assert run(live, "init", "--programme", "P", "--admin-pin", "1234") == 1
    assert "keys" in capsys.readouterr().err
    assert (live / "keys" / "ca.key").read_bytes() == before
    assert not (live / "guichet.db").exists()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://guichet:secret@db.example:5432/guichet",
        "postgresql://guichet@db.example/guichet?password=secret&sslmode=require",
        "postgresql://guichet:secret@/guichet?host=/run/postgresql",
    ],
)
def test_what_is_said_of_a_database_holds_no_password(url: str) -> None:
    engine = make_engine(url)
    said = database_words(engine)
    engine.dispose()
    assert "secret" not in said
    assert "guichet@" in said
    assert said.startswith("postgresql://")
    assert "/run/postgresql" in said.replace("%2F", "/") or "db.example" in said
