"""What administrators' tools are given of the settings fits the code, and itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.settings.kinds import Flag
from app.settings.places import REGISTRY_POLICY, Document
from app.settings.schema import SETTINGS
from app.settings.sources import TABLES, read_policy
from build_scripts import managed_settings as made

ROOT = Path(__file__).parents[2]
SPACE = {"p": "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"}
SCHEMA = jsonschema_rs.Draft202012Validator(made.policy_schema())
ORDER = ["parentCategory", "supportedOn", "enabledValue", "disabledValue", "elements"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    names = [str(path.relative_to(folder)) for path in made.write(folder)]
    assert names == [
        "en-US/guichet.adml",
        "guichet.admx",
        "policy.schema.json",
        "settings.schema.json",
        "zh-CN/guichet.adml",
    ]
    return folder


def test_the_documentation_lists_the_settings_as_they_are() -> None:
    assert made.table() in (ROOT / "docs" / "packaging.md").read_text(encoding="utf-8")


def test_the_same_code_makes_the_same_bytes(files: Path, tmp_path: Path) -> None:
    for path in made.write(tmp_path):
        assert path.read_bytes() == (files / path.relative_to(tmp_path)).read_bytes()


def test_the_schemas_are_schemas(files: Path) -> None:
    for name in ("policy.schema.json", "settings.schema.json"):
        document = json.loads((files / name).read_text(encoding="utf-8"))
        assert document["$schema"].endswith("2020-12/schema")
        assert jsonschema_rs.meta.is_valid(document)
    machine = jsonschema_rs.Draft202012Validator(made.machine_schema())
    assert machine.is_valid({"server": "https://a.example", "$schema": "x"})
    assert not machine.is_valid({"server": 5})


VALUES = (
    st.sampled_from(["", "auto", "zh_CN", "none", "https://a.example", "10.0.0.1", "/x", ":8461"])
    | st.text(max_size=5)
    | st.booleans()
    | st.integers(-5, 10_000)
    | st.lists(st.sampled_from(["10.0.0.1", "a b"]), max_size=2)
    | st.none()
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from([*SETTINGS, "other"]), VALUES, max_size=4))
def test_what_the_program_goes_by_the_schema_takes_and_what_it_refuses_so_does_the_program(
    table: dict[str, Any],
) -> None:
    policy = read_policy(Document("here", {"locked": table}))
    if not policy.problems:
        assert SCHEMA.is_valid({"locked": table})
    if not SCHEMA.is_valid({"locked": table}):
        assert policy.problems


@pytest.mark.parametrize(
    "policy",
    [{"server": "https://a.example"}, {"locked": []}, {"locked": {"take_over": "yes"}}, []],
)
def test_the_schema_refuses_the_same_mistakes(policy: object) -> None:
    assert not SCHEMA.is_valid(policy)


# ------------------------------------------------------------------- ADMX


def test_each_setting_is_a_policy_twice_with_its_key_and_value(files: Path) -> None:
    root = ET.parse(files / "guichet.admx").getroot()
    policies = {each.attrib["name"]: each for each in root.findall("p:policies/p:policy", SPACE)}
    assert set(policies) == {f"{table}_{name}" for table in TABLES for name in SETTINGS}
    categories = {each.attrib["name"] for each in root.findall("p:categories/p:category", SPACE)}
    supported = {
        each.attrib["name"]
        for each in root.findall("p:supportedOn/p:definitions/p:definition", SPACE)
    }
    for name, policy in policies.items():
        table, _, setting = name.partition("_")
        wanted = REGISTRY_POLICY if table == "locked" else f"{REGISTRY_POLICY}\\Defaults"
        assert policy.attrib["key"] == wanted
        assert policy.attrib["class"] == "Machine"
        parts = [each.tag.partition("}")[2] for each in policy]
        assert parts == sorted(parts, key=ORDER.index)  # the schema of ADMX asks for it
        parent, support = (policy.find(f"p:{each}", SPACE) for each in ORDER[:2])
        assert parent is not None
        assert support is not None
        assert parent.attrib["ref"] in categories
        assert support.attrib["ref"] in supported
        values = [policy, *policy.iterfind("p:elements/*", SPACE)]
        names = [each.attrib["valueName"] for each in values if "valueName" in each.attrib]
        assert names == [setting]
        assert ("presentation" in policy.attrib) != isinstance(SETTINGS[setting].kind, Flag)


@pytest.mark.parametrize("language", made.LANGUAGES)
def test_each_policy_has_its_words_and_its_fields(files: Path, language: str) -> None:
    text = (files / "guichet.admx").read_text(encoding="utf-8")
    words = ET.parse(files / language / "guichet.adml").getroot()
    strings = {
        each.attrib["id"]: each.text
        for each in words.findall("p:resources/p:stringTable/p:string", SPACE)
    }
    assert set(re.findall(r"\$\(string\.([^)]+)\)", text)) == set(strings)
    assert all(strings.values())
    shown = {
        each.attrib["id"]: each
        for each in words.findall("p:resources/p:presentationTable/p:presentation", SPACE)
    }
    assert set(re.findall(r"\$\(presentation\.([^)]+)\)", text)) == set(shown)
    fits = {
        "text": "textBox",
        "enum": "dropdownList",
        "decimal": "decimalTextBox",
        "multiText": "multiTextBox",
    }
    root = ET.parse(files / "guichet.admx").getroot()
    for element in root.iterfind("p:policies/p:policy/p:elements/*", SPACE):
        (field,) = shown[element.attrib["id"]]
        assert field.attrib["refId"] == element.attrib["id"]
        assert field.tag.partition("}")[2] == fits[element.tag.partition("}")[2]]


def test_what_group_policies_write_is_read_as_the_policy(files: Path) -> None:
    """Take every element at its first value, as an editor would write it into the registry."""
    root = ET.parse(files / "guichet.admx").getroot()
    key: dict[str, Any] = {"Defaults": {}}
    samples = {"server": "https://a.example", "proxy": "none", "data_folder": "/srv/guichet"}
    for policy in root.iterfind("p:policies/p:policy", SPACE):
        table, _, name = policy.attrib["name"].partition("_")
        element = policy.find("p:elements/*", SPACE)
        value: Any
        if element is None:
            value = 1
        elif (first := element.find("p:item/p:value/*", SPACE)) is not None:
            value = first.text or int(first.attrib["value"])
        elif "minValue" in element.attrib:
            value = int(element.attrib["minValue"])
        elif element.tag.endswith("multiText"):
            value = ["10.0.0.1"]
        else:
            value = samples.get(name, "")
        if table == "locked":
            key[name] = value
        elif name == "theme":
            key["Defaults"][name] = value
    key.pop("theme")
    read = read_policy(Document("registry", key, is_text=True))
    assert read.problems == ()
    assert set(read.locked.values) == set(SETTINGS) - {"theme"}
    assert read.defaults.values == {"theme": "auto"}
