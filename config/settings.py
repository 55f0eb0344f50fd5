"""Settings: what Tidegate runs with.

What differs between machines is read from the environment by `config.environment`.
"""

from typing import Any

from config import broker, database_url, environment, logs

ENVIRONMENT = environment.read_or_exit()
BASE_DIR = environment.REPOSITORY
TIDEGATE_ENV = ENVIRONMENT.mode
TIDEGATE_HOME = ENVIRONMENT.home
TIDEGATE_URL = ENVIRONMENT.public_url
SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
WEBHOOK_ALLOWED_NETWORKS = list(ENVIRONMENT.webhook_networks)
METRICS_TOKEN = ENVIRONMENT.metrics_token

INSTALLED_APPS = [
    "config",
    "changes",
    "incidents",
    "ledger",
    "catalog",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_fsm",
    "pgtrigger",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "config.request_log.RequestLogMiddleware",
    "config.probes.ProbesFirstMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.content_policy.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.refusals.RefusalMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.time_zone.TimeZoneMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "changes.web.tide.context",
            ],
        },
    }
]

# People
AUTH_USER_MODEL = "catalog.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "catalog.roles.RolesBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in"

# Rows, and the messages that travel between processes
DATABASES = {
    "default": database_url.django_settings(
        ENVIRONMENT.connect_url, role="" if ENVIRONMENT.as_owner else ENVIRONMENT.database_role
    )
    | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
}
# Prepared is what goes through `catalog.statements` alone, nothing that Django sends. Left to
# itself, PostgreSQL plans the gate's long statement at every call all the same (0.8 ms with a
# million changes) for the sake of a plan that is no better; and for lists and searches it starts
# helpers and compiles, which takes longer (10 to 50 ms) than what it saves. Nor does a scan begin
# where another has come to: a search that stops at a thousand hits reads the same rows each time,
# which are in memory, and learns from how far they reach (`changes.queries.narrowing`).
if ENVIRONMENT.prepares_statements:
    DATABASES["default"]["OPTIONS"] |= {
        "prepare_threshold": 2,
        "options": " ".join(
            [
                DATABASES["default"]["OPTIONS"].get("options", ""),
                "-c plan_cache_mode=force_generic_plan",
                "-c max_parallel_workers_per_gather=0 -c jit=off -c synchronize_seqscans=off",
            ]
        ).strip(),
    }
else:  # A pooler lends connections by transaction: nothing lasts longer on one.
    DATABASES["default"]["OPTIONS"] |= {"prepare_threshold": None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "config_cache",
        # Counted are failed sign-ins: an attacker's many names must not push out a few.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
vars().update(
    broker.celery_settings(
        broker_url=ENVIRONMENT.broker_url, database=DATABASES["default"], home=TIDEGATE_HOME
    )
)
vars().update(ENVIRONMENT.email)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.email_from

# Words and times
LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
LOGGING = logs.configured(as_json=ENVIRONMENT.is_production, level=ENVIRONMENT.log_level)

# Files
STATIC_URL = "/static/"
STATIC_ROOT = TIDEGATE_HOME / "static" if ENVIRONMENT.is_production else None
WHITENOISE_USE_FINDERS = not ENVIRONMENT.is_production
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENVIRONMENT.is_production
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Programs
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "catalog.authentication.TokenAuthentication",
        "catalog.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["config.renderers.QuickJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "catalog.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.exception_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tidegate",
    "DESCRIPTION": "Changes, their approval, the gate that pipelines ask, and incidents.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api_docs.tell_of_client",
    ],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ChangeState": "changes.models.choices.StateWord",
        "ChangeKind": "changes.models.choices.KindWord",
        "ChangeCategory": "changes.models.choices.Category",
        "RiskLevel": "changes.models.choices.RiskWord",
        "TaskKind": "changes.models.choices.TaskKindWord",
        "TemplateState": "changes.models.Template.State",
        "GateWord": "changes.models.GateAnswer.Answer",
        "Ballots": "changes.models.Vote.Word",
        "WindowEffect": "changes.models.Window.EffectWord",
        "WindowLevel": "changes.models.Window.LevelWord",
        "UpdateStatus": "incidents.models.Update.Status",
        "DeploymentStatus": "changes.models.Deployment.Status",
        "IncidentState": "incidents.models.Incident.State",
        "OverrideState": "changes.api.shapes.STANDINGS",
        "OverrideReview": "changes.api.shapes.REVIEWS",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Tools that group alerts as they like may send more, and each door says itself what is too much.
INTAKE_PATHS = ("/hooks/", "/compat/alertmanager/")
INBOX_VENDORS = "config.intake.VENDORS"
RATE_LIMITS = {
    "gate": ENVIRONMENT.gate_per_minute,
    "writes": ENVIRONMENT.writes_per_minute,
    "reads": ENVIRONMENT.reads_per_minute,
    "failures": 30,  # secrets of one address that opened nothing, a minute
}
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
REPLY_CHANNELS = "config.replies.CHANNELS"
STATUS_PAGE_NAME = ENVIRONMENT.status_name
STATUS_PAGE_URL = ENVIRONMENT.status_url
STATUS_PAGE_DIR = ENVIRONMENT.status_folder
STANDINGS = "config.standings.READERS"
REQUEST_BODY_SECONDS = ENVIRONMENT.body_seconds
CSRF_FAILURE_VIEW = "config.refusals.csrf_failure"
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.csrf_trusted_origins)

# What browsers are told to refuse
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if ENVIRONMENT.is_production:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
