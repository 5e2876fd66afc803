"""Passwords: which are allowed, and how they are hashed and compared."""

import secrets
import unicodedata
from functools import cache
from pathlib import Path

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.errors import INVALID, InvalidError, wrong_field

# Argon2id with what the library recommends.
HASHER = PasswordHasher()
COMMON = Path(__file__).with_name("common_passwords.txt")
# Each takes 64 MiB of memory, and some threads for a tenth of a second.
AT_ONCE = 2


def normalized(password: str) -> str:
    """One form of each character: machines differ in how they send an accent, or a syllable of Hangul."""
    return unicodedata.normalize("NFKC", password)


@cache
def dummy_hash() -> str:
    """What is compared when there is none, so that it takes as long. Made once: that takes long, too."""
    return HASHER.hash(secrets.token_hex())


class Passwords:
    """Hashed and compared on threads, a few at a time."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(AT_ONCE)
        lines = COMMON.read_text("utf-8").splitlines()
        self.common = frozenset(" ".join(line for line in lines if line[:1] != "#").split())
        self._dummy = dummy_hash()

    async def hash(self, password: str) -> str:
        """InvalidError when it is one of the commonest."""
        if normalized(password).lower() in self.common:
            detail = "This is one of the commonest passwords. Choose another one."
            raise InvalidError(INVALID, errors=[wrong_field("body", "password", "common", detail)])
        return await to_thread.run_sync(HASHER.hash, normalized(password), limiter=self._limiter)

    async def matches(self, password: str, hashed: str | None) -> bool:
        compared = password, hashed or self._dummy
        return await to_thread.run_sync(self._verify, *compared, limiter=self._limiter) and bool(hashed)

    async def renew(self, password: str, hashed: str) -> str:
        """The same hash, or a new one when it was made with other parameters than those of today."""
        if not HASHER.check_needs_rehash(hashed):
            return hashed
        return await to_thread.run_sync(HASHER.hash, normalized(password), limiter=self._limiter)

    def _verify(self, password: str, hashed: str) -> bool:
        try:
            return HASHER.verify(hashed, normalized(password))
        except (VerifyMismatchError, InvalidHashError):
            return False
