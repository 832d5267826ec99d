"""Builds the Windows setup (NSIS) and the MSI (WiX source, built by wixl) of a frozen client.

Both are per machine and know of each other; what they put where is in docs/packaging.md. They are
built on Linux as on Windows, from a folder that PyInstaller made on Windows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from build_scripts import managed_settings
from build_scripts.icons import write_ico
from build_scripts.materials import bill_of
from build_scripts.windows.signing import sign, uninstaller_signer
from sync.client.updating.installation import NOTE_NAME, ROOT_NAME

HERE: Final = Path(__file__).resolve().parent
PROGRAM_NAME: Final = "guichet.exe"
PAYLOAD: Final = "payload"
POLICIES: Final = "policies"
"""In the program's folder: templates for the group policies' store."""
UPGRADE_CODE: Final = "6C0C1B77-3D5A-4E43-9B4E-0C5B2F5B6A11"
"""The same for all versions there will be: Windows knows by it what follows what."""
_NAMES: Final = uuid.UUID("0b6d2a66-6f0e-4f0e-8f55-6a2f5c2f2f10")


def _guid(said: str) -> str:
    return str(uuid.uuid5(_NAMES, said)).upper()


def _id(kind: str, said: str) -> str:
    return f"{kind}_{uuid.uuid5(_NAMES, said).hex}"


_NEWER: Final = "A newer Guichet is installed, which this one can't read. Nothing was changed."
_BY_SETUP: Final = (
    "Guichet was installed by its setup. Nothing was changed. "
    "Go on with the setup, or remove that first."
)
_CLOSE: Final = (
    'cmd /c net localgroup Guichet /add & icacls "[DATA]." /inheritance:r /grant:r'
    ' *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F "[GROUP]:(OI)(CI)M"'
)
_AS_THE_SYSTEM: Final = 34 + 1024 + 2048
"""A command in a folder, run by the installer's own account, which must succeed."""
_STATEMENTS: Final = (
    "UPDATE Property SET Value ="
    " 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;GROUP;BYSETUP'"
    " WHERE Property = 'SecureCustomProperties'",
    "INSERT INTO CustomAction (Action, Type, Source, Target)"  # noqa: S608 - ours
    f" VALUES ('CloseData', {_AS_THE_SYSTEM}, 'INSTALLDIR', '{_CLOSE}')",
    "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence)"
    " VALUES ('CloseData', 'NOT REMOVE=\"ALL\"', 6500)",
)
"""What is said to the finished MSI, since wixl has no words for it."""
_TASK: Final = "Guichet updates"
_EVEN_IF_IT_FAILS: Final = 64
_FETCHING: Final = (
    "INSERT INTO CustomAction (Action, Type, Source, Target) VALUES"  # noqa: S608 - ours
    f" ('FetchFrom', {_AS_THE_SYSTEM + _EVEN_IF_IT_FAILS}, 'INSTALLDIR',"
    f' \'schtasks /create /f /tn "{_TASK}" /sc hourly /mo 6 /ru SYSTEM'
    ' /tr "\\"[INSTALLDIR]guichet.exe\\" updates fetch"\')',
    "INSERT INTO CustomAction (Action, Type, Source, Target) VALUES"  # noqa: S608 - ours
    f" ('FetchNoMore', {_AS_THE_SYSTEM + _EVEN_IF_IT_FAILS}, 'INSTALLDIR',"
    f' \'cmd /c schtasks /delete /f /tn "{_TASK}" & rmdir /s /q "[INSTALLDIR]versions"\')',
    "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence)"
    " VALUES ('FetchFrom', 'NOT REMOVE=\"ALL\"', 6510)",
    "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence)"
    " VALUES ('FetchNoMore', 'REMOVE=\"ALL\" AND NOT UPGRADINGPRODUCTCODE', 3400)",
)
"""The owner of the program fetches its next versions: a task of the system's account."""


class InstallerFailed(Exception):
    """An installer could not be built; the message is what the builder said."""


@dataclass(frozen=True, slots=True)
class Updates:
    """Where PCs with this installer get their next versions from by themselves.

    Attributes:
        repository: a URL, see `build_scripts.release`.
        channel: which versions are theirs.
        root: the repository's newest root list.
    """

    repository: str
    channel: str
    root: Path


