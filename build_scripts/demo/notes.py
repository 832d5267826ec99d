"""From what a screen shows to what a witness remembers of it."""

from __future__ import annotations

import os

from build_scripts.demo.eyes import Scene
from build_scripts.demo.witness import Witness

_THANKING = ("details", "comment", "phone", "thanks")


class Notes:
    """Tells a witness what a seat's screens confirm."""

    def __init__(self, witness: Witness) -> None:
        """Tell `witness`."""
        self._witness = witness
        self._exceptions: set[str] = set()
        self._dialog = ""
        self._boxes = 0

    def take(self, scene: Scene) -> None:
        """Write down everything that `scene` promises; what is known already costs nothing."""
        if scene["dialog"] and scene["dialog"] != self._dialog:
            self._boxes += 1  # the same box may stand there twice: each time it stops the clerk
            self._witness.saw("dialog", f"{os.getpid()}-{self._boxes}", scene["dialog"])
        self._dialog = scene["dialog"]
        if scene["crash"]:
            self._witness.saw("mistake", "", str(scene["crash"]))
        for line in scene.get("counter", {}).get("lines", ()):
            words = " · ".join((line["text"], line["detail"], line["points"], line["state"]))
            self._witness.saw("line", line["id"], words)
        panel = scene.get("panel", {})
        thanked = panel.get("page") in _THANKING and not panel.get("declined")
        if thanked and panel["encounter"] and panel["face"] is not None:
            self._witness.saw("thanks", panel["encounter"], str(panel["face"]))
        desk = scene.get("desk", {})
        for case in desk.get("cases", ()):
            if desk["ringing"] and case["state"] == "new":
                self._witness.saw("ringing", case["id"], "")
            if case["state"] != "new":
                self._witness.saw("case", case["id"], case["state"])
        if desk:
            shown = set(desk["exceptions"])
            for gone in self._exceptions - shown:  # only its settling takes one off the list
                self._witness.saw("settled", gone, "")
            self._exceptions = shown
        if scene.get("closed_shift"):
            self._witness.saw("shift", "", scene["closed_shift"])

    def tap(self, scene: Scene, name: str) -> None:
        """Remember when a face was touched, and in which encounter."""
        panel = scene.get("panel", {})
        if name.startswith("face_") and panel.get("encounter"):
            self._witness.saw("tap", panel["encounter"], name.removeprefix("face_"))
