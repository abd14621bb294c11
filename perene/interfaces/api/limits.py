"""How often a key may ask: so many times in each minute, counted by each server process for itself."""

import threading
from datetime import datetime
from uuid import UUID

WINDOW_SECONDS = 60


class Limit:
    """`per_window` requests of each key in a fixed window of a minute."""

    def __init__(self, per_window: int) -> None:
        self.per_window = per_window
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[UUID, int] = {}

    def wait_seconds(self, key_id: UUID, *, now: datetime) -> int:
        """0 when the key may ask now, and it is counted; else how long until it may."""
        instant = int(now.timestamp())
        window = instant // WINDOW_SECONDS
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            count = self._counts.get(key_id, 0)
            if count >= self.per_window:
                return WINDOW_SECONDS - instant % WINDOW_SECONDS
            self._counts[key_id] = count + 1
        return 0
