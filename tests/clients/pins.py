"""The digest of the client in the integrations: `python -m tests.clients.pins` writes it anew."""

import re
from hashlib import sha256

from config.environment import REPOSITORY

CLIENTS = REPOSITORY / "clients"
PINNED = (
    "argocd/presync-hook.yaml",
    "azure/run.js",
    "github/action.yml",
    "gitlab/tidegate.gitlab-ci.yml",
    "jenkins/vars/tidegateGate.groovy",
)
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def digest() -> str:
    """SHA-256 of the client as it is."""
    return sha256((CLIENTS / "tidegate.py").read_bytes()).hexdigest()


def pinned(name: str) -> list[str]:
    """What an integration pins."""
    return _DIGEST.findall((CLIENTS / name).read_text())


def main() -> None:
    """Pin the client as it is."""
    for name in PINNED:
        file = CLIENTS / name
        file.write_text(_DIGEST.sub(digest(), file.read_text()))


if __name__ == "__main__":
    main()
