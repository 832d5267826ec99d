"""The house rules: layout, imports, the one-command script, and the tests' own strictness."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import types
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import PySide6
import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
CODE = ("app", "ui", "sync")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# Files are to be about 400 lines; what passes this ceiling has to be split.
LONGEST_FILE_LINES = 500
# Longer ones, each with its reason.
LONGER_FILES = {
    "app/domain/events.py": "everything the journal can say, on one page",
    "dev": "runs before anything is installed, so it is one file",
    "app/services/commands.py": "everything a screen may ask, on one page",
    "sync/server/migrations/versions/v0001_first.py": "the whole first schema; frozen from now on",
    "sync/server/store/tables.py": "the whole schema on one page; one line a column",
    "tests/fakes/core.py": "a believable core in memory, one method a command",
    "tests/gui/test_panel.py": "one place for every path of the panel",
    "tests/server/test_importing.py": "a table of every kind of dirt",
    "tests/sync/test_transport.py": "the one file where tests may open sockets",
}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported_names(path: Path) -> set[str]:
    """Absolute names of the modules a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return names


@pytest.fixture(scope="module")
def dev() -> types.ModuleType:
    loader = SourceFileLoader("dev", str(ROOT / "dev"))
    spec = spec_from_loader("dev", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["dev"] = module
    loader.exec_module(module)
    return module


# ------------------------------------------------------------------- layout


def test_the_folders_are_the_customers() -> None:
    ignored = {"build", "dist"}
    with_code = {
        folder.name
        for folder in ROOT.iterdir()
        if folder.is_dir()
        and not folder.name.startswith(".")
        and folder.name not in ignored
        and any(folder.rglob("*.py"))
    }
    assert with_code - {"resources"} == {"app", "ui", "sync", "build_scripts", "tests"}
    assert (ROOT / "resources").is_dir()


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "requirements.lock",
        "docs/architecture.md",
        "docs/protocol.md",
        "docs/adr/0000-template.md",
    ],
)
def test_what_everybody_looks_for_is_there(name: str) -> None:
    assert (ROOT / name).read_text().strip()


def test_the_licence_is_apache_2_and_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_decisions_are_numbered_once_and_keep_to_the_template() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    numbers = [path.name[:4] for path in files]
    assert numbers == sorted(set(numbers)), "two decisions share a number"
    template, *decisions = files
    headings = re.findall(r"^## .+$", template.read_text(), re.MULTILINE)
    assert headings
    for path in decisions:
        assert re.match(r"\d{4}-[a-z0-9-]+\.md$", path.name), path.name
        assert re.findall(r"^## .+$", path.read_text(), re.MULTILINE) == headings, path.name


def test_no_file_is_named_after_nothing() -> None:
    vague = {"utils.py", "util.py", "manager.py", "helpers.py", "common.py", "misc.py"}
    assert not [path for path in python_files(*CODE, "build_scripts") if path.name in vague]


def test_files_stay_short_enough_to_read() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_bytes().splitlines())
        for path in [*python_files(*CODE, "build_scripts", "tests"), ROOT / "dev"]
    }
    assert {name for name, n in lengths.items() if n > LONGEST_FILE_LINES} == set(LONGER_FILES)


# ------------------------------------------------------------------- who may import whom

# Each line breaks exactly one rule of docs/architecture.md.
PLANTED = [
    ("app/services/a.py", "import sync.protocol", "1."),
    ("app/domain/a.py", "import app.ports", "2."),
    ("app/services/a.py", "import app.store", "2."),
    ("app/stray.py", "", "2."),
    ("sync/client/a.py", "import sync.server", "3."),
    ("sync/stray.py", "", "3."),
    ("ui/viewmodels/a.py", "import ui.screens", "4."),
    ("app/domain/a.py", "import PySide6.QtCore", "5. Qt"),
    ("sync/client/a.py", "from PySide6 import QtCore", "5. Qt"),
    ("app/services/a.py", "import sqlalchemy", "5. SQLAlchemy"),
    ("ui/viewmodels/a.py", "import app.store", "6."),
    ("ui/qt/a.py", "import requests", "6."),
    ("ui/screens/a.py", "import sync.client", "6."),
    ("sync/server/a.py", "import app.ports", "7."),
    ("app/domain/a.py", "import app.domain.b.c", "8."),
]


def lint_imports(folder: Path) -> str:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    wide = {**os.environ, "COLUMNS": "200"}  # a contract a line
    return subprocess.run(
        command, cwd=folder, env=wide, capture_output=True, text=True, check=False
    ).stdout


def broken(output: str) -> list[str]:
    assert "Contracts: " in output, output
    return [line for line in output.splitlines() if line.endswith(" BROKEN")]


def test_the_import_contracts_hold() -> None:
    output = lint_imports(ROOT)
    assert not broken(output), output


