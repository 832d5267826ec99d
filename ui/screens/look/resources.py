"""Where the pictures, sounds and style files lie."""

from pathlib import Path
from typing import Final

RESOURCES: Final = Path(__file__).resolve().parents[3] / "resources"
"""The tree's `resources` folder; a frozen program keeps the same layout beside its modules."""
