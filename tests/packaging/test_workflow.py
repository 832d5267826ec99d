"""The steps for systems that aren't here: whatever they call is there, and can be read."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "package.yml"


@pytest.fixture(scope="module")
def jobs() -> dict[str, Any]:
    said = yaml.safe_load(WORKFLOW.read_text())
    assert said["permissions"] == {"contents": "read"}
    return dict(said["jobs"])


def commands(jobs: dict[str, Any]) -> list[str]:
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def test_it_runs_on_each_system(jobs: dict[str, Any]) -> None:
    systems = {job["runs-on"] for job in jobs.values()}
    assert systems == {"ubuntu-latest", "windows-latest", "macos-latest"}
    needs = [job["needs"] for job in jobs.values() if "needs" in job]
    assert set(needs) <= set(jobs)


def test_each_artifact_that_is_fetched_was_put_there_before(jobs: dict[str, Any]) -> None:
    put: dict[str, str] = {}
    for name, job in jobs.items():
        for step in job["steps"]:
            artifact = step.get("with", {}).get("name", "")
            if step.get("uses", "").startswith("actions/upload-artifact@"):
                put[artifact] = name
            if step.get("uses", "").startswith("actions/download-artifact@"):
                assert put[artifact] == job["needs"]


def test_what_it_calls_is_there(jobs: dict[str, Any]) -> None:
    modules = re.findall(r"python -m ([\w.]+)", "\n".join(commands(jobs)))
    scripts = re.findall(r"(?:^|\s)(build_scripts/[\w/.]+|\./dev)\b", "\n".join(commands(jobs)))
    assert {"build_scripts.freeze", "build_scripts.windows", "pip"} <= set(modules)
    assert {"./dev", "build_scripts/macos/dmg.sh"} <= set(scripts)
    assert all(importlib.util.find_spec(module) for module in modules)
    assert all((ROOT / script).is_file() for script in scripts)


@pytest.mark.parametrize("module", ["build_scripts.freeze", "build_scripts.windows"])
def test_its_modules_take_their_options(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "usage:" in done.stdout


def test_macs_script_can_be_read_and_says_what_it_lacks(tmp_path: Path) -> None:
    """With stand-ins for what only a Mac has."""
    script = ROOT / "build_scripts" / "macos" / "dmg.sh"
    subprocess.run(["sh", "-n", script], check=True)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("hdiutil", "codesign", "xcrun"):
        (tools / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/log\n')
        (tools / name).chmod(0o755)
    environment = {"PATH": f"{tools}:/usr/bin:/bin"}

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        command = [str(script), str(tmp_path), "0.1.0"]
        return subprocess.run(
            command, env={**environment, **more}, capture_output=True, text=True, check=False
        )

    assert run().returncode == 1
    (tmp_path / "Guichet.app" / "Contents").mkdir(parents=True)
    (tmp_path / "Guichet.app" / "Contents" / "one.dylib").touch()
    unsigned = run()
    assert unsigned.returncode == 0
    assert "NOT SIGNED" in unsigned.stderr
    assert "NOT NOTARISED" in unsigned.stderr
    assert "codesign" not in (tmp_path / "log").read_text()
    signed = run(GUICHET_SIGN_IDENTITY="Developer ID", GUICHET_NOTARY_PROFILE="own")
    assert (signed.returncode, signed.stderr) == (0, "")
    log = (tmp_path / "log").read_text()
    assert log.index("one.dylib") < log.index("notarytool submit") < log.index("stapler staple")
