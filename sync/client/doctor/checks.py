"""The one list of checks, in the order in which a person would look."""

from __future__ import annotations

from typing import Final

from sync.client.doctor.desktop import look_at_libraries, look_at_screens
from sync.client.doctor.places import look_at_disk, look_at_folder, look_at_instances
from sync.client.doctor.printing import look_at_printer
from sync.client.doctor.runner import Check
from sync.client.doctor.seat import look_at_database, look_at_keys, look_at_queue
from sync.client.doctor.server import look_at_clock, look_at_server
from sync.client.doctor.settings import look_at_settings
from sync.client.doctor.versions import look_at_versions

CHECKS: Final = (
    Check("folder", look_at_folder),
    Check("disk", look_at_disk),
    Check("instances", look_at_instances),
    Check("settings", look_at_settings),
    Check("versions", look_at_versions),
    Check("keys", look_at_keys, gives=("keys",)),
    Check("database", look_at_database, gives=("seat",)),
    Check("queue", look_at_queue),
    Check("server", look_at_server, gives=("offset_ms",)),
    Check("clock", look_at_clock),
    Check("printer", look_at_printer),
    Check("screens", look_at_screens),
    Check("libraries", look_at_libraries),
)
