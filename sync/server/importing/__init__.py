"""The reading side of importing members: from a foreign CSV file to standard fields."""

from sync.server.importing.mapping import BadMapping, Mapping, load_mapping, mapping_from_toml
from sync.server.importing.members import read_members
from sync.server.importing.records import (
    ImportedMember,
    ImportRefused,
    ImportSummary,
    ProblemReason,
    RowProblem,
)

__all__ = [
    "BadMapping",
    "ImportRefused",
    "ImportSummary",
    "ImportedMember",
    "Mapping",
    "ProblemReason",
    "RowProblem",
    "load_mapping",
    "mapping_from_toml",
    "read_members",
]
