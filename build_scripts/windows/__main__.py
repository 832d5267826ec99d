"""Builds setup and MSI of a client frozen on Windows: `python -m build_scripts.windows`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.domain.program import program_version
from build_scripts.freeze import FreezeFailed, built_at
from build_scripts.windows.installers import InstallerFailed, Updates, build
from build_scripts.windows.signing import SigningFailed


def main() -> int:
    """Build what the command line names; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m build_scripts.windows", description=__doc__)
    parser.add_argument("payload", type=Path, help="the frozen folder, with guichet.exe")
    parser.add_argument("target", type=Path, help="where they are put")
    parser.add_argument("--version", default=program_version())
    parser.add_argument("--updates", metavar="URL", help="where its next versions come from")
    parser.add_argument("--channel", default="stable", help="which of them")
    parser.add_argument("--update-root", type=Path, metavar="FILE", help="whose signatures count")
    options = parser.parse_args()
    updates = None
    if options.updates:
        if options.update_root is None:
            parser.error("--updates needs --update-root: the repository's newest root.json")
        updates = Updates(options.updates, options.channel, options.update_root)
    try:
        made = build(
            options.payload,
            options.target,
            version=options.version,
            built_at=built_at(),
            updates=updates,
        )
    except (FreezeFailed, InstallerFailed, SigningFailed) as problem:
        print(f"package: {problem}", file=sys.stderr)
        return 1
    for path in made:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
