"""Permits verified by the client alone: Ed25519 as its standard has it, and nothing for granted."""

import ast
import base64
import json
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clients import tidegate
from tests.clients.conftest import Client
from tests.clients.hostile import OTHER_KEY, Hostile, drops, gives, keys, permit, policy, signed

KEYS = "/.well-known/jwks.json"
# RFC 8032, section 7.1: public key, message, signature.
VECTORS = {
    "test 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    "test 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    "test 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
}


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS.values(), ids=VECTORS)
def test_the_vectors_of_the_standard_hold(public: str, message: str, signature: str):
    key, said, by = map(bytes.fromhex, (public, message, signature))

    assert tidegate.is_signed(key, said, by)
    assert not tidegate.is_signed(key, said + b"!", by)
    assert not tidegate.is_signed(key, said, by[:-1] + bytes([by[-1] ^ 1]))
    assert not tidegate.is_signed(key, said, bytes([by[0] ^ 1]) + by[1:])
    assert not tidegate.is_signed(bytes([key[0] ^ 1]) + key[1:], said, by)


def test_it_agrees_with_a_library_on_what_that_signed():
    for number in range(8):
        key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        message = b"permit" * number
        public = key.public_key().public_bytes_raw()

        assert tidegate.is_signed(public, message, key.sign(message))
        assert not tidegate.is_signed(public, message, OTHER_KEY.sign(message))


def test_a_signature_has_one_form_alone():
    """RFC 8032, section 5.1.7: S is below L, else whoever sees a signature could make another."""
    key, message = Ed25519PrivateKey.from_private_bytes(b"k" * 32), b"permit"
    signature = key.sign(message)
    s = int.from_bytes(signature[32:], "little") + tidegate.L
    longer = signature[:32] + s.to_bytes(32, "little")
    public = key.public_key().public_bytes_raw()

    assert not tidegate.is_signed(public, message, longer)
    for short in (b"", signature[:63], signature + b"!"):
        assert not tidegate.is_signed(public, message, short)
    assert not tidegate.is_signed(b"\xff" * 32, message, signature)
    assert not tidegate.is_signed(public[:31], message, signature)


@pytest.fixture
def verify(client: Client, tmp_path: Path):
    """Verifies a permit for production and the revision 4f1c2d9, unless more is said."""

    def run(text: str, *words: str):
        (tmp_path / "permit").write_text(text + "\n")
        place = ("--environment", "production", "--revision", "4f1c2d9")
        return client("verify", "--permit-file", str(tmp_path / "permit"), *place, *words)

    return run


def test_a_permit_for_this_is_valid(verify):
    ended = verify(permit(), "--service", "refunds", "--change", "CHG-7", "--artifact", "")

    assert ended.code == tidegate.ALLOW, ended.log
    assert ended.log.startswith("The permit of CHG-7 is valid until ")


def hs256() -> str:
    """Signed with the public key, as if that were a secret."""
    x = keys()["keys"][0]["x"]
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"k1"}').decode()
    said = f"{head.rstrip('=')}.{permit().split('.')[1]}"
    mac = tidegate.sha256(x.encode() + said.encode()).digest()
    return f"{said}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


NOW = int(time.time())
INVALID = {
    "expired": (permit(exp=NOW - 1), "it expired"),
    "not yet valid": (permit(nbf=NOW + 9 * 3600), "it is valid only from"),
    "for another place": (permit(environment="staging"), "it is for the environment staging"),
    "for another revision": (permit(revision="0000000"), "it is for the revision 0000000"),
    "of another key": (
        signed({"exp": NOW + 9}, typ="JWT", key=OTHER_KEY),
        "its signature is forged",
    ),
    "of a key nobody knows": (
        signed({"exp": NOW + 9}, typ="JWT", kid="k2"),
        "its key is not among those of the server",
    ),
    "a policy": (policy(), "it is of another kind"),
    "of another issuer": (permit(iss="elsewhere"), "it is of another kind"),
    "HS256 with the public key": (hs256(), "it is of another kind"),
    "without times": (signed({"environment": "production"}, typ="JWT"), ""),
    "cut": (permit()[:-20], ""),
    "with one bit turned": (permit().replace(".", ".A", 1), ""),
    "no permit at all": ("yes", ""),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("text", "why"), INVALID.values(), ids=INVALID)
def test_any_other_is_not(verify, text: str, why: str):
    ended = verify(text)

    assert ended.code == tidegate.DENY, ended.log
    assert f"The permit is not valid here: {why}" in ended.log


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--service", "search"), "the service refunds"),
        (("--artifact", "sha256:1"), "the artifact unnamed"),
        (("--change", "CHG-8"), "the change CHG-7"),
    ],
)
def test_what_is_demanded_must_match(verify, words: tuple[str, str], why: str):
    ended = verify(permit(), *words)

    assert (ended.code, why in ended.log) == (tidegate.DENY, True)


def test_place_and_revision_are_demanded(client: Client, tmp_path: Path):
    (tmp_path / "permit").write_text(permit())

    ended = client("verify", "--permit-file", str(tmp_path / "permit"))

    assert ended.code == tidegate.USAGE
    assert "Give --environment and --revision." in ended.log


def test_keys_that_were_kept_do_without_the_server_for_a_day(
    verify, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
):
    before = verify(permit())
    hostile.told(KEYS, drops)
    now = time.time()
    codes = []
    for hours in (0.5, 23, 25):
        at = now + hours * 3600
        monkeypatch.setattr(tidegate.time, "time", lambda at=at: at)
        valid = permit(nbf=int(at), exp=int(at) + 60)
        codes.append(verify(valid, "--patience", "0s").code)

    assert before.code == tidegate.ALLOW
    assert codes == [tidegate.ALLOW, tidegate.ALLOW, tidegate.UNREACHED]


def test_a_new_key_is_fetched_at_once(verify, hostile: Hostile):
    two = {"keys": keys()["keys"] + keys(OTHER_KEY, "k2")["keys"]}
    hostile.told(KEYS, gives(keys()), gives(two))
    verify(permit())
    claims = json.loads(tidegate._octets(permit().split(".")[1]))

    ended = verify(signed(claims, typ="JWT", key=OTHER_KEY, kid="k2"))

    assert (ended.code, hostile.paths().count(f"GET {KEYS}")) == (tidegate.ALLOW, 2)


def test_it_is_one_file_for_any_python_from_3_8_on():
    text = Path(tidegate.__file__).read_text()

    tree = ast.parse(text, feature_version=(3, 8))

    named = {
        name.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for name in node.names
    }
    named |= {
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert named <= tidegate.sys.stdlib_module_names
