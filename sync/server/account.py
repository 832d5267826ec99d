"""The account that commands run as, and what it has to be given: root's files are not its own."""

from __future__ import annotations

import errno
import getpass
import os
from pathlib import Path
from shlex import quote


def account() -> str:
    """Its name; the environment may name whoever asked it instead."""
    try:
        import pwd
    except ImportError:  # not on Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # an account without a name
        return str(os.geteuid())


def see_that_it_can_write(file: Path) -> None:
    """SQLite writes to each file that it opens, and beside it. Raises PermissionError."""
    for path, how in ((file, os.R_OK | os.W_OK), (file.parent, os.W_OK | os.X_OK)):
        if not os.access(path, how):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))


def denied_words(error: PermissionError, data: Path) -> str:
    """What was denied to which account, and what to do.

    Args:
        error: says which path.
        data: the data folder, which is the account's own.
    """
    if not isinstance(error.filename, str | os.PathLike):
        return str(error)
    path, who, folder = Path(error.filename), account(), data.absolute()
    said = f"{path}: the account {who}, as which this runs, may not use it."
    if path.absolute().is_relative_to(folder):
        return f"{said} Give it to that account: chown -R {quote(who)}: {quote(str(folder))}"
    copied = f"install -o {quote(who)} -m 600 {quote(str(path))} {quote(str(folder))}/"
    return f"{said} Copy it to where that account can, and name the copy: {copied}"
