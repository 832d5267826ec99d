"""The alarms and the dashboard that are shipped ask for what the server tells, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from sync.protocol.told import ConditionRequest
from sync.server.api.app import make_app
from sync.server.serving import now_ms
from sync.server.tls_files import TlsFiles, make_certificate
from tests.server.conftest import Programme
from tests.server.http import Http, serving

ROOT = Path(__file__).resolve().parents[2]
WATCHING = ROOT / "resources" / "watching"
NAME = re.compile(r"\bguichet_[a-z_]+")
TOKEN = {"Authorization": "Bearer secret"}

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@pytest.fixture
def client(programme: Programme, tmp_path: Path) -> Iterator[Http]:
    files = TlsFiles(tmp_path / "tls")
    make_certificate(files, ["a.example"], now_ms=now_ms())
    app = make_app(programme.server, metrics_token="secret", certificate=files.certificate)
    with serving(app) as client:
        yield client


def told(client: Http) -> dict[tuple[str, str], float]:
    """Every sample by name and state."""
    families = text_string_to_metric_families(client.get("/metrics", headers=TOKEN).text)
    return {
        (sample.name, sample.labels.get("state", "")): sample.value
        for family in families
        for sample in family.samples
    }


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((WATCHING / "guichet-rules.yaml").read_text(encoding="utf-8"))
    assert set(document) == {"groups"}
    found: list[dict[str, Any]] = []
    for group in document["groups"]:
        assert set(group) <= {"name", "interval", "rules"}
        found += group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    text = (WATCHING / "guichet-dashboard.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["panels"]
    return found


def test_every_figure_that_is_asked_for_is_told(client: Http) -> None:
    client.get("/healthz")
    names = {name for name, _ in told(client)}
    asked = [rule["expr"] for rule in rules()]
    asked += [target["expr"] for panel in panels() for target in panel["targets"]]
    wanted = {name for expression in asked for name in NAME.findall(expression)}
    assert len(wanted) > 12
    assert wanted <= names
    for expression in asked:
        for opening, closing in ("()", "[]", "{}"):
            assert expression.count(opening) == expression.count(closing), expression


def test_every_alarm_says_what_it_is_and_has_its_line_in_the_runbook(programme: Programme) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    seen = set()
    for rule in rules():
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smh]", rule["for"])
        assert rule["labels"]["severity"] in {"page", "warn", "info"}
        assert rule["annotations"]["summary"]
        assert f"`{rule['alert']}`" in runbook
        seen.add(rule["alert"])
    assert len(seen) == len(rules())


def test_the_dashboards_panels_lie_beside_each_other(programme: Programme) -> None:
    taken: set[tuple[int, int]] = set()
    assert len({panel["id"] for panel in panels()}) == len(panels())
    for panel in panels():
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        taken |= cells


def test_the_figures_of_the_fleet_and_the_certificate(client: Http, programme: Programme) -> None:
    seat, well = programme.seat(), programme.seat(counter=1)
    for each, waited_ms in ((seat, 3_600_001), (well, 0)):
        said = ConditionRequest("1", "Linux", unsent=4 if waited_ms else 0,
                                oldest_unsent_ms=waited_ms)  # fmt: skip
        programme.server.note_condition(each.device_id, said)
    found = told(client)
    assert found["guichet_fleet_devices", "stuck"] == 1
    assert found["guichet_fleet_devices", "well"] == 1
    assert found["guichet_fleet_devices", "away"] == 0
    assert found["guichet_fleet_unsent_entries", ""] == 4
    assert found["guichet_fleet_oldest_unsent_seconds", ""] == pytest.approx(3_600.001)
    assert found["guichet_backup_confirmed_timestamp_seconds", ""] == 0
    left_s = found["guichet_tls_ends_timestamp_seconds", ""] - now_ms() / 1000
    assert 396 < left_s / 86_400 < 398
