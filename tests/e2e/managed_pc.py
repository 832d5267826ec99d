"""Runs `guichet …` as on a PC whose administrator's files lie in a folder of a test's own.

`python -m tests.e2e.managed_pc ETC MACHINE_ID ARGUMENTS…`: nothing else of the program is changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import app.credentials.file_vault
import app.credentials.keyring_vault
import app.settings.in_force
from app.settings.places import files_in

if __name__ == "__main__":
    etc, machine_id = sys.argv[1:3]
    places = files_in(Path(etc))
    app.settings.in_force.system_places = lambda: places
    app.credentials.file_vault.machine_id = lambda: machine_id
    app.credentials.keyring_vault.KeyringVault.keeps_secrets = lambda self: False  # type: ignore[method-assign]
    sys.argv = ["guichet", *sys.argv[3:]]
    from ui.main import main

    sys.exit(main())
