"""What is sealed can be read again with the key, by nobody without it, and not at all once it was changed."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.fernet import Fernet

from coordinator.store import sealing
from coordinator.store.secret_keys import derived
from coordinator.store.unit_of_work import Database, Work

TEXT = "JBSWY3DPEHPK3PXP"


def test_what_is_sealed_is_aes_256_gcm_and_any_change_shows(sqlite: Database) -> None:
    with sqlite.read() as work:
        sealed = sealing.seal(work, TEXT)
        assert sealing.unseal(work, sealed) == TEXT
        assert sealing.seal(work, TEXT) != sealed, "never twice under one nonce"
        whole = urlsafe_b64decode(sealed.removeprefix("g1."))
        assert len(whole) == 12 + len(TEXT) + 16
        for place in range(len(whole)):
            bent = bytearray(whole)
            bent[place] ^= 1
            with pytest.raises(sealing.Unsealable):
                sealing.unseal(work, f"g1.{urlsafe_b64encode(bytes(bent)).decode()}")
        for cut in ("g1.", "g1.AAAA", sealed[:-4], "g1.é", "", "nonsense"):
            with pytest.raises(sealing.Unsealable):
                sealing.unseal(work, cut)


def test_another_key_reads_nothing_and_what_was_sealed_before_is_still_read(sqlite: Database) -> None:
    with sqlite.read() as work:
        other = Work(work.session, (derived("k" * 32),))
        with pytest.raises(sealing.Unsealable):
            sealing.unseal(other, sealing.seal(work, TEXT))
        older = Fernet(urlsafe_b64encode(work.keys[0].seal)).encrypt(TEXT.encode()).decode()
        assert sealing.unseal(work, older) == TEXT
