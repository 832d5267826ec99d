"""Plain text among the marks of Qt's rich text."""

from typing import Final

# Python's own, `html.escape`, brings a table of all of HTML's two thousand names
_MARKS: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
)


def escape(text: str) -> str:
    """Return it as rich text that shows it as it is."""
    return text.translate(_MARKS)
