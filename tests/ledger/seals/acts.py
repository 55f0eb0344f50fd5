"""What somebody with the owner's rights, who knows to switch triggers off, does to the ledger."""

from contextlib import contextmanager
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from catalog.models import User
from ledger import chains
from ledger.models import Event, Seal
from ledger.seals import making, statement
from ledger.timeline import content_digest


@contextmanager
def behind_the_ledger():
    """The triggers are off until the transaction ends."""
    tables = ("ledger_event", "ledger_seal")
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def run(statement: str, *values: object) -> None:
    with behind_the_ledger() as cursor:
        cursor.execute(statement, values)


def edit_an_event() -> None:
    run("UPDATE ledger_event SET data = '{}' WHERE subject = 'CHG-1' AND position = 2")


def delete_in_the_middle() -> None:
    run("DELETE FROM ledger_event WHERE subject = 'CHG-1' AND position = 3")


def delete_the_last_of_a_chain() -> None:
    run("DELETE FROM ledger_event WHERE subject = 'CHG-1' AND position = 5")


def delete_a_whole_subject() -> None:
    run("DELETE FROM ledger_event WHERE subject = 'CHG-2'")


def swap_two_places() -> None:
    for old, new in ((2, 20), (3, 2), (20, 3)):
        run(
            "UPDATE ledger_event SET position = %s WHERE subject = 'CHG-1' AND position = %s",
            new,
            old,
        )


def swap_two_ids() -> None:
    first, second = Event.objects.order_by("pk").values_list("pk", flat=True)[1:3]
    for old, new in ((first, -1), (second, first), (-1, second)):
        run("UPDATE ledger_event SET id = %s WHERE id = %s", new, old)


def put_one_in() -> None:
    """A first event of its own subject, with every digest right, where an id was left free."""
    free = Event.objects.get(subject="CHG-2").pk + 1
    _insert(free, "CHG-9", 1, chains.START)


def _insert(number: int, subject: str, position: int, previous: str) -> None:
    event = Event(pk=number, subject=subject, position=position, verb="change.approved")
    event.actor, event.at, event.previous_digest = "grace", Event.objects.first().at, previous
    _digested(event)
    with behind_the_ledger():
        event.save(force_insert=True)


def _digested(event: Event) -> None:
    event.content_digest = content_digest(
        subject=event.subject,
        about=event.about,
        verb=event.verb,
        actor=event.actor,
        at=event.at,
        data=event.data,
    )
    event.digest = chains.link_digest(
        subject=event.subject,
        position=event.position,
        previous=event.previous_digest,
        content=event.content_digest,
    )


def rewrite_a_chain() -> None:
    """Another approver, and every digest after it made anew."""
    previous = chains.START
    for event in Event.objects.filter(subject="CHG-1").order_by("position"):
        event.actor = "grace" if event.position == 2 else event.actor
        event.previous_digest = previous
        _digested(event)
        previous = event.digest
        with behind_the_ledger():
            event.save(force_update=True)


def delete_the_last_seal() -> None:
    run("DELETE FROM ledger_seal WHERE number = 3")


def delete_a_seal_between() -> None:
    run("DELETE FROM ledger_seal WHERE number = 2")


def forge_a_signature() -> None:
    run(
        "UPDATE ledger_seal SET signature = %s WHERE number = 2",
        Ed25519PrivateKey.generate().sign(b""),
    )


def edit_a_seal() -> None:
    run("UPDATE ledger_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 2")


def sign_with_a_key_of_ones_own() -> None:
    """Everything is right but the key, which nobody published."""
    seal, key = Seal.objects.get(number=3), Ed25519PrivateKey.generate()
    seal.kid = sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
    seal.digest = statement.digest(seal)
    with behind_the_ledger():
        Seal.objects.filter(number=3).update(
            kid=seal.kid, digest=seal.digest, signature=key.sign(statement.statement(seal))
        )


def seal_everything_again() -> None:
    """Somebody who has SECRET_KEY too seals the whole history anew."""
    with behind_the_ledger() as cursor:
        cursor.execute("DELETE FROM ledger_seal")
        cursor.execute("DELETE FROM ledger_event WHERE subject = 'ledger'")
    connection.close()  # psycopg forgets what was prepared, once a table was altered
    ids = Event.objects.order_by("pk").values_list("pk", flat=True)
    for upto in (ids[3], ids[5], ids[len(ids) - 1]):
        making.seal_next(upto=upto, now=Event.objects.first().at)


def swap_ids_of(subject: str, first: int, second: int) -> None:
    """Let two events of a subject have been drawn the other way round."""
    events = dict(Event.objects.filter(subject=subject).values_list("position", "pk"))
    for position, pk in ((first, -1), (second, events[first]), (first, events[second])):
        run(
            "UPDATE ledger_event SET id = %s WHERE subject = %s AND position = %s",
            pk,
            subject,
            position,
        )
    connection.close()


def person(username: str) -> str:
    """An active user; answers the name."""
    return User.objects.create_user(username).username
