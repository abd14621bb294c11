"""Several hands of one process on the same work: threads that each have a connection of their own, so that the database
writes what one of them sent while another one computes."""

import threading
from collections.abc import Callable
from contextvars import copy_context

from django.db import connection


def work(step: Callable[[], bool], *, hands: int, each: Callable[[], None] = lambda: None) -> None:
    """Call `step` again and again, in this thread and in `hands` − 1 others that share its scope, until a call returns
    False in each hand. `each` is called after each step of this thread. When anything raises, no hand begins another step,
    and the first error is raised once all have let go. Call outside a transaction."""
    errors: list[BaseException] = []

    def one_hand(each: Callable[[], None] = lambda: None) -> None:
        try:
            while not errors and step():
                each()
        except BaseException as error:  # raised again below, where somebody hears it
            errors.append(error)

    def another_hand() -> None:
        try:
            one_hand()
        finally:
            connection.close()

    others = [
        threading.Thread(target=copy_context().run, args=(another_hand,), name=f"hand-{number}")
        for number in range(2, hands + 1)
    ]
    for other in others:
        other.start()
    one_hand(each)
    for other in others:
        other.join()
    if errors:
        raise errors[0]