@pytest.mark.parametrize(("path", "line", "rule"), PLANTED)
def test_a_planted_import_breaks_its_contract(
    tmp_path: Path, path: str, line: str, rule: str
) -> None:
    packages = [
        *("app", "app/domain", "app/domain/b", "app/ports", "app/services", "app/store"),
        *("app/credentials", "app/devices", "app/settings"),
        *("sync", "sync/protocol", "sync/client", "sync/server"),
        *("ui", "ui/qt", "ui/viewmodels", "ui/screens"),
    ]
    for package in packages:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "app/domain/b/c.py").write_text("import app.domain.a\n")
    (tmp_path / "app/domain/a.py").touch()
    (tmp_path / "app/bootstrap.py").write_text("import sqlalchemy\nimport app.store\n")
    (tmp_path / "ui/main.py").write_text("import app.bootstrap\nimport sync.client\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / path).write_text(line + "\n")
    found = broken(lint_imports(tmp_path))
    assert [text for text in found if text.startswith(rule)] == found
    assert len(found) == 1


@pytest.mark.parametrize(
    ("folder", "besides"), [("app/domain", set()), ("sync/protocol/replica", {"msgspec"})]
)
def test_the_shared_rules_need_the_standard_library_and_little_else(
    folder: str, besides: set[str]
) -> None:
    own = folder.replace("/", ".")
    foreign = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files(folder)
        for name in imported_names(path)
        if name.partition(".")[0] not in sys.stdlib_module_names | besides
        and not f"{name}.".startswith((f"{own}.", "app.domain."))
    }
    assert not foreign


# ------------------------------------------------------------------- the one-command script


def test_dev_needs_the_standard_library_alone() -> None:
    roots = {name.partition(".")[0] for name in imported_names(ROOT / "dev")}
    assert roots <= sys.stdlib_module_names
    assert os.access(ROOT / "dev", os.X_OK)


