"""Which program this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the installed program's version, 'source' when it runs from a bare tree."""
    try:
        return version("guichet")
    except PackageNotFoundError:
        return "source"