def build(
    payload: Path, target: Path, *, version: str, built_at: int, updates: Updates | None = None
) -> list[Path]:
    """Build the setup and the MSI, signed where there is a certificate.

    Args:
        payload: the client's folder, frozen on Windows, with its bill.
        target: the folder they are put into.
        version: such as '0.1.0'.
        built_at: their time stamp, s since 1970.
        updates: what makes PCs bring their next versions by themselves; None for IT's own tools.

    Returns:
        The setup's path and the MSI's.

    Raises:
        InstallerFailed, SigningFailed
    """
    program = payload / PROGRAM_NAME
    if not program.is_file():
        raise InstallerFailed(f"{payload} holds no {PROGRAM_NAME}")
    if not bill_of(program).is_file():
        raise InstallerFailed(
            f"{payload} says nothing of what it is made of, nor under which licences: "
            f"run 'py -m build_scripts.bill {program}' on the Windows where it was frozen."
        )
    target.mkdir(parents=True, exist_ok=True)
    setup = target / f"guichet-{version}-setup.exe"
    msi = target / f"guichet-{version}.msi"
    with tempfile.TemporaryDirectory(prefix="guichet-windows-") as temporary:
        work = Path(temporary)
        copy = work / PAYLOAD
        shutil.copytree(payload, copy)
        managed_settings.write(copy / POLICIES)
        if updates is not None:
            _say_where_from(copy, updates)
        for path in (copy, *copy.rglob("*")):
            os.utime(path, (built_at, built_at))
        icon = work / "guichet.ico"
        write_ico(icon)
        for suffix in (".exe", ".com"):  # without and with a console
            if (copy / PROGRAM_NAME).with_suffix(suffix).exists():
                sign((copy / PROGRAM_NAME).with_suffix(suffix))
        _setup(copy, icon, setup, version=version, built_at=built_at, fetches=updates is not None)
        _msi(copy, work, msi, version=version, built_at=built_at, fetches=updates is not None)
    for path in (setup, msi):
        sign(path)
    return [setup, msi]


def _say_where_from(payload: Path, updates: Updates) -> None:
    said = {"versions": "versions", "repository": updates.repository, "channel": updates.channel}
    (payload / NOTE_NAME).write_text(json.dumps(said, indent=1))
    shutil.copy(updates.root, payload / ROOT_NAME)


