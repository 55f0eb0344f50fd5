"""What the body of the check holds, and which place it means."""

from typing import Any

from rest_framework.exceptions import ValidationError

from catalog.models import Environment, Service
from catalog.wire import Link, Number, Strict, Text
from changes.models import DoorMapping
from changes.policies.reach import Reach
from changes.queries.doors import mapped
from changes.queries.names import there_is_no

SLUG, NAME, RUN, REVISION, ARTIFACT, REF, URL = 80, 200, 120, 120, 300, 24, 200
A_DAY_MINUTES, TWO_DAYS_MINUTES = 1440, 2880


class CheckAsked(Strict):
    """Either our service and environment, or the pipeline and stage that are mapped to them."""

    service = Text(required=False, allow_blank=True, default="", max_length=SLUG)
    environment = Text(required=False, allow_blank=True, default="", max_length=SLUG)
    pipeline = Text(required=False, allow_blank=True, default="", max_length=NAME)
    stage = Text(required=False, allow_blank=True, default="", max_length=NAME)
    revision = Text(required=False, allow_blank=True, default="", max_length=REVISION)
    artifact = Text(required=False, allow_blank=True, default="", max_length=ARTIFACT)
    change = Text(required=False, allow_blank=True, default="", max_length=REF)
    run_id = Text(max_length=RUN)
    url = Link(required=False, allow_blank=True, default="", max_length=URL)
    timeout_minutes = Number(
        required=False, default=A_DAY_MINUTES, min_value=5, max_value=TWO_DAYS_MINUTES
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two ways to say which place is meant, and whole."""
        named = bool(attrs["service"] or attrs["environment"])
        if named and not (attrs["service"] and attrs["environment"]):
            missing = "environment" if attrs["service"] else "service"
            raise ValidationError({missing: ["Name service and environment, both."]})
        if named == bool(attrs["pipeline"]):
            raise ValidationError(
                {"service": ["Name service and environment, or the pipeline and its stage."]}
            )
        return attrs


def place_of(given: dict[str, Any], *, reach: Reach) -> tuple[Service, Environment, str] | None:
    """The service, the environment and the template to open a change from, or "".

    None where nobody has mapped the pipeline to what is within `reach`; raises `ValidationError`
    for what is not there.
    """
    if not given["pipeline"]:
        return _service(given["service"]), _environment(given["environment"]), ""
    vendor = DoorMapping.Vendor.AZURE
    found = mapped(vendor=vendor, project=given["pipeline"], stage=given["stage"])
    if found is None or not _reaches(reach, found):
        return None
    return found.service, found.environment, found.template.slug if found.template else ""


def _reaches(reach: Reach, found: DoorMapping) -> bool:
    service, team = found.service.slug, found.service.owner_team.slug
    return reach.covers(service=service, team=team, environment=found.environment.slug)


def _service(slug: str) -> Service:
    found = Service.objects.select_related("owner_team").filter(slug=slug).first()
    if found is None:
        raise ValidationError({"service": [there_is_no("service", slug)]})
    return found


def _environment(slug: str) -> Environment:
    found = Environment.objects.filter(slug=slug).first()
    if found is None:
        raise ValidationError({"environment": [there_is_no("environment", slug)]})
    return found
