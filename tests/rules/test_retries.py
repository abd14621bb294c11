from datetime import UTC, datetime, timedelta

from perene.rules import retries

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_ten_tries_over_three_days() -> None:
    waits, tries = [], 1
    while (then := retries.next_try(tries=tries, at=AT)) is not None:
        waits.append(then - AT)
        tries += 1
    assert tries == retries.MOST_TRIES == 10
    assert waits[:3] == [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
    assert sum(waits, timedelta()) == timedelta(days=3, hours=3, minutes=35, seconds=5)


def test_beyond_the_last_try_there_is_none() -> None:
    assert retries.next_try(tries=25, at=AT) is None
