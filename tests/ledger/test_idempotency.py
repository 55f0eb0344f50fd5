"""Idempotency keys, through an API view that records an event."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.urls import path
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from catalog.models import User
from ledger import idempotency, timeline
from ledger.models import Event, StoredAnswer


class Notes(APIView):
    """Records a note; an empty one is refused, after it was recorded."""

    @idempotency.idempotent
    def post(self, request: Request) -> Response:
        with transaction.atomic():
            timeline.record(
                subject="CHG-1",
                verb="change.noted",
                actor=request.user.username,
                at=timezone.now(),
                data=request.data,
            )
            if request.data.get("note") == "":
                raise ValidationError({"note": ["Write a note."]})
        if request.data.get("note") == "busy":
            return Response({"detail": "busy"}, status=503)
        return Response({"noted": request.data, "b": 1, "a": 2.0}, status=201)


urlpatterns = [path("api/notes", Notes.as_view())]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def these_urls():
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def send(engineer):
    def post(body=None, *, key="k-1", user: User = engineer, **headers):
        client = APIClient()
        client.force_authenticate(user)
        given = {"HTTP_IDEMPOTENCY_KEY": key} if key is not None else {}
        return client.post("/api/notes", body or {"note": "hello"}, **given, **headers)

    return post


def test_the_second_request_gets_the_same_words_and_writes_nothing(send):
    first, second = send(), send()

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Event.objects.count() == 1


def test_white_space_and_key_order_make_no_other_request(send):
    send({"note": "hello", "by": "me"})
    assert send({"by": "me", "note": "hello"}).headers["Idempotency-Replayed"] == "true"


def test_another_body_with_the_same_key_is_refused(send):
    send()

    answer = send({"note": "something else"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert "Use a new key" in answer.json()["detail"]
    assert Event.objects.count() == 1


def test_each_actor_has_keys_of_their_own(send, db):
    send()

    assert send(user=User.objects.create_user("owner")).status_code == 201
    assert Event.objects.count() == 2


def test_without_a_key_each_request_writes(send):
    send(key=None)
    send(key=None)

    assert (Event.objects.count(), StoredAnswer.objects.count()) == (2, 0)


@pytest.mark.parametrize(("note", "status"), [("", 422), ("busy", 503)])
def test_a_refused_request_is_undone_and_not_remembered(send, note, status):
    assert send({"note": note}).status_code == status
    assert send({"note": note}).status_code == status

    assert (Event.objects.count(), StoredAnswer.objects.count()) == (0, 0)


@pytest.mark.parametrize("key", ["", "x" * 256, "na\xefve"])
def test_a_key_that_cannot_be_read_is_refused(send, key):
    answer = send(key=key)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert Event.objects.count() == 0


def test_old_answers_are_forgotten(send):
    send()

    assert idempotency.forget(before=timezone.now() - timedelta(days=7)) == 0
    assert idempotency.forget(before=timezone.now()) == 1


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_write_once(send, engineer):
    together, answers = threading.Barrier(4), []

    def post() -> None:
        together.wait()
        answers.append(send())
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_first_is_still_at_work_is_told_to_wait(send, engineer, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.2)
    claimed, done = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            idempotency._claimed(actor="engineer", key="k-1", request_hash="x", now=timezone.now())
            claimed.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    claimed.wait(10)
    answer = send()
    done.set()
    thread.join()

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use")
    assert answer.headers["Retry-After"] == "1"
    assert Event.objects.count() == 0
