"""The command-line client as this Tidegate hands it out, and the digest it is known by."""

from hashlib import sha256
from pathlib import Path
from typing import Final

PATH: Final = "/clients/tidegate.py"
SOURCE: Final = (Path(__file__).resolve().parents[2] / "clients" / "tidegate.py").read_bytes()
SHA256: Final = sha256(SOURCE).hexdigest()
