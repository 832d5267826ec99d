"""The libraries of others that a wheel brings along in its folder `NAME.libs`.

No metadata name them, so they are told by their files' names here; one that isn't listed stops the
build. Versions stand in few of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = ".libs"
_NAME: Final = re.compile(r"(lib\w+?)(-[0-9a-f]{8})?\.so[.\d]*")
_KERBEROS: Final = ("krb5", "BSD-2-Clause", "Kerberos.txt")
_OPENLDAP: Final = ("openldap", "OLDAP-2.8", "OpenLDAP.txt")
_OPENSSL: Final = ("openssl", "Apache-2.0", "../../LICENSE")
# What it is, under which licence (SPDX), and where the text is: here, or '' in the wheel's own
_KNOWN: Final[Mapping[str, tuple[str, str, str]]] = {
    "libXau": ("libxau", "MIT-open-group", ""),
    "libcom_err": ("com_err", "HPND", "ComErr.txt"),
    "libcrypt": ("libxcrypt", "LGPL-2.1-or-later", "LGPL-2.1-or-later.txt"),
    "libcrypto": _OPENSSL,
    "libgssapi_krb5": _KERBEROS,
    "libjpeg": ("libjpeg-turbo", "IJG AND BSD-3-Clause AND Zlib", ""),
    "libk5crypto": _KERBEROS,
    "libkeyutils": ("keyutils", "LGPL-2.1-or-later", "LGPL-2.1-or-later.txt"),
    "libkrb5": _KERBEROS,
    "libkrb5support": _KERBEROS,
    "liblber": _OPENLDAP,
    "libldap": _OPENLDAP,
    "liblzma": ("xz", "0BSD", ""),
    "libopenjp2": ("openjpeg", "BSD-2-Clause", ""),
    "libpq": ("postgresql", "PostgreSQL", "PostgreSQL.txt"),
    "libsasl2": ("cyrus-sasl", "BSD-Attribution-HPND-disclaimer", "CyrusSASL.txt"),
    "libssl": _OPENSSL,
    "libtiff": ("libtiff", "libtiff", ""),
    "libxcb": ("libxcb", "MIT", ""),
    "libzstd": ("zstd", "BSD-3-Clause", ""),
}


# What a library says of its version; of the rest the file's name has it, or nothing
_SAID: Final[Mapping[str, re.Pattern[bytes]]] = {
    "openssl": re.compile(rb"OpenSSL (\d+\.\d+\.\d+[a-z]?) +\d{1,2} [A-Z][a-z]{2} 20\d\d"),
    "krb5": re.compile(rb"krb5-(\d+\.\d+(?:\.\d+)?)-final"),
    "libjpeg-turbo": re.compile(rb"libjpeg-turbo version (\d+\.\d+\.\d+)"),
    "libtiff": re.compile(rb"LIBTIFF, Version (\d+\.\d+\.\d+)"),
}
_IN_ITS_NAME: Final = frozenset({"xz", "openjpeg", "zstd"})


def wheel_of(parts: tuple[str, ...]) -> str:
    """The wheel that brought a file of the frozen folder along; '' for none."""
    return parts[0].removesuffix(FOLDER) if parts[0].endswith(FOLDER) else ""


def library(file: str) -> tuple[str, str, str] | None:
    """Name, licence and text's file of a library by its file's name; None for an unknown one."""
    found = _NAME.fullmatch(file)
    return _KNOWN.get(found[1]) if found else None


def versions(name: str, path: Path) -> list[str]:
    """Which versions a library has in it, by what it says."""
    if name in _IN_ITS_NAME:
        return [path.name.partition(".so.")[2]]
    said = _SAID.get(name)
    return sorted({each.decode() for each in said.findall(path.read_bytes())}) if said else []
