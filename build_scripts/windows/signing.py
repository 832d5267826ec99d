"""Code signatures for Windows: by osslsigncode anywhere, by signtool on Windows.

GUICHET_SIGN_PFX names a PKCS #12 file and GUICHET_SIGN_PASSWORD_FILE a file with its password;
GUICHET_SIGN_TIMESTAMP a time stamp server. Without a certificate nothing is signed, which is said
each time: Windows warns of programs whose publisher it doesn't know.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

PFX: Final = "GUICHET_SIGN_PFX"
PASSWORD_FILE: Final = "GUICHET_SIGN_PASSWORD_FILE"  # noqa: S105 - the name of a variable
TIMESTAMP: Final = "GUICHET_SIGN_TIMESTAMP"


class SigningFailed(Exception):
    """There is a certificate, and it didn't sign; the message is what was said."""


def sign(path: Path) -> bool:
    """Sign a program or an installer in its place.

    Returns:
        False where there is no certificate; then it says so.

    Raises:
        SigningFailed
    """
    command = _command()
    if command is None:
        print(f"package: NOT SIGNED: {path.name}: no certificate ({PFX})", file=sys.stderr)
        return False
    if sys.platform == "win32":
        _run([*command, str(path)])
        return True
    signed = path.with_name(f"{path.name}.signed")
    _run([*command, "-in", str(path), "-out", str(signed)])
    signed.replace(path)
    return True


def uninstaller_signer() -> str | None:
    """The command that signs the file whose path follows it, for NSIS; None for none."""
    if _command() is None:
        return None
    return shlex.join([sys.executable, "-m", "build_scripts.windows.signing"])


def _command() -> list[str] | None:
    pfx = os.environ.get(PFX)
    if not pfx:
        return None
    password, stamp = os.environ.get(PASSWORD_FILE, ""), os.environ.get(TIMESTAMP, "")
    if sys.platform == "win32":
        command = ["signtool", "sign", "/fd", "sha256", "/f", pfx]
        command += ["/p", Path(password).read_text().strip()] if password else []
        return command + (["/td", "sha256", "/tr", stamp] if stamp else [])
    command = ["osslsigncode", "sign", "-h", "sha256", "-pkcs12", pfx, "-n", "Guichet"]
    command += ["-readpass", password] if password else []
    return command + (["-ts", stamp] if stamp else [])


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SigningFailed(f"{command[0]} is not installed") from error
    if done.returncode:
        raise SigningFailed(f"{command[0]}:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sign(Path(sys.argv[1]))
