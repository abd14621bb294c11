"""Identities made in Python: UUID version 7 (RFC 9562), so that rows can name each other before they are stored.

Ids of one process never go backwards: indexes grow at their right edge, and "by id" is "by time of creation".
"""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_lock = threading.Lock()
_last_ms = 0
_counter = 0

# 74 free bits: 12 "rand_a" and the top of "rand_b" hold a counter, so that ids within a millisecond keep their order.
_COUNTER_BITS = 26
_RANDOM_BITS = 74 - _COUNTER_BITS
_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1
# The counter's upper 12 bits stand before the variant, the rest behind it, above the random tail.
_LOW_COUNTER_BITS = _COUNTER_BITS - 12
_LOW_COUNTER_MASK = (1 << _LOW_COUNTER_BITS) - 1
_LOW_MASK = (1 << _RANDOM_BITS) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _forget() -> None:
    """After a fork the child draws its own random start; the parent's counter must not be shared."""
    global _last_ms
    _last_ms = 0


os.register_at_fork(after_in_child=_forget)


def new() -> UUID:
    """One fresh id."""
    return UUID(bytes=block(1)[0])


def block(count: int) -> list[bytes]:
    """`count` fresh ids in ascending order, each as its 16 bytes (see `kit.bulk`); one call for a chunk is several times
    cheaper than one call each."""
    global _last_ms, _counter
    rand = int.from_bytes(os.urandom(8)) & ((1 << _RANDOM_BITS) - 1)
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_ms:
            _last_ms = now
            _counter = int.from_bytes(os.urandom(2))
        start, ms = _counter, _last_ms
        _counter += count
        # A flood within one millisecond borrows the next ones.
        _last_ms += _counter >> _COUNTER_BITS
        _counter &= _COUNTER_MASK
    # 74 free bits hold the counter and one random tail per block: 12 before the variant, 62 behind it.
    fixed = (ms << 80) | _VERSION | _VARIANT | (rand & _LOW_MASK)
    found = []
    for sequence in range(start, start + count):
        counter = sequence & _COUNTER_MASK
        value = fixed + ((sequence >> _COUNTER_BITS) << 80)
        value |= ((counter >> _LOW_COUNTER_BITS) << 64) | ((counter & _LOW_COUNTER_MASK) << _RANDOM_BITS)
        found.append(value.to_bytes(16))
    return found


def made_at(id: UUID) -> datetime:
    """When an id of ours was made, to the millisecond, in UTC (a flood of them may run ahead of the clock a little)."""
    return _EPOCH + timedelta(milliseconds=id.int >> 80)


def first_at(instant: datetime) -> UUID:
    """A bound: ids made before the instant are smaller, those made from then on are not. No row has it."""
    ms = (instant - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=(ms << 80) | _VERSION | _VARIANT)
