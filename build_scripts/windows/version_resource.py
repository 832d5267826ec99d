"""What Windows shows of the program in its file's properties, as PyInstaller reads it."""

from __future__ import annotations

from build_scripts.windows.installers import four_numbers

_TEXT = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004,
                    fileType=0x1, subtype=0x0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable("040904B0", [{strings}])]),
    VarFileInfo([VarStruct("Translation", [0x0409, 1200])]),
  ]
)
"""


def version_resource(version: str) -> str:
    """The resource's source for a version such as '0.1.0'.

    Raises:
        InstallerFailed: Windows can't express it.
    """
    numbers = tuple(map(int, four_numbers(version).split(".")))
    said = {
        "CompanyName": "Guichet",
        "FileDescription": "Guichet",
        "FileVersion": version,
        "InternalName": "guichet",
        "LegalCopyright": "Apache-2.0",
        "OriginalFilename": "guichet.exe",
        "ProductName": "Guichet",
        "ProductVersion": version,
    }
    strings = ", ".join(f'StringStruct("{name}", "{value}")' for name, value in said.items())
    return _TEXT.format(numbers=numbers, strings=strings)
