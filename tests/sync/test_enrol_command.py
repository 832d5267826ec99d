"""What `guichet enrol --unattended` says where the server can't be reached, and never says."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from app.settings.in_force import Settings, read_settings
from app.settings.places import files_in
from sync.client.enrol_command import REFUSED, enrol_unattended, main
from tests.fakes.web import challenge, web
from tests.sync.tls import make_certificate

TOKEN = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"


def settings_of(folder: Path, **settings: str) -> Settings:
    etc = folder / "etc"
    etc.mkdir(exist_ok=True)
    (etc / "settings.json").write_text(json.dumps({"enrolment_token": TOKEN, **settings}))
    return read_settings({"data_folder": folder / "data"}, places=files_in(etc))


def tries(settings: Settings) -> list[str]:
    """What two tries in vain said."""
    said: list[str] = []
    clock = iter((0.0, 1.0, 9.0))
    with pytest.raises(Unavailable) as refused:
        enrol_unattended(
            settings, patience_s=5, tell=said.append, wait=lambda _: None, now_s=lambda: next(clock)
        )
    return [*said, f"{refused.value.code}: {refused.value.message}"]


@pytest.fixture(autouse=True)
def _own_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    keeps = "app.credentials.keyring_vault.KeyringVault.keeps_secrets"
    monkeypatch.setattr(keeps, lambda self: False)


def test_a_wrong_name_and_a_missing_authority_are_told_apart(tmp_path: Path) -> None:
    good = make_certificate(tmp_path / "good")
    named = make_certificate(tmp_path / "named", address="192.0.2.7")
    for shown, authority, code, said in (
        (named, named.authority, "certificate_name", "shows a certificate for 192.0.2.7"),
        (good, None, "certificate_unknown", "CN=Test good"),
        (good, named.authority, "authority_wrong", f"{named.authority} does not certify"),
    ):
        with web(lambda: challenge(time.time_ns() // 1_000_000), shown.chain) as server:
            url = f"https://127.0.0.1:{server.port}"
            pinned = {} if authority is None else {"certificate_authority": str(authority)}
            again, at_last = tries(settings_of(tmp_path, server=url, **pinned))
        assert again.startswith(f"{url}: certificate; again in ")
        assert at_last.startswith("certificate: ")
        for line in (again, at_last):
            assert f"[{code}]" in line
            assert said in line
            assert TOKEN not in line


def test_a_proxys_password_is_not_said(tmp_path: Path) -> None:
    proxy = "http://counter:geheim@127.0.0.1:1"
    settings = settings_of(tmp_path, server="https://guichet.test", proxy=proxy)
    for line in tries(settings):
        assert "[proxy_unreachable]" in line
        assert "127.0.0.1:1" in line
        assert "geheim" not in line


def test_another_folder_than_the_one_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_of(tmp_path, data_folder=str(tmp_path / "data"))
    places = files_in(tmp_path / "etc")
    monkeypatch.setattr("app.settings.in_force.system_places", lambda: places)
    monkeypatch.chdir(tmp_path)
    assert main(["--unattended", "--data-folder", "other"]) == REFUSED
    assert "nothing_arranged" in capsys.readouterr().err
    assert (tmp_path / "other" / "work.db").exists()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("is_back", [False, True])
def test_a_server_that_fails_is_told_unless_it_is_well_by_then(
    tmp_path: Path, is_back: bool
) -> None:
    answer = challenge(time.time_ns() // 1_000_000) if is_back else (503, {}, b"")
    said = "finds nothing wrong" if is_back else "[server_failing]"
    with web(answer) as server:
        lines = tries(settings_of(tmp_path, server=f"http://127.0.0.1:{server.port}"))
    assert all(said in line for line in lines)
