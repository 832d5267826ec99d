from __future__ import annotations

from tests.store.released import write

if __name__ == "__main__":
    print(write())
