"""Who waits for an answer, as the headers of the check “Invoke REST API” say. Pure.

Source: Microsoft's documentation of Azure Pipelines, “Invoke Azure Function / REST API checks”.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

GUIDS = ("ProjectId", "PlanId", "JobId", "TaskInstanceId")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_HUB = re.compile(r"[A-Za-z]{1,40}", re.ASCII)
_COLLECTION = re.compile(r"(/[A-Za-z0-9._~%-]{1,100}){0,4}/?", re.ASCII)
_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}", re.ASCII)
VERSION = "7.1"


class Misread(ValueError):
    """Headers are not those of the check; `header` is the first that is wrong."""

    def __init__(self, header: str, message: str) -> None:
        self.header = header
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Job:
    """A check that waits: where its collection is, and by which ids it is known there."""

    collection: str
    project: str
    hub: str
    plan: str
    job: str
    task: str
    token: str = field(repr=False)

    @property
    def key(self) -> str:
        """How one wait is told from another."""
        return f"{self.plan} {self.job} {self.task}".lower()

    def as_place(self) -> dict[str, Any]:
        """Where the answer goes; without the token."""
        names = ("collection", "project", "hub", "plan", "job", "task")
        return {name: getattr(self, name) for name in names}


def job(headers: Mapping[str, str], *, hosts: Iterable[str]) -> Job:
    """The check that waits, as its headers tell; raises `Misread`.

    `hosts` are those that answers may be sent to.
    """
    found = {name: _matched(headers, name, _GUID, "is no GUID") for name in GUIDS}
    return Job(
        collection=_collection(headers, hosts=hosts),
        project=found["ProjectId"],
        hub=_matched(headers, "HubName", _HUB, "is no name of a hub"),
        plan=found["PlanId"],
        job=found["JobId"],
        task=found["TaskInstanceId"],
        token=_matched(headers, "AuthToken", _TOKEN, "is no token"),
    )


def events_url(place: Mapping[str, Any]) -> str:
    """Where the end of a check is told, made from the parts that were looked at."""
    return (
        f"{place['collection']}/{place['project']}/_apis/distributedtask/hubs/{place['hub']}"
        f"/plans/{place['plan']}/events?api-version={VERSION}"
    )


def is_allowed(host: str, hosts: Iterable[str]) -> bool:
    """Whether a host is one of those, or ends in what follows the star of one."""
    for one in (each.lower() for each in hosts):
        if host == one or (one.startswith("*.") and _one_label_before(host, one[1:])):
            return True
    return False


def _one_label_before(host: str, ending: str) -> bool:
    return host.endswith(ending) and "." not in host.removesuffix(ending) and host != ending


def _collection(headers: Mapping[str, str], *, hosts: Iterable[str]) -> str:
    """`https://dev.azure.com/fabrikam`: where the organisation is, if answers may go there."""
    shown = headers.get("PlanUrl", "").strip()
    try:
        parts = urlsplit(shown)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Misread("PlanUrl", "PlanUrl is no address.") from None
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("https", "http") or not host or not plain:
        raise Misread("PlanUrl", "PlanUrl is no address of an organisation.")
    if not _COLLECTION.fullmatch(parts.path) or ".." in parts.path:
        raise Misread("PlanUrl", "PlanUrl is no address of an organisation.")
    named = f"{host}:{port}" if port else host
    if not is_allowed(named, hosts):
        raise Misread(
            "PlanUrl",
            f"Answers are not sent to {named[:100]}: a change manager can allow it in Tidegate’s "
            "admin, under Azure DevOps hosts.",
        )
    return f"{parts.scheme}://{named}{parts.path.rstrip('/')}"


def _matched(headers: Mapping[str, str], name: str, pattern: re.Pattern[str], wrong: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise Misread(name, f"The header {name} is missing.")
    if not pattern.fullmatch(value):
        raise Misread(name, f"The header {name} {wrong}.")
    return value
