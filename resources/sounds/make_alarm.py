"""Writes alarm.wav: two rising bell strokes, heard over a hall and not unkind to the ear.

Run it after changing it: `python resources/sounds/make_alarm.py`.
"""

import math
import struct
import wave
from pathlib import Path

RATE_HZ = 22_050
LENGTH_S = 1.2
STROKES = ((0.0, 784.0), (0.22, 1046.5))  # start in s, pitch in Hz: G5, C6
PARTIALS = ((1.0, 1.0, 4.0), (2.0, 0.45, 6.0), (3.01, 0.2, 9.0))  # ratio, loudness, decay in 1/s


def sample(time_s: float) -> float:
    """Return the sound's amplitude at `time_s`, -1..1."""
    total = 0.0
    for start_s, pitch_hz in STROKES:
        age_s = time_s - start_s
        if age_s < 0:
            continue
        attack = min(1.0, age_s / 0.006)
        for ratio, loudness, decay in PARTIALS:
            turn = 2 * math.pi * pitch_hz * ratio * age_s
            total += attack * loudness * math.exp(-decay * age_s) * math.sin(turn)
    fade = min(1.0, (LENGTH_S - time_s) / 0.05)
    return math.tanh(0.75 * total * fade)


def main() -> None:
    """Write the file beside this script."""
    count = int(RATE_HZ * LENGTH_S)
    frames = b"".join(struct.pack("<h", round(32_000 * sample(n / RATE_HZ))) for n in range(count))
    with wave.open(str(Path(__file__).with_name("alarm.wav")), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(frames)


if __name__ == "__main__":
    main()
