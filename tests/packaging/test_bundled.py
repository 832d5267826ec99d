"""Libraries that wheels bring along are told by their names, and never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_scripts import bundled
from build_scripts.materials import TEXTS


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("libcrypto-3a0647ea.so.3", "openssl"),
        ("libgssapi_krb5-923083ce.so.2.2", "krb5"),
        ("libzstd-40ad5e7e.so.1.5.7", "zstd"),
        ("libpq.so.5", "postgresql"),
        ("libstrange-40ad5e7e.so.1", None),
        ("libcrypto-3a0647ea.so.3.txt", None),
    ],
)
def test_a_library_is_told_by_its_files_name(file: str, name: str | None) -> None:
    found = bundled.library(file)
    assert (found and found[0]) == name
    assert found is None or not found[2] or (TEXTS / found[2]).is_file()


def test_a_library_says_its_version(tmp_path: Path) -> None:
    path = tmp_path / "libcrypto-3a0647ea.so.3"
    path.write_bytes(b"\0OpenSSL 3.5.9 29 Sep 2026\0OpenSSL 3.5.9 29 Sep 2026\0")
    assert bundled.versions("openssl", path) == ["3.5.9"]
    assert bundled.versions("zstd", Path("libzstd-40ad5e7e.so.1.5.7")) == ["1.5.7"]
    assert bundled.versions("postgresql", path) == []


def test_what_came_with_a_wheel_is_in_its_folder() -> None:
    assert bundled.wheel_of(("psycopg_binary.libs", "libpq.so.5")) == "psycopg_binary"
    assert bundled.wheel_of(("psycopg_binary", "_psycopg.so")) == ""
