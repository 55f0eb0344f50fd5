"""Addresses of Jira's door, as below its root. Ids of pipelines may hold slashes."""

from django.urls import URLPattern, path, re_path

from changes.doors.jira import deployments

ROOT = "rest/deployments/0.1"
GATING = (
    r"^rest/deployments/0\.1/pipelines/(?P<pipeline>.+)/environments/(?P<environment>.+)"
    r"/deployments/(?P<number>[0-9]{1,16})/gating-status$"
)

urlpatterns: list[URLPattern] = [
    path(f"{ROOT}/bulk", deployments.bulk),
    re_path(GATING, deployments.gating_status),
]
