"""The `config` app."""

from django.apps import AppConfig

from config.celery import app as celery_app


class ConfigConfig(AppConfig):
    """The composition root; `celery` is the application that `.delay()` publishes through."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"
    celery = celery_app
