"""What the frozen client does first: what it starts gets the system's libraries, not its own."""

import os
import warnings

before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
if before is not None:
    os.environ["LD_LIBRARY_PATH"] = before
else:
    os.environ.pop("LD_LIBRARY_PATH", None)
# A sound server that isn't there is no news
os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.symbolsresolver=false")
# `requests` misses what guesses an answer's letters, which is left out: no answer's are guessed
warnings.filterwarnings("ignore", "Unable to find acceptable character detection dependency")
