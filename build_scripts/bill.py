"""The bill of materials of a frozen folder, and the licences of all that is in it.

`python -m build_scripts.bill PROGRAM` writes the bill (CycloneDX 1.6) and the folder licences/
beside the program, so that whatever is made of its folder has both; the same commit gives the same
bytes. `./dev package` does it for client and server.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import cyclonedx.schema
import jsonschema_rs
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from app.domain.program import program_version
from build_scripts.freeze import built_at
from build_scripts.materials import (
    LICENCES_NAME,
    OWN,
    TEXTS,
    BillFailed,
    Material,
    bill_of,
    materials,
)

_SCHEMAS: Final = Path(cyclonedx.schema.__file__).parent / "_res"
_PREFIX: Final = "http://cyclonedx.org/schema/"


def write_bill(program: Path, *, version: str, at: int) -> list[Material]:
    """Write bill and licences beside a program; what is there of an earlier run is replaced.

    Args:
        program: in its frozen folder.
        version: the program's.
        at: its time stamp, s since 1970.

    Returns:
        What the folder is made of.

    Raises:
        BillFailed: something in the folder has no known origin or licence, or the bill isn't one.
    """
    found = materials(program)
    text = bill(found, program.stem, version=version, at=at)
    see_that_it_is_one(text)
    written = bill_of(program)
    written.write_text(text, encoding="utf-8")
    licences = program.parent / LICENCES_NAME
    write_licences(found, licences)
    for path in (written, licences, *licences.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (at, at))  # installers take them over
    return found


def bill(found: Sequence[Material], name: str, *, version: str, at: int) -> str:
    """The bill of the program `name` as CycloneDX 1.6, in JSON; the same for the same arguments."""
    own = [each for each in found if each.name == OWN]
    this = Material(name, version, "Apache-2.0", f"pkg:generic/{name}@{version}")
    if own:
        this = replace(this, files=own[0].files, texts=own[0].texts)
    made = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"{name} {version} {at} {_digest(found)}"),
        metadata=BomMetaData(
            component=_component(this, ComponentType.APPLICATION),
            timestamp=datetime.fromtimestamp(at, UTC),
        ),
        components=[_component(each, ComponentType.LIBRARY) for each in found if each not in own],
    )
    for component in made.components:
        made.register_dependency(component)
    root = made.metadata.component
    assert root is not None
    made.register_dependency(root, made.components)
    return str(JsonV1Dot6(made).output_as_string(indent=1)) + "\n"


def _digest(found: Sequence[Material]) -> str:
    return repr([(each.name, each.version, sorted(each.files.items())) for each in found])


def _component(material: Material, kind: ComponentType) -> Component:
    licence = LicenseFactory().make_from_string(material.licence)
    hashes = []
    if len(material.files) == 1:
        (digest,) = material.files.values()
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest)]
    return Component(
        name=material.name,
        version=material.version or None,
        type=kind,
        bom_ref=material.purl,
        purl=PackageURL.from_string(material.purl),
        licenses=[licence],
        hashes=hashes,
        components=[] if hashes else [_file(*each) for each in sorted(material.files.items())],
        properties=[Property(name="guichet:licence-texts", value=_folder_of(material))],
    )


def _file(name: str, digest: str) -> Component:
    return Component(
        name=name,
        type=ComponentType.FILE,
        bom_ref=f"file:{name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


def _folder_of(material: Material) -> str:
    return f"{LICENCES_NAME}/{material.name.replace(' ', '-')}"


def see_that_it_is_one(text: str) -> None:
    """Hold the bill against CycloneDX's own schema. Raises BillFailed."""
    schemas = {
        name: json.loads((_SCHEMAS / f"{name}.SNAPSHOT.schema.json").read_text("utf-8"))
        for name in ("bom-1.6", "spdx", "jsf-0.82")
    }
    known = [(f"{_PREFIX}{name}.SNAPSHOT.schema.json", each) for name, each in schemas.items()]
    known += [(each["$id"], each) for each in schemas.values()]
    registry = jsonschema_rs.Registry(known)
    validator = jsonschema_rs.Draft7Validator(schemas["bom-1.6"], registry=registry)
    wrong = [
        f"{each.instance_path}: {each.message}" for each in validator.iter_errors(json.loads(text))
    ]
    if wrong:
        raise BillFailed("The bill of materials is none by its own schema: " + "; ".join(wrong[:5]))


def write_licences(found: Sequence[Material], target: Path) -> None:
    """Write each component's licence, and a list of all.

    Raises:
        BillFailed: a component has none.
    """
    shutil.rmtree(target, ignore_errors=True)
    lines = []
    for each in found:
        if not each.texts:
            raise BillFailed(f"There is no text of the licence of {each.name} ({each.licence}).")
        folder = target.parent / _folder_of(each)
        folder.mkdir(parents=True)
        for name, text in each.texts.items():
            (folder / name).write_bytes(text)
        lines.append(f"{each.name} {each.version}: {each.licence}".replace(" :", ":"))
    (target / "README").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copyfile(TEXTS / "LGPL.txt", target / "LGPL.txt")


def main() -> int:
    """Write what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path, help="in its frozen folder")
    options = parser.parse_args()
    try:
        found = write_bill(options.program, version=program_version(), at=built_at())
    except BillFailed as problem:
        print(f"bill: {problem}", file=sys.stderr)
        return 1
    print(f"bill: {len(found)} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
