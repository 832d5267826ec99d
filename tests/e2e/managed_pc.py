"""Runs `guichet …` as on a PC whose administrator's files lie in a folder of a test's own.

`python -m tests.e2e.managed_pc ETC MACHINE_ID ARGUMENTS…`: nothing else of the program is changed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import patch

from app.settings.places import files_in
from ui.main import main

if __name__ == "__main__":
    etc, machine_id = sys.argv[1:3]
    places = files_in(Path(etc))
    sys.argv = ["guichet", *sys.argv[3:]]
    with (
        patch("app.settings.places.files_in", lambda folder: places),
        patch("app.credentials.file_vault.machine_id", lambda: machine_id),
        patch("app.credentials.keyring_vault.KeyringVault.keeps_secrets", lambda self: False),
    ):
        sys.exit(main())
