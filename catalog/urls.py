"""The pages of the catalogue, and the door."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from catalog import sign_in, web

urlpatterns = [
    path("sign-in", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("admin/login/", sign_in.admin_door),
    path("catalog/", web.catalogue, name="catalog"),
]
