import pytest

from ledger import sealing


def test_a_sealed_secret_is_read_back_and_never_looks_the_same():
    first, second = sealing.seal(b"secret"), sealing.seal(b"secret")

    assert first != second
    assert b"secret" not in first
    assert (sealing.unseal(first), sealing.unseal(second)) == (b"secret", b"secret")


def test_a_secret_sealed_with_a_former_key_needs_that_key(settings):
    former, sealed = settings.SECRET_KEY, sealing.seal(b"secret")
    settings.SECRET_KEY = "another"

    with pytest.raises(sealing.Unreadable, match="SECRET_KEY_FALLBACKS"):
        sealing.unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert sealing.unseal(sealed) == b"secret"
