#!/usr/bin/env python3
"""Verify an export of Tidegate's ledger with nothing but the export and the public keys of seals.

    python3 verify_export.py ledger.jsonl.gz --public-key seal-keys.json

This file stands alone, on Python 3.11 and `cryptography`: no database, no network. Get the keys and
the digest of a seal (`--expect`) from somebody else than who gave you the export.

An export is gzip over lines of JSON: {"ledger_export": 1, …} first, {"event": …} in the order of
ids, after the events it covers each {"seal": …}, and {"end": …} last. The notes named below are in
the sources of Tidegate.

Ends with 0 if all is as recorded, 1 if something is named, 2 if it could not be looked at.
"""

import argparse
import base64
import gzip
import json
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ZEROS = "0" * 64
LINK = ("subject", "position", "digest", "previous_digest", "verb")
SAID = ("about", "actor", "at", "data", "subject", "verb")
NAMED_AT_MOST = 20
PROGRESS_EVERY = 32
Json = dict[str, Any]


class Unusable(Exception):
    """The export or the keys cannot be read at all."""


def canonical_digest(value: object) -> str:
    """SHA-256 over the value as JSON with sorted keys and no white space."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def link_digest(event: Json) -> str:
    """See Note [Digest of an event]."""
    names = ("subject", "position", "previous_digest", "content_digest")
    return sha256("\n".join(str(event[name]) for name in names).encode()).hexdigest()


def merkle_root(events: list[Json]) -> str:
    """See Note [Leaf of an event], and RFC 6962, section 2.1."""
    level = [sha256(f"\0{one['id']}\n{one['digest']}".encode()).digest() for one in events]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = above + (level[-1:] if len(level) % 2 else [])
    return level[0].hex() if level else ""


def statement(seal: Json) -> bytes:
    """See Note [Statement of a seal]."""
    return (
        f"tidegate seal 1\nnumber {seal['number']}\nsealed_at {seal['sealed_at']}\n"
        f"events {seal['first_id']} {seal['last_id']} {seal['count']}\nroot {seal['root']}\n"
        f"heads {canonical_digest(seal['heads'])}\n"
        f"previous {seal['previous_digest']}\nkey {seal['key']}"
    ).encode()


class Verification:
    """One reading of an export; `kept` are seals that somebody kept elsewhere, number → digest."""

    def __init__(self, keys: dict[str, Ed25519PublicKey], kept: dict[int, str], after: int) -> None:
        self._keys, self._kept, self._after = keys, kept, after
        self.newest: Json = {}
        self._before: Json = {}  # the seal before the first
        self._met: dict[int, str] = {}
        self._batch: list[Json] = []
        self.events = self.seals = self.unsealed = self._last_id = self._told = 0
        self._trusted = True
        self._links = sqlite3.connect("")  # On disk, so memory does not grow with the ledger.
        self._links.execute("CREATE TABLE link (subject, position, digest, previous, verb)")

    def faults(self, export: Path) -> Iterator[str]:
        """What is not as it was recorded: in the order of the export, then chains, then `kept`."""
        end = None
        for number, line in enumerate(_lines(export)):
            try:
                if end is not None:
                    raise ValueError("it stands after the end")
                if "cut" in line:
                    yield line["cut"]
                elif "event" in line:
                    yield from self._event_faults(line["event"])
                elif "seal" in line:
                    yield from self._seal_faults(line["seal"])
                elif number == 0:
                    self._begin(line)
                else:
                    end = line["end"]
            except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as wrong:
                yield f"Line {number + 1} is not of an export: {wrong!r}"
        self.unsealed = len(self._batch)
        told = {"events": self.events, "seals": self.seals, "unsealed": self.unsealed}
        if end != told:
            yield f"The export is cut, or added to: it holds {told}, and its end says {end}."
        if self._told > (self.newest or self._before).get("number", 0):
            yield f"SEAL-{self._told} is gone: the ledger recorded it."
        yield from self._chain_faults()
        yield from filter(None, map(self._missing, self._kept))

    def _begin(self, line: Json) -> None:
        if line.get("ledger_export") != 1:
            raise Unusable("This is not an export of the ledger in a form that is known here.")
        if before := line["after"]:
            self._before, self._last_id = before, before["last_id"]
            self._met[before["number"]] = before["digest"]  # The first seal is chained to it.

    def _event_faults(self, event: Json) -> Iterator[str]:
        self.events += 1
        if not isinstance(event["id"], int) or not isinstance(event["position"], int):
            raise ValueError("its id and position are whole numbers")
        here = f"{event['subject']} event {event['position']} ({event['verb']})"
        if event["id"] <= self._last_id:
            yield f"{here} is out of order."
        self._last_id = event["id"]
        self._batch.append({name: event[name] for name in ("id", "subject", "position", "digest")})
        if (self.newest or self._before).get("number", 0) < self._after:
            return
        row = [event[name] for name in LINK]
        self._links.execute("INSERT INTO link VALUES (?, ?, ?, ?, ?)", row)
        if event["subject"] == "ledger" and event["verb"] == "ledger.sealed":
            self._told = max(self._told, event["data"]["seal"])
        if event["content_digest"] != canonical_digest({name: event[name] for name in SAID}):
            yield f"{here} no longer says what was recorded."
        if event["digest"] != link_digest(event):
            yield f"{here} has a forged digest."

    def _seal_faults(self, seal: Json) -> Iterator[str]:
        ref, batch, last = name(seal), self._batch, self.newest or self._before
        self._batch, self.newest, self.seals = [], seal, self.seals + 1
        expected = last.get("number", 0) + 1
        if seal["number"] in self._kept:
            self._met[seal["number"]] = seal["digest"]
        if self.seals % PROGRESS_EVERY == 0:
            print(f"… {self.events} events, up to {ref}", file=sys.stderr)
        wrong = self._wrong(seal)
        if seal["number"] != expected:
            yield f"SEAL-{expected} is missing before {ref}."
            batch = [one for one in batch if one["id"] >= seal["first_id"]]
        elif not wrong and self._trusted and seal["previous_digest"] != last.get("digest", ZEROS):
            before = name(last) if last else "the beginning"
            yield f"{ref} does not follow {before}: one was replaced."
        self._trusted = not wrong
        if wrong:
            yield f"{ref} {wrong}."
        elif len(batch) != seal["count"] or merkle_root(batch) != seal["root"]:
            how = f"it covers {seal['count']}, and there are {len(batch)}"
            how = "one was replaced or moved" if len(batch) == seal["count"] else how
            yield f"{ref} does not fit its events any more: {how}."
            yield from islice(_rewritten(seal, batch), NAMED_AT_MOST)

    def _wrong(self, seal: Json) -> str:
        """How a seal fails to be one of ours."""
        if sha256(statement(seal)).hexdigest() != seal["digest"]:
            return "no longer states what was signed"
        if seal["key"] not in self._keys:
            return f"is signed with the key {seal['key']}, which is none of those given"
        try:
            self._keys[seal["key"]].verify(base64.b64decode(seal["signature"]), statement(seal))
        except (InvalidSignature, ValueError):
            return "has a forged signature"
        return ""

    def _chain_faults(self) -> Iterator[str]:
        """The first broken link of each subject; what came before the export is not known."""
        partial = bool(self._before) or self._after > 0
        rows = self._links.execute("SELECT * FROM link ORDER BY subject, position")
        for subject, links in groupby(rows, key=lambda row: row[0]):
            last, digest = 0, ZEROS
            for _, position, now, previous, verb in links:
                here = f"event {position} ({verb})"
                if (last or not partial) and position != last + 1:
                    gone = f"event {last + 1}" + ("" if position == last + 2 else " and more")
                    yield f"{subject} {gone} is missing before {here}."
                    break
                if (last or not partial) and previous != digest:
                    yield f"{subject} {here} does not follow event {last}: one was replaced."
                    break
                last, digest = position, now

    def _missing(self, number: int) -> str | None:
        """Why this is not the ledger in which somebody saw that seal, or a later state of it."""
        if number in self._met:
            kept = self._met[number].startswith(self._kept[number])
            return None if kept else f"SEAL-{number} is another than the one you kept."
        if number < self._before.get("number", 0):
            return f"SEAL-{number}, which you kept, is not shown: the export begins after it."
        ends = f"{name(self.newest)} of {self.newest['sealed_at']}" if self.newest else "no seal"
        return f"This export is older than SEAL-{number}, which you kept: it ends with {ends}."


def _rewritten(seal: Json, batch: list[Json]) -> Iterator[str]:
    """Whose history differs; see Note [Heads of a seal]."""
    found: dict[str, tuple[int, str]] = {}
    for event in batch:
        head = (event["position"], event["digest"])
        found[event["subject"]] = max(found.get(event["subject"], (0, "")), head)
    for subject in sorted({*seal["heads"], *found}):
        position, was = seal["heads"].get(subject, (0, ""))
        there, now = found.get(subject, (0, ""))
        if there < position:
            yield f"{subject} event {position}, the newest of it in {name(seal)}, is gone."
        elif there > position:
            yield f"{subject} event {there} was put in after {name(seal)} was made."
        elif not now.startswith(was):
            yield f"{subject} event {position} is another than in {name(seal)}: it was rewritten."


def name(seal: Json) -> str:
    """`SEAL-7`"""
    return f"SEAL-{seal['number']}"


def public_keys(file: Path) -> dict[str, Ed25519PublicKey]:
    """The keys of a JSON Web Key Set as Tidegate publishes it."""
    try:
        return {
            key["kid"]: Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "="))
            for key in json.loads(file.read_bytes())["keys"]
        }
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise Unusable(f"{file} holds no public keys of seals: {wrong}") from None


def kept_seal(text: str) -> tuple[int, str]:
    """The number and digest in `SEAL-7:ab12…`; the digest may be cut, or left out."""
    number, _, digest = text.removeprefix("SEAL-").partition(":")
    return int(number), digest


def newest_seal(export: Path) -> tuple[int, str]:
    """The last seal of an export."""
    seal: Json = {}
    for line in _lines(export):
        seal = line.get("seal", seal)
    try:
        return seal["number"], seal["digest"]
    except (LookupError, TypeError):
        raise Unusable(f"{export} holds no seal.") from None


def _lines(export: Path) -> Iterator[Json]:
    """Each line, and {"cut": why} where no more can be read."""
    number = 0
    try:
        with gzip.open(export, "rt", encoding="utf-8") as file:
            for line in file:
                yield dict(json.loads(line))
                number += 1
    except (OSError, EOFError, ValueError, TypeError, RecursionError, zlib.error) as wrong:
        if number == 0:
            raise Unusable(f"{export} is no export of the ledger: {wrong}") from None
        yield {"cut": f"The export cannot be read after line {number}: {wrong}"}


def main(words: Sequence[str] | None = None) -> int:
    """Verify, print what is found; answers the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("export", type=Path)
    parser.add_argument("--public-key", type=Path, required=True, help="from seal-keys.json")
    parser.add_argument("--expect", type=kept_seal, action="append", default=[], metavar="SEAL-7:…")
    parser.add_argument("--previous", type=Path, help="an earlier export, which this must continue")
    parser.add_argument("--after", type=kept_seal, default=(0, ""), help="verified up to this seal")
    given, count = parser.parse_args(words), 0
    try:
        kept = dict(given.expect) | dict([newest_seal(given.previous)] if given.previous else [])
        work = Verification(public_keys(given.public_key), kept, given.after[0])
        for told in work.faults(given.export):
            print(f"✗ {told}")
            count += 1
    except Unusable as wrong:
        print(f"verify_export: {wrong}", file=sys.stderr)
        return 2
    told = f"{work.events} events ({work.unsealed} not sealed), {work.seals} seals"
    print(f"{count} faults in {told}." if count else f"✓ {told}: all as recorded.")
    if seal := work.newest:
        print(f"The newest is of {seal['sealed_at']}: {name(seal)}:{seal['digest']}")
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main())
