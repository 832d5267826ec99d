r"""Where each system keeps what an administrator and an installer set, and the seat's data.

|  | policy | machine |
|---|---|---|
| Linux | /etc/guichet/policy.json | /etc/guichet/settings.json |
| Windows | HKLM\Software\Policies\Guichet | HKLM\Software\Guichet |
| macOS | /Library/Managed Preferences/… | /Library/Preferences/…, org.guichet.client.plist |

An environment variable moves none of them: whoever starts the program could go round the policy.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from app.domain.lean import dataclass
from app.settings.own_files import read_own

REGISTRY_POLICY: Final = r"Software\Policies\Guichet"
REGISTRY_MACHINE: Final = r"Software\Guichet"
_PLIST: Final = "org.guichet.client.plist"
MOST_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """What lies in one place.

    Attributes:
        place: where, as an administrator finds it.
        content: what it says, None where nothing is there.
        is_text: its numbers and flags may be written as text, as in the registry.
        problem: why it can't be read as a whole, '' if it can.
    """

    place: str
    content: Mapping[str, Any] | None
    is_text: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Places:
    """This system's.

    Attributes:
        policy: reads the administrator's policy: its tables 'locked' and 'defaults'.
        machine: reads what is set for this PC, a flat table.
    """

    policy: Callable[[], Document]
    machine: Callable[[], Document]


def default_data_folder() -> Path:
    """Return where a machine's seat keeps its data: one place for all its users."""
    if platform.system() == "Linux":
        return Path("/var/lib/guichet")
    from platformdirs import site_data_path

    return site_data_path("Guichet", appauthor=False)


def files_in(folder: Path) -> Places:
    """The places of a system that keeps them as JSON files."""
    return Places(
        lambda: read_file(folder / "policy.json"), lambda: read_file(folder / "settings.json")
    )


def read_file(path: Path, parse: Callable[[bytes], Any] = json.loads) -> Document:
    """Read a file, which need not be there."""
    try:
        data = read_own(path, MOST_BYTES + 1)
    except FileNotFoundError:
        return Document(str(path), None)
    except OSError as error:
        return Document(str(path), None, problem=f"it can't be read ({error.strerror})")
    if len(data) > MOST_BYTES:
        return Document(str(path), None, problem="it is larger than any settings are")
    try:
        content = parse(data)
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        said = f"it is no whole JSON: {what} in line {error.lineno}, column {error.colno}"
        return Document(str(path), None, problem=said)
    except (ValueError, RecursionError):  # a property list's, too
        return Document(str(path), None, problem="it isn't in the form that such a file has")
    if not isinstance(content, dict):
        return Document(str(path), None, problem="it has to be one table { … } of settings")
    return Document(str(path), content)


if sys.platform == "win32":
    import winreg

    def _registry(key: str) -> Document:
        """A key's values, and those of the keys in it as tables."""
        place = f"HKEY_LOCAL_MACHINE\\{key}"
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
                keys, values, _ = winreg.QueryInfoKey(opened)
                named = (winreg.EnumValue(opened, at) for at in range(values))
                content: dict[str, Any] = {name: value for name, value, _ in named}
                inner = [winreg.EnumKey(opened, at) for at in range(keys)]
        except FileNotFoundError:
            return Document(place, None, is_text=True)
        except OSError as error:
            return Document(place, None, is_text=True, problem=f"it can't be read ({error})")
        for name in inner:
            content[name] = dict(_registry(f"{key}\\{name}").content or {})
        return Document(place, content, is_text=True)


def system_places() -> Places:
    """Where this system keeps them."""
    if sys.platform == "win32":
        return Places(lambda: _registry(REGISTRY_POLICY), lambda: _registry(REGISTRY_MACHINE))
    if sys.platform == "darwin":
        import plistlib

        library = Path("/Library")
        return Places(
            lambda: read_file(library / "Managed Preferences" / _PLIST, plistlib.loads),
            lambda: read_file(library / "Preferences" / _PLIST, plistlib.loads),
        )
    return files_in(Path("/etc/guichet"))