def _setup(
    payload: Path, icon: Path, target: Path, *, version: str, built_at: int, fetches: bool
) -> None:
    size = sum(path.stat().st_size for path in payload.rglob("*") if path.is_file())
    said = {
        "VERSION": version,
        "NUMBERS": four_numbers(version),
        "PAYLOAD": str(payload),
        "TARGET": str(target),
        "ICON": str(icon),
        "BYTES_KB": str(size // 1024),
    }
    if fetches:
        said["TASK"] = _TASK
    if signer := uninstaller_signer():
        said["SIGN"] = signer
    command = ["makensis", "-V2", "-WX", *(f"-D{name}={value}" for name, value in said.items())]
    _run([*command, str(HERE / "guichet.nsi")], built_at)


def four_numbers(version: str) -> str:
    """As Windows wants a version: four numbers, each below 65,536.

    Raises:
        InstallerFailed: it has others.
    """
    numbers = version.split(".")
    if not all(number.isdecimal() and int(number) < 1 << 16 for number in numbers):
        raise InstallerFailed(f"{version} is no version for Windows: numbers below 65536")
    return ".".join([*numbers, "0", "0", "0"][:4])


# ------------------------------------------------------------------- MSI


def _msi(
    payload: Path, work: Path, target: Path, *, version: str, built_at: int, fetches: bool
) -> None:
    source = work / "guichet.wxs"
    wix(payload, version=version).write(source, encoding="utf-8", xml_declaration=True)
    target.unlink(missing_ok=True)
    wixl = ["wixl", "--arch", "x64", "--output", str(target), str(source)]
    _run(wixl, built_at, within=work)
    for statement in (*_STATEMENTS, *(_FETCHING if fetches else ())):
        _run(["msibuild", str(target), "-q", statement], built_at)


def wix(payload: Path, *, version: str) -> ET.ElementTree[ET.Element]:
    """The MSI's source: every file of the payload, and what stands around them."""
    root = ET.Element("Wix", xmlns="http://schemas.microsoft.com/wix/2006/wi")
    product = _put(
        root,
        "Product",
        Id=_guid(f"product {version}"),
        Name="Guichet",
        Language="1033",
        Version=version,
        Manufacturer="Guichet",
        UpgradeCode=UPGRADE_CODE,
    )
    _put(
        product,
        "Package",
        InstallerVersion="500",
        Compressed="yes",
        InstallScope="perMachine",
        Description="Guichet",
    )
    _put(product, "MajorUpgrade", DowngradeErrorMessage=_NEWER)
    _put(product, "Media", Id="1", Cabinet="guichet.cab", EmbedCab="yes")
    _put(product, "Property", Id="GROUP", Value="Guichet")
    found = _put(product, "Property", Id="BYSETUP")
    _put(
        found,
        "RegistrySearch",
        Id="BySetup",
        Root="HKLM",
        Key="Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Guichet",
        Name="UninstallString",
        Type="raw",
        Win64="yes",
    )
    condition = _put(product, "Condition", Message=_BY_SETUP)
    condition.text = "Installed OR NOT BYSETUP"
    folders = _put(product, "Directory", Id="TARGETDIR", Name="SourceDir")
    programs = _put(folders, "Directory", Id="ProgramFiles64Folder")
    place = _put(programs, "Directory", Id="INSTALLDIR", Name="Guichet")
    feature = _put(product, "Feature", Id="Main", Level="1")
    _files(payload, place, feature, payload)
    _around(product, folders, place, feature, version)
    return ET.ElementTree(root)


def _files(folder: Path, place: ET.Element, feature: ET.Element, payload: Path) -> None:
    for path in sorted(folder.iterdir()):
        said = path.relative_to(payload).as_posix()
        if path.is_dir():
            inner = _put(place, "Directory", Id=_id("d", said), Name=path.name)
            _files(path, inner, feature, payload)
            continue
        component = _component(place, feature, said)
        name = _id("f", said)
        _put(component, "File", Id=name, Source=f"{PAYLOAD}/{said}", Name=path.name, KeyPath="yes")


def _around(
    product: ET.Element,
    folders: ET.Element,
    place: ET.Element,
    feature: ET.Element,
    version: str,
) -> None:
    """The shortcut, the registry, and the data folder, which stays when all else goes."""
    menu = _put(folders, "Directory", Id="ProgramMenuFolder")
    shortcut = _component(menu, feature, "shortcut")
    _put(
        shortcut,
        "Shortcut",
        Id="Shortcut",
        Name="Guichet",
        Target=f"[INSTALLDIR]{PROGRAM_NAME}",
        WorkingDirectory="INSTALLDIR",
    )
    _value(shortcut, "Software\\Guichet", "Shortcut", "1", is_key=True)
    registry = _component(place, feature, "registry")
    _value(registry, "Software\\Guichet", "Version", version, is_key=True)
    _value(registry, "Software\\Guichet", "Folder", "[INSTALLDIR]")
    _value(registry, "Software\\Guichet", "InstalledBy", "msi")
    # Chosen by ADDLOCAL=ALL; a feature is kept by upgrades, and goes with the program
    chosen = _put(product, "Feature", Id="Autostart", Level="1000")
    autostart = _component(place, chosen, "autostart")
    run = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
    _value(autostart, run, "Guichet", f'"[INSTALLDIR]{PROGRAM_NAME}"', is_key=True)
    common = _put(folders, "Directory", Id="CommonAppDataFolder")
    data = _put(common, "Directory", Id="DATA", Name="Guichet")
    kept = _put(data, "Component", Id="Data", Guid=_guid("data"), Win64="yes")
    _put(kept, "CreateFolder")
    _value(kept, "Software\\Guichet", "Data", "[DATA]", is_key=True)
    _put(feature, "ComponentRef", Id="Data")


def _component(place: ET.Element, feature: ET.Element, said: str) -> ET.Element:
    name = _id("c", said)
    _put(feature, "ComponentRef", Id=name)
    return _put(place, "Component", Id=name, Guid=_guid(said), Win64="yes")


def _value(component: ET.Element, key: str, name: str, value: str, *, is_key: bool = False) -> None:
    place = {"Root": "HKLM", "Key": key, "Name": name, "Value": value, "Type": "string"}
    _put(component, "RegistryValue", **place, KeyPath="yes" if is_key else "no")


def _put(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, name, attributes)


def _run(command: Sequence[str], built_at: int, *, within: Path | None = None) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(built_at), "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command,
            cwd=within,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise InstallerFailed(f"{command[0]} is not installed") from error
    if done.returncode:
        raise InstallerFailed(f"{command[0]}:\n{done.stdout}")
    if done.stdout.strip():
        print(done.stdout.strip(), file=sys.stderr)
