"""Makes what administrators' own tools need of the settings: JSON schemas, ADMX and ADML.

`python -m build_scripts.managed_settings FOLDER` writes them; `./dev package` does so into `dist/`,
and the installers take them along. All of it comes from `app.settings.schema`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from app.settings.kinds import Choice, Flag, Kind, Listing, Number, as_json
from app.settings.places import REGISTRY_POLICY
from app.settings.schema import SETTINGS, Setting
from app.settings.sources import TABLES

LANGUAGES: Final = ("en-US", "zh-CN")
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_ADMX: Final = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"
_WORDS: Final = {
    "supported": ("Guichet on Windows 10 and later", "Windows 10 及更高版本上的 Guichet"),
    "locked": ("Guichet", "Guichet"),
    "defaults": ("Defaults, which may be changed at the PC", "默认值（可在本机更改）"),
    "locked_note": (
        "Nobody at the PC can change what is set here, nor any option of the program.",
        "此处所设内容在本机上无法更改，程序选项也不能更改。",
    ),
    "defaults_note": (
        "What is set here counts where neither the PC nor the seat says anything else.",
        "仅当本机和席位未另行设定时，此处所设内容才生效。",
    ),
}


def write(folder: Path) -> list[Path]:
    """Write all files; returns their paths, sorted."""
    files = {
        "policy.schema.json": _text(policy_schema()),
        "settings.schema.json": _text(machine_schema()),
        "guichet.admx": _xml(admx()),
        **{f"{language}/guichet.adml": _xml(adml(language)) for language in LANGUAGES},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    return sorted(folder / name for name in files)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


# ------------------------------------------------------------------- JSON


def policy_schema() -> dict[str, Any]:
    """The schema of `policy.json`."""
    tables = {
        each: {"$ref": "#/$defs/settings", "description": _of(f"{each}_note")} for each in TABLES
    }
    return {
        "$schema": _DRAFT,
        "title": "Guichet: the administrator's policy",
        "type": "object",
        "properties": {"$schema": {"type": "string"}, **tables},
        "additionalProperties": False,
        "$defs": {"settings": _settings_schema()},
    }


def machine_schema() -> dict[str, Any]:
    """The schema of `settings.json`."""
    table = _settings_schema()
    table["properties"]["$schema"] = {"type": "string"}
    return {"$schema": _DRAFT, "title": "Guichet: what is set for this PC", **table}


def _settings_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _setting_schema(each) for name, each in SETTINGS.items()},
        "additionalProperties": False,
    }


def _setting_schema(setting: Setting) -> dict[str, Any]:
    told = {**setting.kind.schema(), "description": setting.english}
    if setting.name != "data_folder":  # each system has its own
        told["default"] = as_json(setting.default)
    return told


def _of(word: str, language: str = "en-US") -> str:
    return _WORDS[word][LANGUAGES.index(language)]


# ------------------------------------------------------------------- Windows' group policies


def admx() -> ET.Element:
    """The definitions: each setting twice, locked and as a default."""
    root = ET.Element("policyDefinitions", xmlns=_ADMX, revision="1.0", schemaVersion="1.0")
    names = ET.SubElement(root, "policyNamespaces")
    ET.SubElement(names, "target", prefix="guichet", namespace="Guichet.Policies")
    ET.SubElement(root, "resources", minRequiredRevision="1.0")
    supported = ET.SubElement(ET.SubElement(root, "supportedOn"), "definitions")
    ET.SubElement(supported, "definition", name="supported", displayName="$(string.supported)")
    categories = ET.SubElement(root, "categories")
    for table in TABLES:
        category = ET.SubElement(
            categories, "category", name=table, displayName=f"$(string.{table})"
        )
        if table != TABLES[0]:
            ET.SubElement(category, "parentCategory", ref=TABLES[0])
    policies = ET.SubElement(root, "policies")
    for table in TABLES:
        for setting in SETTINGS.values():
            _policy(policies, table, setting)
    return root


def _policy(policies: ET.Element, table: str, setting: Setting) -> None:
    name = f"{table}_{setting.name}"
    key = REGISTRY_POLICY if table == TABLES[0] else f"{REGISTRY_POLICY}\\{table.capitalize()}"
    told = {
        "name": name,
        "class": "Machine",
        "displayName": f"$(string.{setting.name})",
        "explainText": f"$(string.{name}_explain)",
        "key": key,
    }
    is_flag = isinstance(setting.kind, Flag)
    if is_flag:
        told["valueName"] = setting.name
    else:
        told["presentation"] = f"$(presentation.{setting.name})"
    policy = ET.SubElement(policies, "policy", told)
    ET.SubElement(policy, "parentCategory", ref=table)
    ET.SubElement(policy, "supportedOn", ref="supported")
    if is_flag:
        for word, value in (("enabledValue", "1"), ("disabledValue", "0")):
            ET.SubElement(ET.SubElement(policy, word), "decimal", value=value)
    else:
        _element(ET.SubElement(policy, "elements"), setting)


def _element(elements: ET.Element, setting: Setting) -> None:
    told = {"id": setting.name, "valueName": setting.name}
    kind = setting.kind
    choices = _choices(kind)
    if choices:
        element = ET.SubElement(elements, "enum", told, required="true")
        for choice in choices:
            item = ET.SubElement(element, "item", displayName=f"$(string.is_{choice})")
            value = ET.SubElement(item, "value")
            if isinstance(kind, Number):
                ET.SubElement(value, "decimal", value=choice)
            else:
                ET.SubElement(value, "string").text = choice
    elif isinstance(kind, Number):
        bounds = {"minValue": str(kind.least), "maxValue": str(kind.most)}
        ET.SubElement(elements, "decimal", {**told, **bounds})
    elif isinstance(kind, Listing):
        ET.SubElement(elements, "multiText", told, required="true")
    else:
        most = str(kind.schema()["maxLength"])
        ET.SubElement(elements, "text", told, required="true", maxLength=most)


def _choices(kind: Kind) -> list[str]:
    """The words, or numbers, of which one is chosen; '' is what isn't configured."""
    if isinstance(kind, Choice):
        return [word for word in kind.words if word]
    return [str(number) for number in kind.only] if isinstance(kind, Number) else []


