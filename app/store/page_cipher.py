"""Turns plain SQLite pages into SQLCipher 4's own, so that a file can be encrypted as it arrives.

The format: the file begins with a salt of 16 bytes; each page ends in 80 reserved bytes, an
initialisation vector of 16 and the HMAC-SHA512 of ciphertext, vector and page number; the HMAC's
key comes from the raw key by PBKDF2 with the salt XOR 0x3a, 2 rounds. Source: SQLCipher's design
notes (https://www.zetetic.net/sqlcipher/design/).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

SALT_BYTES: Final = 16
_VECTOR_BYTES: Final = 16
_MAC_BYTES: Final = 64
RESERVED_BYTES: Final = _VECTOR_BYTES + _MAC_BYTES
"""What a plain page has to leave free at its end."""

_MAC_SALT_MASK: Final = 0x3A
_MAC_KEY_ROUNDS: Final = 2


class PageCipher:
    """Encrypts the pages of one file, in any order, on one thread at a time."""

    def __init__(self, key: bytes, salt: bytes, page_bytes: int) -> None:
        """Prepare for one file.

        Args:
            key: the file's raw key, 32 bytes.
            salt: the file's own, 16 random bytes; it stands at the file's start.
            page_bytes: size of a page.
        """
        if len(salt) != SALT_BYTES:
            raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
        self.page_bytes = page_bytes
        self._salt = salt
        self._algorithm = AES(key)
        mac_salt = bytes(byte ^ _MAC_SALT_MASK for byte in salt)
        mac_key = hashlib.pbkdf2_hmac("sha512", key, mac_salt, _MAC_KEY_ROUNDS, len(key))
        self._mac = hmac.new(mac_key, digestmod=hashlib.sha512)
        # Kept: fresh memory for each call costs as much as encrypting it
        self._stream = bytearray()

    def seal(self, pages: bytes, first_number: int) -> bytes:
        """Encrypt whole pages.

        Args:
            pages: plain pages one after the other, the last 80 bytes of each unused.
            first_number: the number of the first, 1 for the page that begins the file.

        Returns:
            As many bytes, ready to be written at `(first_number - 1) * page_bytes`.

        Raises:
            ValueError: `pages` ends within a page.
        """
        size = self.page_bytes
        if len(pages) % size:
            raise ValueError("the last page is not whole")
        count = len(pages) // size
        view = memoryview(pages)
        noise = os.urandom(_VECTOR_BYTES * count)
        # One chain of blocks over all pages, a random block before each: what that block turns
        # into is as random, and is the vector of the page behind it.
        chain: list[bytes | memoryview] = []
        starts = []
        length = 0
        for place in range(count):
            start = place * size
            clear = SALT_BYTES if first_number + place == 1 else 0  # the salt stands there instead
            chain.append(noise[place * _VECTOR_BYTES : (place + 1) * _VECTOR_BYTES])
            chain.append(view[start + clear : start + size - RESERVED_BYTES])
            starts.append(length)
            length += _VECTOR_BYTES + size - RESERVED_BYTES - clear
        starts.append(length)
        encryptor = Cipher(self._algorithm, CBC(os.urandom(_VECTOR_BYTES))).encryptor()
        if len(self._stream) < length + _VECTOR_BYTES:  # room for a block more is asked for
            self._stream = bytearray(length + _VECTOR_BYTES)
        encryptor.update_into(b"".join(chain), self._stream)
        stream = memoryview(self._stream)
        sealed: list[bytes | memoryview] = [self._salt] if first_number == 1 else []
        for place in range(count):
            begin = starts[place] + _VECTOR_BYTES
            vector, text = stream[starts[place] : begin], stream[begin : starts[place + 1]]
            mac = self._mac.copy()
            mac.update(text)
            mac.update(vector)
            mac.update((first_number + place).to_bytes(4, "little"))
            sealed += (text, vector, mac.digest())
        return b"".join(sealed)
