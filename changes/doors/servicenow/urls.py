"""Addresses of ServiceNow's doors, as below its root."""

from django.urls import URLPattern, path

from changes.doors.servicenow import changes, devops, oauth
from changes.doors.servicenow.changes import Answered

VERSIONS = ("v1", "v2")
DEVOPS = {
    "changeControl": devops.change_control,
    "changeStatus": devops.change_status,
    "changeInfo": devops.change_info,
}

CHANGE: dict[str, Answered] = {
    "change": changes.by_method(GET=changes.find),
    "change/normal": changes.by_method(POST=changes.create_normal),
    "change/standard/template": changes.by_method(GET=changes.templates),
    "change/standard/<str:template>": changes.by_method(POST=changes.create_standard),
    "change/<str:change>": changes.by_method(GET=changes.show, PATCH=changes.write),
    "change/<str:change>/nextstates": changes.by_method(GET=changes.next_states),
    "change/<str:change>/conflict": changes.by_method(GET=changes.conflicts),
    "change/<str:change>/approvals": changes.by_method(PATCH=changes.vote),
}
# Also at Tidegate's own root: not every client keeps a path that it is given as an instance.
of_changes: list[URLPattern] = [
    path("oauth_token.do", oauth.token),
    *(
        path(f"api/sn_chg_rest/{version}{address}", view)
        for version in ("", "v1/")
        for address, view in CHANGE.items()
    ),
]
urlpatterns: list[URLPattern] = [
    *of_changes,
    *(
        path(f"api/sn_devops/{version}/devops/orchestration/{name}", view)
        for version in VERSIONS
        for name, view in DEVOPS.items()
    ),
]