def adml(language: str) -> ET.Element:
    """The words of the definitions, in one of `LANGUAGES`."""
    root = ET.Element("policyDefinitionResources", xmlns=_ADMX, revision="1.0", schemaVersion="1.0")
    ET.SubElement(root, "displayName").text = "Guichet"
    ET.SubElement(root, "description").text = "Guichet"
    resources = ET.SubElement(root, "resources")
    strings = ET.SubElement(resources, "stringTable")
    for name, text in _strings(language):
        ET.SubElement(strings, "string", id=name).text = text
    presentations = ET.SubElement(resources, "presentationTable")
    for setting in SETTINGS.values():
        if not isinstance(setting.kind, Flag):
            shown = ET.SubElement(presentations, "presentation", id=setting.name)
            _field(shown, setting)
    return root


def _strings(language: str) -> Iterator[tuple[str, str]]:
    for word in ("supported", *TABLES):
        yield word, _of(word, language)
    for name, setting in SETTINGS.items():
        text = setting.english if language == "en-US" else setting.chinese
        yield name, f"{name}: {text.rstrip('.。')}"
        for table in TABLES:
            yield f"{table}_{name}_explain", f"{text}\n\n{_of(f'{table}_note', language)}"
    words = {word: None for setting in SETTINGS.values() for word in _choices(setting.kind)}
    for word in words:
        yield f"is_{word}", word


def _field(shown: ET.Element, setting: Setting) -> None:
    kind, at = setting.kind, {"refId": setting.name}
    if _choices(kind):
        ET.SubElement(shown, "dropdownList", at, noSort="true").text = setting.name
    elif isinstance(kind, Number):
        ET.SubElement(
            shown, "decimalTextBox", at, defaultValue=str(setting.default)
        ).text = setting.name
    elif isinstance(kind, Listing):
        ET.SubElement(shown, "multiTextBox", at).text = setting.name
    else:
        ET.SubElement(ET.SubElement(shown, "textBox", at), "label").text = setting.name


def _xml(root: ET.Element) -> str:
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


# ------------------------------------------------------------------- the documentation


def table() -> str:
    """All settings as the table of docs/packaging.md."""
    rows = [
        "| setting | values | unless set | at the seat | option | what |",
        "|---|---|---|---|---|---|",
    ]
    for name, setting in SETTINGS.items():
        ini = setting.ini
        seat = f"`{ini.file}`" + (f" `{ini.key}`" if ini.key != name else "") if ini else ""
        option = f"`{setting.option}`" if setting.option else ""
        default = as_json(setting.default)
        plain = str(default).lower() if isinstance(default, bool) else str(default or "")
        unless = "its system's" if name == "data_folder" else f"`{plain}`" if plain else ""
        rows.append(
            f"| `{name}` | {_values(setting)} | {unless} | {seat} | {option} | {setting.english} |"
        )
    return "\n".join(rows) + "\n"


def _values(setting: Setting) -> str:
    told = setting.kind.schema()
    if "enum" in told:
        return ", ".join(f"`{word}`" if word != "" else '`""`' for word in told["enum"])
    if told["type"] == "integer":
        return f"{told['minimum']} to {told['maximum']}"
    return {"boolean": "`true`, `false`", "array": "a list", "string": "text"}[told["type"]]


if __name__ == "__main__":
    for path in write(Path(sys.argv[1])):
        print(path)
