"""The message queue inside PostgreSQL (pgmq): installed by the owner, used by the app role."""

from django.db import connection, transaction
from pgmq.install import get_embedded_install_sql
from psycopg import sql

from config.broker import QUEUES

LOCK = 7_316_202


def install(*, role: str) -> None:
    """Install pgmq's tables and functions where they are missing, for `role` to use.

    With no role they are the owner's alone.

    pgmq's own script cannot be run twice, and queues can be made again only by their owner.
    """
    name = sql.Identifier(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT to_regclass('pgmq.meta') IS NULL")
        if cursor.fetchone()[0]:
            cursor.execute(get_embedded_install_sql())
        grants = (
            "GRANT USAGE, CREATE ON SCHEMA pgmq TO {role}",
            "GRANT ALL ON ALL TABLES IN SCHEMA pgmq TO {role}",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA pgmq TO {role}",
            "SET LOCAL ROLE {role}",
        )
        for grant in grants if role else ():
            cursor.execute(sql.SQL(grant).format(role=name))
        for queue in QUEUES:
            cursor.execute("SELECT count(*) FROM pgmq.meta WHERE queue_name = %s", [queue])
            if cursor.fetchone()[0] == 0:
                cursor.execute("SELECT pgmq.create(%s)", [queue])
        cursor.execute("RESET ROLE")
