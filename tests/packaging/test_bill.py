"""The bill of materials: from what is in a folder, whole, the same each time, and with licences."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from build_scripts import vulnerabilities
from build_scripts.bill import bill, see_that_it_is_one, write_licences
from build_scripts.linux.installers import InstallerFailed, links_to_papers
from build_scripts.materials import (
    LICENCES_NAME,
    BillFailed,
    Material,
    bill_of,
    licence_of,
    of_package,
)

AT = 1_795_000_000
TEXT = {"LICENSE": b"do as you like"}


def package(folder: Path, *told: str, texts: tuple[str, ...] = ("LICENSE",)) -> PathDistribution:
    """An installed package that tells what is said."""
    info = folder / "thing-1.2.dist-info"
    info.mkdir(parents=True)
    head = ["Metadata-Version: 2.4", "Name: thing", "Version: 1.2", *told]
    (info / "METADATA").write_text("\n".join(head) + "\n")
    for name in texts:
        (info / name).write_text("do as you like")
    record = [f"{info.name}/{name},," for name in ("METADATA", *texts)]
    (info / "RECORD").write_text("\n".join(record) + "\n")
    return PathDistribution(info)


def materials() -> list[Material]:
    digest = hashlib.sha256(b"x").hexdigest()
    files = {"_internal/a.so": digest, "_internal/b.so": digest}
    return [
        Material("guichet", "0.1.0", "Apache-2.0", "pkg:generic/guichet@0.1.0", files, TEXT),
        Material("one", "1.0", "MIT", "pkg:pypi/one@1.0", {"_internal/one.so": digest}, TEXT),
        Material("two", "2", "LGPL-3.0-only", "pkg:pypi/two@2", {}, TEXT),
        Material("three", "3", "MIT OR Apache-2.0", "pkg:pypi/three@3", files, TEXT),
    ]


def test_a_bill_is_one_by_its_own_schema_and_the_same_each_time() -> None:
    text = bill(materials()[:3], "guichet", version="0.1.0", at=AT)
    see_that_it_is_one(text)
    assert bill(materials()[:3], "guichet", version="0.1.0", at=AT) == text
    assert bill(materials()[:3], "guichet", version="0.1.0", at=AT + 1) != text
    told = json.loads(text)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["name"] == "guichet"
    assert told["metadata"]["timestamp"].startswith("2026-11-18T")
    assert [each["name"] for each in told["components"]] == ["one", "two"]
    other = json.loads(bill(materials()[:3], "guichet-server", version="0.1.0", at=AT))
    assert other["metadata"]["component"]["purl"] == "pkg:generic/guichet-server@0.1.0"
    assert other["serialNumber"] != told["serialNumber"]
    assert told["components"][0]["purl"] == "pkg:pypi/one@1.0"
    assert told["components"][0]["licenses"] == [{"license": {"id": "MIT"}}]
    assert told["components"][0]["hashes"][0]["alg"] == "SHA-256"


@pytest.mark.parametrize(
    "wrong", ['"bomFormat": "list"', '"components": 3', '"serialNumber": "urn:x"', '"strange": 1']
)
def test_what_is_no_bill_is_refused(wrong: str) -> None:
    told = json.loads(bill(materials()[:2], "guichet", version="0.1.0", at=AT))
    told.update(json.loads("{" + wrong + "}"))
    with pytest.raises(BillFailed, match="none by its own schema"):
        see_that_it_is_one(json.dumps(told))


@pytest.mark.parametrize(
    ("told", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("License: BSD 2-Clause License", "BSD-2-Clause"),
        ("License: MIT", "MIT"),
        ("Classifier: License :: OSI Approved :: MIT License", "MIT"),
    ],
)
def test_a_packages_licence_is_read_as_it_tells_it(tmp_path: Path, told: str, licence: str) -> None:
    made = of_package(package(tmp_path, told), {})
    assert (made.licence, made.purl) == (licence, "pkg:pypi/thing@1.2")
    assert made.texts == TEXT


@pytest.mark.parametrize(
    "told",
    [
        ("Summary: nothing",),
        ("License: Proprietary",),
        ("License-Expression: LicenseRef-Mine",),
        ("Classifier: License :: OSI Approved",),
        ("Classifier: License :: OSI Approved :: BSD License",),  # which of them?
    ],
)
def test_a_licence_that_nobody_knows_says_what_to_do(tmp_path: Path, told: tuple[str, ...]) -> None:
    with pytest.raises(BillFailed, match=r"thing 1\.2 .*_BY_NAME in build_scripts/materials\.py"):
        licence_of(package(tmp_path, *told))


def test_a_licence_without_its_text_says_what_to_do(tmp_path: Path) -> None:
    bare = package(tmp_path, "License: ISC", texts=())
    with pytest.raises(BillFailed, match=r"build_scripts/licences/ISC\.txt"):
        of_package(bare, {})
    with pytest.raises(BillFailed, match="no text of the licence of one"):
        write_licences([Material("one", "1", "MIT", "pkg:pypi/one@1")], tmp_path / "licences")


def test_every_licence_is_kept_with_its_text(tmp_path: Path) -> None:
    write_licences(materials(), tmp_path / "licences")
    told = (tmp_path / "licences" / "README").read_text()
    assert "two 2: LGPL-3.0-only" in told
    assert (tmp_path / "licences" / "one" / "LICENSE").read_bytes() == TEXT["LICENSE"]
    assert "_internal" in (tmp_path / "licences" / "LGPL.txt").read_text()
    write_licences(materials()[:1], tmp_path / "licences")
    assert not (tmp_path / "licences" / "one").exists()


def test_no_package_is_made_of_what_has_no_bill(tmp_path: Path) -> None:
    program = tmp_path / "guichet"
    with pytest.raises(InstallerFailed, match=r"build_scripts\.bill .*guichet' first"):
        links_to_papers(program, "/usr/lib/guichet", "/usr/share/doc/guichet", {})
    bill_of(program).write_text("{}")
    (tmp_path / LICENCES_NAME).mkdir()
    links = links_to_papers(program, "/usr/lib/guichet", "/usr/share/doc/guichet", {})
    assert [(each["src"], each["dst"]) for each in links] == [
        ("/usr/lib/guichet/guichet.cdx.json", "/usr/share/doc/guichet/guichet.cdx.json"),
        ("/usr/lib/guichet/licences", "/usr/share/doc/guichet/licences"),
    ]


# ------------------------------------------------------------------- known vulnerabilities

FOUND = {
    "name": "old",
    "version": "1",
    "vulns": [{"id": "V-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}],
}
SOUND = {"name": "new", "version": "2", "vulns": []}
SKIPPED = {"name": "odd", "skip_reason": "not found"}


def test_what_is_known_is_told() -> None:
    asked = vulnerabilities.read(json.dumps({"dependencies": [FOUND, SOUND, SKIPPED]}), "")
    assert asked.known == ["old 1: V-1 (CVE-1), mended in 2"]
    assert asked.unknown == ["odd"]


@pytest.mark.parametrize("told", [json.dumps({"dependencies": [SKIPPED, SKIPPED]}), "", "<html>"])
def test_whoever_knows_nothing_is_no_all_clear(told: str) -> None:
    """pip-audit itself says 'No known vulnerabilities found' where it skipped everything."""
    with pytest.raises(vulnerabilities.NobodyAsked):
        vulnerabilities.read(told, "No known vulnerabilities found")
