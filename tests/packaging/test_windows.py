"""What is built for Windows, as far as it can be looked at elsewhere."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from build_scripts.icons import ICO_PX, write_icns, write_ico
from build_scripts.windows import installers, signing
from build_scripts.windows.installers import PROGRAM_NAME, InstallerFailed, four_numbers, wix
from build_scripts.windows.trial import missing, stand_in, try_out
from build_scripts.windows.version_resource import version_resource

BUILT_AT = 1_700_000_000


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    folder = tmp_path / "payload"
    (folder / "_internal" / "deep" / "er").mkdir(parents=True)
    for name in (PROGRAM_NAME, "_internal/one.dll", "_internal/deep/er/two words.txt"):
        (folder / name).write_bytes(name.encode())
    return folder


def ids(payload: Path, version: str) -> dict[str, str]:
    root = wix(payload, version=version).getroot()
    components = {each.attrib["Id"]: each.attrib["Guid"] for each in root.iter("Component")}
    product = root.find("Product")
    assert product is not None
    return {**components, "product": product.attrib["Id"], "follows": product.attrib["UpgradeCode"]}


def test_every_file_is_in_the_msi_once_and_components_keep_their_names(payload: Path) -> None:
    root = wix(payload, version="0.1.0").getroot()
    sources = sorted(file.attrib["Source"] for file in root.iter("File"))
    names = ["_internal/deep/er/two words.txt", "_internal/one.dll", PROGRAM_NAME]
    assert sources == [f"payload/{name}" for name in names]
    told = {each.attrib["Id"] for each in root.iter("ComponentRef")}
    components = {each.attrib["Id"] for each in root.iter("Component")}
    assert told == components
    one, other = ids(payload, "0.1.0"), ids(payload, "0.2.0")
    assert one.pop("product") != other.pop("product")  # another product of the same line
    assert one == other
    assert len(set(one.values())) == len(one)


@pytest.mark.parametrize("version", ["0.1.0", "1.2", "10.20.30.40"])
def test_a_version_is_four_numbers(version: str) -> None:
    assert len(four_numbers(version).split(".")) == 4
    assert four_numbers(version).startswith(version)


@pytest.mark.parametrize("version", ["0.1.0rc1", "source", "0.65536", "1.-1"])
def test_what_windows_can_not_order_is_refused(version: str) -> None:
    with pytest.raises(InstallerFailed, match="no version for Windows"):
        four_numbers(version)


def test_without_a_program_nothing_is_built(tmp_path: Path) -> None:
    with pytest.raises(InstallerFailed, match=r"holds no guichet\.exe"):
        installers.build(tmp_path, tmp_path / "to", version="0.1.0", built_at=BUILT_AT)


def test_without_a_bill_nothing_is_built(payload: Path, tmp_path: Path) -> None:
    with pytest.raises(InstallerFailed, match=r"build_scripts\.bill .*guichet\.exe'"):
        installers.build(payload, tmp_path / "to", version="0.1.0", built_at=BUILT_AT)


def test_the_version_resource_can_be_read() -> None:
    def kept(*values: Any, **named: Any) -> Any:
        return values, named

    names = ("VSVersionInfo", "FixedFileInfo", "StringFileInfo", "StringTable")
    words = dict.fromkeys((*names, "StringStruct", "VarFileInfo", "VarStruct"), kept)
    _, said = eval(version_resource("1.2.3"), words)
    assert said["ffi"][1]["filevers"] == (1, 2, 3, 0)
    assert "('ProductVersion', '1.2.3')" in str(said)


def test_the_icons_have_every_size(tmp_path: Path) -> None:
    ico, icns = tmp_path / "guichet.ico", tmp_path / "guichet.icns"
    write_ico(ico)
    write_icns(icns)
    with Image.open(ico) as picture:
        assert {width for width, _ in picture.info["sizes"]} == set(ICO_PX)
        colours = picture.convert("RGBA").getcolors(1 << 20)
        assert colours is not None
        assert len(colours) > 4
    with Image.open(icns) as picture:
        assert max(size[0] for size in picture.info["sizes"]) >= 512


def test_without_a_certificate_it_says_that_nothing_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(signing.PFX, raising=False)
    program = tmp_path / PROGRAM_NAME
    program.write_bytes(b"MZ")
    assert not signing.sign(program)
    assert "NOT SIGNED: guichet.exe" in capsys.readouterr().err
    assert signing.uninstaller_signer() is None


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-made code signing certificate and its password's file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sky Club")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pfx, password = folder / "own.pfx", folder / "password"
    kept = BestAvailableEncryption(b"secret")
    pfx.write_bytes(pkcs12.serialize_key_and_certificates(b"own", key, made, None, kept))
    password.write_text("secret")
    return pfx, password


@pytest.mark.slow
def test_setup_and_msi_are_signed_and_say_by_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pfx, password = certificate(tmp_path)
    monkeypatch.setenv(signing.PFX, str(pfx))
    monkeypatch.setenv(signing.PASSWORD_FILE, str(password))
    payload = stand_in(tmp_path / "stand-in", "0.1.0")
    made = installers.build(payload, tmp_path / "to", version="0.1.0", built_at=BUILT_AT)
    for path in made:
        said = subprocess.run(
            ["osslsigncode", "verify", "-in", path], capture_output=True, text=True, check=False
        ).stdout
        assert "CN=Sky Club" in said or "CN = Sky Club" in said, said
    password.write_text("guessed")
    with pytest.raises(signing.SigningFailed):
        signing.sign(made[0])


@pytest.mark.slow
def test_the_same_payload_gives_the_same_setup(tmp_path: Path) -> None:
    payload = stand_in(tmp_path / "stand-in", "0.1.0")
    made = [
        installers.build(payload, tmp_path / to, version="0.1.0", built_at=BUILT_AT)[0]
        for to in ("one", "other")
    ]
    assert made[0].read_bytes() == made[1].read_bytes()


@pytest.mark.slow
def test_they_install_upgrade_refuse_and_go_under_wine(tmp_path: Path) -> None:
    assert missing() == []
    try_out(tmp_path, built_at=BUILT_AT)
