"""Asks whether anything that is pinned is known to be vulnerable: `pip-audit`, where it can ask.

`python -m build_scripts.vulnerabilities` ends with 0 when nothing is known, 1 when something is, 2
with a sentence that can't be overlooked when nobody could be asked, or not about everything.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = (ROOT / "requirements.lock", ROOT / "build_scripts" / "voice.lock")
_LIMIT_S: Final = 180
_ANSWER_S: Final = 15


class NobodyAsked(Exception):
    """No database could be reached; the message says what was tried."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a database said.

    Attributes:
        known: a line for each vulnerability: package, version, names, and what mends it.
        unknown: packages of which it knows nothing, not even that they exist. A mirror without a
            database answers like that, and pip-audit then says that no vulnerability was found.
    """

    known: list[str]
    unknown: list[str]


def ask(locks: Sequence[Path] = LOCKS) -> Asked:
    """Ask about the packages in lock files, which have hashes.

    Raises:
        NobodyAsked
    """
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", str(_ANSWER_S)]
    for lock in locks:
        command += ["--requirement", str(lock)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NobodyAsked(f"pip-audit had no answer in {_LIMIT_S} s") from None
    return read(done.stdout, done.stderr)


def read(told: str, said: str) -> Asked:
    """Read what pip-audit told as JSON, and said beside it. Raises NobodyAsked."""
    try:
        packages = json.loads(told)["dependencies"]
    except ValueError:
        lines = said.strip().splitlines()
        raise NobodyAsked(lines[-1] if lines else "pip-audit said nothing") from None
    unknown = sorted(each["name"] for each in packages if "skip_reason" in each)
    if len(unknown) == len(packages):
        raise NobodyAsked(f"whoever answered knows none of the {len(packages)} packages")
    known = [
        f"{package['name']} {package['version']}: {found['id']}"
        f" ({', '.join(found['aliases']) or 'no other name'}), mended in"
        f" {', '.join(found['fix_versions']) or 'no version yet'}"
        for package in packages
        for found in package.get("vulns", [])
    ]
    return Asked(known, unknown)


def main() -> int:
    """Say what is known; returns the exit code."""
    try:
        asked = ask()
    except NobodyAsked as problem:
        print(f"vulnerabilities: NOT CHECKED: no database answered ({problem})", file=sys.stderr)
        return 2
    for line in asked.known:
        print(f"vulnerabilities: {line}", file=sys.stderr)
    print(f"vulnerabilities: {len(asked.known)} known")
    if asked.unknown:
        print(f"vulnerabilities: NOT CHECKED: {', '.join(asked.unknown)}", file=sys.stderr)
    return 1 if asked.known else 2 if asked.unknown else 0


if __name__ == "__main__":
    sys.exit(main())
