"""What the floor answers."""

from django.urls import path

from tests.bench.floor import alerts, lifecycle, one

urlpatterns = [
    path("alerts", alerts.keep),
    path("one/<int:number>", one.one),
    path("changes", lifecycle.create),
    path("changes/<int:number>/submit", lifecycle.submit),
    path("changes/<int:number>/votes", lifecycle.vote),
    path("changes/<int:number>/start", lifecycle.start),
    path("changes/<int:number>/finish", lifecycle.finish),
    path("changes/<int:number>/close", lifecycle.close),
]
