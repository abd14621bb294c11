"""How long signing in waits after failures: too long for whoever guesses, never for long for who mistyped."""

from datetime import timedelta

# Whoever mistypes a password a few times does not wait.
FREE_FOR_EMAIL = 5
# Behind one address may sit a whole office.
FREE_FOR_ADDRESS = 30
LONGEST = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)


def wait(failures: int, *, free: int) -> timedelta:
    """The pause after so many failures in a row: none for the first `free`, then a minute, doubled each time, at most an
    hour."""
    beyond = failures - free
    if beyond < 0:
        return timedelta()
    return min(timedelta(minutes=2 ** min(beyond, 10)), LONGEST)


def minutes(pause: timedelta) -> int:
    """The pause in whole minutes, upwards: whoever waits so long may try."""
    return max(1, -(-int(pause.total_seconds()) // 60))
