"""Celery's settings: PostgreSQL carries the messages (pgmq) unless a broker is named."""

from pathlib import Path
from typing import Any

from kombu import Queue

from config import database_url

QUEUE = "tidegate"
PAGING = "tidegate_paging"
QUEUES = (QUEUE, PAGING)
CONNECT_SECONDS = 2
VISIBILITY_SECONDS = 900
TASK_SECONDS = 600


def celery_settings(
    *, broker_url: str | None, database: dict[str, Any], home: Path
) -> dict[str, Any]:
    """The `CELERY_*` settings; `database` is the `DATABASES` entry that pgmq shares.

    A message is acknowledged after its task, so a lost worker loses none, and a task is stopped
    before its message would be handed out again. No results are kept: rows say what happened.
    What pages people has a queue of its own, so that it waits for nothing else.
    pgmq's queues are made by `message_queue.install`: to declare them again would wait for who
    reads them.
    """
    carried = broker_url or "pgmq://localhost"
    return {
        "CELERY_BROKER_URL": carried,
        "CELERY_BROKER_TRANSPORT_OPTIONS": _transport_options(carried, database),
        "CELERY_BROKER_CONNECTION_TIMEOUT": CONNECT_SECONDS,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_TASK_DEFAULT_QUEUE": QUEUE,
        "CELERY_TASK_QUEUES": [Queue(name, no_declare=broker_url is None) for name in QUEUES],
        "CELERY_TASK_ROUTES": {"ledger.page": {"queue": PAGING}},
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_TIME_LIMIT": TASK_SECONDS,
        "CELERY_TASK_SOFT_TIME_LIMIT": TASK_SECONDS - 30,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 4,
        "CELERY_WORKER_ENABLE_REMOTE_CONTROL": False,
        "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
        "CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS": True,
        "CELERY_TIMEZONE": "UTC",
        "CELERY_ENABLE_UTC": True,
        "CELERY_BEAT_SCHEDULE_FILENAME": str(home / "beat-schedule"),
        "CELERY_BEAT_SCHEDULE": {
            "sweep": {"task": "ledger.sweep", "schedule": 60.0, "options": {"expires": 55}},
            "page": {"task": "ledger.page", "schedule": 15.0, "options": {"expires": 14}},
            "seal": {"task": "ledger.seal", "schedule": 180.0, "options": {"expires": 170}},
            "messages": {
                "task": "ledger.read_messages",
                "schedule": 5.0,
                "options": {"expires": 4},
            },
            "forget_answers": {"task": "ledger.forget_answers", "schedule": 3600.0},
            "forget_messages": {"task": "ledger.forget_messages", "schedule": 3600.0},
            "tokens": {"task": "ledger.look_after_tokens", "schedule": 3600.0},
            "issuer_keys": {
                "task": "ledger.read_issuer_keys",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "heartbeat": {
                "task": "config.heartbeat",
                "schedule": 20.0,
                "options": {"expires": 15},
            },
            "conflicts": {
                "task": "changes.look_for_conflicts",
                "schedule": 10.0,
                "options": {"expires": 9},
            },
            "queue": {
                "task": "changes.advance_queue",
                "schedule": 10.0,
                "options": {"expires": 9},
            },
            "deployments_seen": {
                "task": "changes.judge_deployments",
                "schedule": 10.0,
                "options": {"expires": 9},
            },
            "deployments_counted": {
                "task": "changes.count_deployments",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "waiting_runs": {
                "task": "changes.look_at_runs",
                "schedule": 10.0,
                "options": {"expires": 9},
            },
            "clocks": {
                "task": "changes.tell_of_clocks",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "incident_clocks": {
                "task": "incidents.tell_of_clocks",
                "schedule": 15.0,
                "options": {"expires": 14},
            },
            "resolution": {
                "task": "incidents.verify_resolution",
                "schedule": 15.0,
                "options": {"expires": 14},
            },
            "alerts": {
                "task": "incidents.watch_alerts",
                "schedule": 30.0,
                "options": {"expires": 25},
            },
            "checks": {
                "task": "changes.watch_checks",
                "schedule": 5.0,
                "options": {"expires": 4},
            },
            "silences": {
                "task": "changes.follow_silences",
                "schedule": 5.0,
                "options": {"expires": 4},
            },
            "canaries": {
                "task": "changes.watch_canaries",
                "schedule": 5.0,
                "options": {"expires": 4},
            },
            "calendars": {
                "task": "changes.read_calendars",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "track_records": {
                "task": "changes.count_track_records",
                "schedule": 300.0,
                "options": {"expires": 290},
            },
            "meetings": {
                "task": "changes.prepare_meetings",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "templates": {
                "task": "changes.judge_templates",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "votes": {
                "task": "changes.chase_votes",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "approval_gaps": {
                "task": "changes.look_for_approval_gaps",
                "schedule": 300.0,
                "options": {"expires": 290},
            },
            "permit_keys": {
                "task": "changes.tend_permit_keys",
                "schedule": 600.0,
                "options": {"expires": 590},
            },
            "closing": {
                "task": "changes.close_what_succeeded",
                "schedule": 15.0,
                "options": {"expires": 14},
            },
            "status_page_subscribers": {
                "task": "incidents.tell_subscribers",
                "schedule": 30.0,
                "options": {"expires": 29},
            },
            "status_page_files": {
                "task": "incidents.export_status_page",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
            "backtests": {
                "task": "changes.resume_backtests",
                "schedule": 60.0,
                "options": {"expires": 55},
            },
        },
    }


def _transport_options(broker_url: str, database: dict[str, Any]) -> dict[str, Any]:
    if broker_url.startswith("pgmq:"):
        return {
            "conn_string": database_url.keyword_string(database, connect_timeout=CONNECT_SECONDS),
            "init_extension": False,
            "visibility_timeout": VISIBILITY_SECONDS,
            "wait_time_seconds": 1,
            "polling_interval": 0.05,
            "pool_size": 4,
            "pool_timeout": CONNECT_SECONDS,
        }
    if broker_url.startswith("redis"):
        return {
            "visibility_timeout": VISIBILITY_SECONDS,
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": 30,
        }
    return {"connect_timeout": CONNECT_SECONDS}