def test_dev_keeps_a_translation_whole_for_the_program_that_has_it_open(
    dev: types.ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ROOT / "resources" / "translations" / "blind_zh_CN.ts"
    (tmp_path / source.name).write_bytes(source.read_bytes())
    target = tmp_path / "blind_zh_CN.qm"
    target.write_bytes(b"old")
    os.utime(target, (0, 0))
    monkeypatch.setattr(dev, "TRANSLATIONS", tmp_path)
    with target.open("rb") as mapped:
        dev.compile_translations()
        assert mapped.read() == b"old"
    assert len(target.read_bytes()) > 100
    assert {path.suffix for path in tmp_path.iterdir()} == {".ts", ".qm"}


def test_the_readme_explains_every_command(dev: types.ModuleType) -> None:
    assert {"demo", "test", "check", "bench", "simulate", "server", "env"} <= set(dev.COMMANDS)
    readme = (ROOT / "README.md").read_text()
    explained = set(re.findall(r"\./dev ([a-z]+)", readme))
    assert explained == set(dev.COMMANDS)


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().splitlines()[-1] == 'exec ./dev test "$@"'
    assert "./dev test" in (ROOT / "README.md").read_text()


def test_an_unknown_command_is_refused_with_the_list(
    dev: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(["tset"]) == 2
    listed = capsys.readouterr().out
    assert all(f"./dev {name} " in listed for name in dev.COMMANDS)


def test_a_quiet_step_is_heard_only_when_it_fails(
    dev: types.ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    says = "import sys; print('out'); print('warning', file=sys.stderr); sys.exit({})"
    dev.run([sys.executable, "-c", says.format(0)], what="a step", quiet=True)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(dev.Failed, match=r"a step failed \(exit code 3\)"):
        dev.run([sys.executable, "-c", says.format(3)], what="a step", quiet=True)
    assert sorted(capfd.readouterr().err.split()) == ["out", "warning"]


def test_missing_system_packages_are_named(
    dev: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "can_load", lambda name: name != "libxcb-cursor.so.0")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(dev.Failed, match="apt-get install libxcb-cursor0\n"):
        dev.provide(dev.missing_for_qt, "Qt")


def test_what_the_slow_tests_need_is_provided_for_them_alone(
    dev: types.ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    provided: list[str] = []
    monkeypatch.setattr(dev, "ROOT", tmp_path)  # whose lock nobody holds
    monkeypatch.setattr(dev, "provide", lambda missing, what: provided.append(what))
    monkeypatch.setattr(dev, "make_environment", lambda: None)
    monkeypatch.setattr(dev, "compile_translations", lambda: None)
    never_runs = dev.Command("", lambda arguments: 0, tests=True)
    monkeypatch.setitem(dev.COMMANDS, "test", never_runs)
    assert dev.main(["test", "tests/unit"]) == 0
    assert "./dev test --slow" not in provided
    assert dev.main(["test", "--slow"]) == 0
    assert ("./dev test --slow" in provided) is (sys.platform == "linux")
    monkeypatch.setattr(dev.shutil, "which", lambda program, path="": None)
    packages = dev.missing_programs(dev.SLOW_TEST_PROGRAMS)
    tools = ["faketime", "fiu-utils", "iproute2", "nftables", "pgbouncer"]
    browsers, screens = ["chromium", "chromium-driver"], ["x11-xserver-utils", "xdotool"]
    windows = ["msitools", "nsis", "osslsigncode", "wine", "wixl"]
    assert packages == sorted(["binutils", *browsers, *tools, *screens, *windows])
    tests_section = (ROOT / "README.md").read_text().partition("./dev test\n")[2]
    assert all(f"`{name}`" in tests_section.partition("\n## ")[0] for name in packages)


def test_every_library_that_qt_takes_from_the_system_is_checked(dev: types.ModuleType) -> None:
    qt = Path(PySide6.__file__).parent / "Qt"
    modules = ["Core", "Gui", "Widgets", "Svg", "SvgWidgets", "Network", "PrintSupport", "DBus"]
    binaries = [
        *(qt / "lib" / f"libQt6{name}.so.6" for name in [*modules, "OpenGL", "XcbQpa"]),
        *(qt / "plugins" / "platforms" / f"libq{name}.so" for name in ("xcb", "offscreen")),
        *(qt / "plugins" / "xcbglintegrations").glob("*.so"),
    ]
    pattern = re.compile(rb"(?<=\0)lib[\w+-]+(?:\.[\w-]+)?\.so\.\d+(?=\0)")
    needed = {name.decode() for path in binaries for name in pattern.findall(path.read_bytes())}
    shipped = {path.name for path in (qt / "lib").iterdir()}
    always_there = {
        *("libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1"),
        *("libresolv.so.2", "libgcc_s.so.1", "libstdc++.so.6"),
    }
    assert needed - shipped - always_there == set(dev.QT_LIBRARIES)


# ------------------------------------------------------------------- the lock


def test_the_lock_pins_what_the_project_asks_for() -> None:
    text = (ROOT / "requirements.lock").read_text()
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", text, re.MULTILINE))
    project = PROJECT["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), requirement


def test_the_lock_carries_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert not [block for block in blocks if "--hash=sha256:" not in block]


# ------------------------------------------------------------------- the tests' own strictness

STRICTNESS = """
import logging, socket, threading, warnings
import pytest, structlog
from PySide6.QtCore import qWarning

def test_clean(): logging.getLogger("x").warning("just saying")
def test_expected(expected_errors):
    logging.getLogger("x").error("known")
    assert [record.getMessage() for record in expected_errors] == ["known"]
def test_expected_but_absent(expected_errors): pass
def test_logged_error(): logging.getLogger("x").error("boom")
def test_structlog_error(): structlog.get_logger("x").error("boom", name="q")
def test_qt_warning(): qWarning("bad")
def test_warning(): warnings.warn("bad")
def test_thread():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start(); thread.join()
def test_skip(): pytest.skip("later")
@pytest.mark.xfail
def test_passes_after_all(): pass
@pytest.mark.slow
def test_slow(): pass
def test_socket():
    with socket.socket() as opened: opened.connect(("127.0.0.1", 9))
"""


def run_pytest(folder: Path, *arguments: str) -> tuple[int, dict[str, str]]:
    """Run these tests under our rules, out of a folder; returns exit code and outcome by name."""
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", f"--rootdir={folder}"]
    options = ["-c", str(ROOT / "pyproject.toml"), f"--junitxml={report}", *arguments]
    result = subprocess.run(
        [*command, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert report.exists(), result.stdout + result.stderr
    outcomes: dict[str, str] = {}
    for case in ET.parse(report).iter("testcase"):
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        outcomes[case.attrib["name"]] = "".join(kinds) or "passed"
    return result.returncode, outcomes


@pytest.fixture
def strictness(tmp_path: Path) -> Path:
    """A file of tests, most of which have to fail, where unit tests are."""
    file = tmp_path / "tests" / "unit" / "test_strictness.py"
    file.parent.mkdir(parents=True)
    file.write_text(STRICTNESS)
    return file


def test_what_must_fail_a_test_fails_it(tmp_path: Path, strictness: Path) -> None:
    code, outcomes = run_pytest(tmp_path, str(strictness))
    assert code == 1
    assert outcomes == {
        "test_clean": "passed",
        "test_expected": "passed",
        "test_expected_but_absent": "error",
        "test_logged_error": "error",
        "test_structlog_error": "error",
        "test_qt_warning": "failure",
        "test_warning": "failure",
        "test_thread": "failure",
        "test_skip": "skipped",
        "test_passes_after_all": "failure",
        "test_socket": "failure",
    }


def test_a_skip_fails_a_run_that_is_otherwise_clean(tmp_path: Path, strictness: Path) -> None:
    names = ["test_clean", "test_skip", "test_slow"]
    code, outcomes = run_pytest(tmp_path, "--slow", *(f"{strictness}::{name}" for name in names))
    assert outcomes == {"test_clean": "passed", "test_skip": "skipped", "test_slow": "passed"}
    assert code == 1


def test_a_clean_run_ends_well(tmp_path: Path, strictness: Path) -> None:
    assert run_pytest(tmp_path, f"{strictness}::test_clean") == (0, {"test_clean": "passed"})
