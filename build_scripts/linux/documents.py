"""The documents that go along with a package: what is named, and all that it leads to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = ROOT / "docs"
_LINK: Final = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")


def documents(names: tuple[str, ...], work: Path) -> list[tuple[Path, str]]:
    """What to put into a package's folder of documents.

    Args:
        names: of files in docs/ to begin with.
        work: copies are written there whose links lead to their neighbours' places.

    Returns:
        (file, its place in the folder) of each, by place.

    Raises:
        FileNotFoundError: a link leads nowhere.
    """
    found: dict[str, Path] = {}
    waiting = [DOCS / name for name in names]
    while waiting:
        source = waiting.pop()
        place = _place(source)
        if place in found:
            continue
        found[place] = source
        if source.suffix == ".md":
            found[place] = work / "documents" / place
            waiting += linked(source, source.read_text(encoding="utf-8"))
            _copy(source, found[place])
    return sorted(((path, place) for place, path in found.items()), key=lambda each: each[1])


def linked(document: Path, text: str) -> Iterator[Path]:
    """The files that the text of a document leads to, each once."""
    for link in dict.fromkeys(_LINK.findall(text)):
        yield Path(os.path.normpath(document.parent / link))


def _place(source: Path) -> str:
    """docs/ is the folder itself there; what else is linked keeps its path in the project."""
    return source.relative_to(DOCS if source.is_relative_to(DOCS) else ROOT).as_posix()


def _copy(source: Path, copy: Path) -> None:
    def led(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(source.parent / match[1]))
        return f"]({os.path.relpath(_place(target), Path(_place(source)).parent)}"

    copy.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    copy.write_text(_LINK.sub(led, text), encoding="utf-8")
