"""An alert kept by plain Django: one upsert by its key, and nothing else."""

import json

from django.db import connection
from django.http import HttpRequest, JsonResponse

TABLE = """
CREATE TABLE IF NOT EXISTS bench_alert (source text, key text, told jsonb, heard int DEFAULT 1,
    last_heard_at timestamptz DEFAULT now(), PRIMARY KEY (source, key))
"""
_UPSERT = """
INSERT INTO bench_alert (source, key, told) VALUES (%s, %s, %s)
ON CONFLICT (source, key) DO UPDATE SET told = EXCLUDED.told, heard = bench_alert.heard + 1,
    last_heard_at = now()
"""


def keep(request: HttpRequest) -> JsonResponse:
    """Keep the alerts that are posted."""
    for alert in json.loads(request.body):
        labels = alert["labels"]
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, ["bench", labels["instance"], json.dumps(alert)])
    return JsonResponse({"status": "success"})
