"""A package's documents: what is read on a machine without the project leads nowhere but there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from build_scripts.linux import installers
from build_scripts.linux.documents import documents, linked
from build_scripts.linux.server import build as server


def config(module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What nfpm would be told; what a frozen folder needs is asked of real ones elsewhere."""
    for name in ("debian_packages", "rpm_requirements", "links_to_papers"):
        monkeypatch.setattr(module, name, lambda *_: [], raising=False)
    (tmp_path / "settings").mkdir()
    told: dict[str, Any] = module._config(tmp_path, tmp_path, version="1.2", built_at=1_795_000_000)
    return told


@pytest.mark.parametrize(
    ("module", "package", "names"),
    [
        (server, "guichet-server", ("operations.md",)),
        (installers, "guichet", ("packaging.md", "doctor.md")),
    ],
)
def test_every_link_of_a_packages_documents_leads_to_another(
    module: Any, package: str, names: tuple[str, ...], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = Path("/usr/share/doc") / package
    put = {
        Path(entry["dst"]): Path(entry.get("src", ""))
        for entry in config(module, tmp_path, monkeypatch)["contents"]
        if Path(entry["dst"]).is_relative_to(folder)
    }
    assert {folder / name for name in names} <= set(put)
    led = 0
    for place, source in put.items():
        assert source.is_file()
        if place.suffix == ".md":
            for target in linked(place, source.read_text(encoding="utf-8")):
                assert target in put, f"{place} leads to {target}"
                led += 1
    assert led > 20


def test_a_link_that_leads_nowhere_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("build_scripts.linux.documents.DOCS", tmp_path)
    (tmp_path / "a.md").write_text("[b](b.md#part), [web](https://b.example/c.md), [here](#part)")
    with pytest.raises(FileNotFoundError, match=r"b\.md"):
        documents(("a.md",), tmp_path / "work")
