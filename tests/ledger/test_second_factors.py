"""Second factors: a code counts once, so does a recovery code, and nothing is kept in the clear."""

from datetime import datetime, timedelta

import pyotp
import pytest
from django.core.exceptions import ValidationError

from catalog.models import RecoveryCode, SecondFactor, User
from ledger import second_factors, timeline
from ledger.decision import Refused

pytestmark = pytest.mark.django_db
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


def set_up(user: User, now: datetime) -> tuple[pyotp.TOTP, list[str]]:
    """An app that makes codes, and the recovery codes; set up an hour ago."""
    then = now - timedelta(hours=1)
    app = pyotp.TOTP(second_factors.begin(user=user, now=then))
    return app, second_factors.confirm(user=user, code=app.at(then), now=then)


def test_the_first_code_sets_it_up_and_the_ledger_knows(ada, now):
    assert second_factors.of(ada) is None

    _, codes = set_up(ada, now)

    assert second_factors.of(ada).confirmed_at == now - timedelta(hours=1)
    assert (len(set(codes)), {len(code) for code in codes}) == (10, {19})
    assert [(e.verb, e.actor, e.data) for e in timeline.events_of(subject="user:ada")] == [
        ("user.second_factor_added", "ada", {})
    ]


def test_codes_are_those_of_the_standard(ada, now, monkeypatch):
    # RFC 6238, appendix B: SHA-1, the last six digits at 59 s and at 1111111109 s.
    monkeypatch.setattr(pyotp, "random_base32", lambda: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    second_factors.begin(user=ada, now=now)
    SecondFactor.objects.update(confirmed_at=now)

    for seconds, code in ((59, "287082"), (1111111109, "081804")):
        at = datetime.fromtimestamp(seconds, now.tzinfo)
        assert second_factors.takes(user=ada, code=code, now=at)


@pytest.mark.parametrize(
    ("half_minutes", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_clocks_may_differ_by_half_a_minute(half_minutes, taken, ada, now):
    app, _ = set_up(ada, now)

    assert (
        second_factors.takes(user=ada, code=app.at(now + half_minutes * HALF_MINUTE), now=now)
        is taken
    )


def test_a_code_counts_once_and_no_earlier_one_after_it(ada, now):
    app, _ = set_up(ada, now)
    before, this = app.at(now - HALF_MINUTE), app.at(now)

    taken = [second_factors.takes(user=ada, code=code, now=now) for code in (this, this, before)]

    assert taken == [True, False, False]


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "²²²²²²", "x" * 4000])
def test_what_is_no_code_is_not_taken(code, ada, now):
    app, _ = set_up(ada, now)

    assert code != app.at(now)
    assert not second_factors.takes(user=ada, code=code, now=now)


def test_a_recovery_code_counts_once_however_it_is_written(ada, now):
    _, codes = set_up(ada, now)
    written = f" {codes[3].upper().replace('-', ' ')} "

    taken = [second_factors.takes(user=ada, code=code, now=now) for code in (written, codes[3])]

    assert taken == [True, False]
    assert second_factors.unused(second_factors.of(ada)) == 9
    last = timeline.events_of(subject="user:ada").last()
    assert (last.verb, last.data) == ("user.recovery_code_used", {"left": 9})


def test_new_recovery_codes_end_the_old_ones(ada, now):
    _, old = set_up(ada, now)

    new = second_factors.renew(user=ada, now=now)

    assert not second_factors.takes(user=ada, code=old[0], now=now)
    assert second_factors.takes(user=ada, code=new[0], now=now)


def test_nothing_that_opens_anything_is_kept_as_it_is(ada, now):
    app, codes = set_up(ada, now)

    kept = bytes(SecondFactor.objects.get().sealed_secret)
    digests = set(RecoveryCode.objects.values_list("digest", flat=True))

    assert app.secret.encode() not in kept
    assert not digests & set(codes)
    assert {len(one) for one in digests} == {64}


def test_until_an_app_has_shown_a_code_nothing_counts(ada, now):
    app = pyotp.TOTP(second_factors.begin(user=ada, now=now))

    with pytest.raises(ValidationError):
        second_factors.confirm(user=ada, code="000000", now=now)

    assert second_factors.of(ada) is None
    assert not second_factors.takes(user=ada, code=app.at(now), now=now)
    assert list(timeline.events_of(subject="user:ada")) == []


def test_a_second_one_is_refused_until_the_first_is_removed(ada, now):
    app, _ = set_up(ada, now)
    with pytest.raises(Refused) as begun:
        second_factors.begin(user=ada, now=now)
    with pytest.raises(Refused) as confirmed:
        second_factors.confirm(user=ada, code=app.at(now), now=now)

    removed = [second_factors.remove(user=ada, actor=ada, now=now) for _ in range(2)]

    assert (begun.value.decision.codes, confirmed.value.decision.codes) == (
        ("wrong_state",),
        ("wrong_state",),
    )
    assert removed == [True, False]
    assert [e.verb for e in timeline.events_of(subject="user:ada")] == [
        "user.second_factor_added",
        "user.second_factor_removed",
    ]
    assert RecoveryCode.objects.count() == 0


def test_what_was_never_begun_is_not_confirmed(ada, now):
    with pytest.raises(Refused):
        second_factors.confirm(user=ada, code="123456", now=now)
