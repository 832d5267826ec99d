"""A seat's program for somebody to try: it sets itself up and signs in, then is theirs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot

from ui.application import Application, build_application
from ui.qt.crash_log import CrashLog

_AGAIN_MS: Final = 500


class Doorman(QObject):
    """Gets a seat ready: enrols it with a code, and signs one person in once the list is there."""

    def __init__(self, application: Application, code: str, number: str, pin: str) -> None:
        """Get `application` ready; an empty number signs nobody in and ends after enrolment."""
        super().__init__()
        self._application = application
        self._code, self._number, self._pin = code, number, pin
        self._again = QTimer(self)
        self._again.timeout.connect(self._on_again)
        self._again.start(_AGAIN_MS)
        self._on_again()

    @Slot()
    def _on_again(self) -> None:
        app = self._application
        if app.status.seat is None:
            if not app.enrolment.busy:
                app.enrolment.submit(app.options.server, self._code)
        elif not self._number:
            self._again.stop()
            app.close()
            app.qt.quit()
        elif app.status.session is not None:
            self._again.stop()
            app.window.setFocus()
        else:
            readiness = app.core.queries.readiness()
            if readiness.data_age_s is not None:  # the staff list is here
                app.sign_in.submit(self._number, self._pin)


def main() -> int:
    """Open a seat."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--code", default="")
    parser.add_argument("--number", default="")
    parser.add_argument("--pin", default="")
    parser.add_argument("program", nargs="*", help="the program's own arguments, after --")
    options = parser.parse_args()
    application = build_application(options.program)
    folder: Path = application.told.data_folder
    CrashLog(folder, application.report_bug).install()
    if options.number:
        application.show()
    doorman = Doorman(application, options.code, options.number, options.pin)
    try:
        return application.qt.exec()
    finally:
        doorman.deleteLater()
        application.close()


if __name__ == "__main__":
    sys.exit(main())
