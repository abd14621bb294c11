"""What is asked for something that is not there, or taken, is refused in words; nothing changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from datetime import date

import pytest
from django.db import connections

from perene.actions import change, enroll
from perene.kit import ids
from perene.rules.refusals import Refusal
from tests import factories
from tests.ground import Database
from tests.stories.unchanged import refused

ON = date(2026, 1, 1)


def at_once(work: Callable[[], object], *, times: int) -> list[str]:
    """What `times` threads, let go together, came to: "done", or the code of a refusal."""
    barrier, said = threading.Barrier(times), []

    def one() -> None:
        barrier.wait(30)
        try:
            work()
            said.append("done")
        except Refusal as refusal:
            said.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=copy_context().run, args=(one,)) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def test_a_contract_that_is_not_there(provider: int, database: Database) -> None:
    with refused(database, "contract_unknown"):
        change.cancel(ids.new(), ends_on=ON, reason="mudou-se", on=ON)
    with refused(database, "contract_unknown"):
        change.plan(ids.new(), plan_version_id=ids.new(), on=ON)


def test_a_version_unit_or_customer_that_is_not_there(provider: int, database: Database) -> None:
    fiber = factories.plan("FIBRA", ("Internet", 100_00))
    contract = factories.contract(fiber)
    ana = factories.customer()
    with refused(database, "plan_version_unknown"):
        change.plan(contract, plan_version_id=ids.new(), on=ON)
    with refused(database, "plan_version_unknown"):
        factories.contract(ids.new(), customer_id=ana)
    with refused(database, "unknown_unit"):
        factories.contract(fiber, customer_id=ana, unit_id=ids.new())
    with refused(database, "unknown_customer_id"):
        factories.contract(fiber, customer_id=ids.new())


def test_a_code_of_another_contract(provider: int, database: Database) -> None:
    fiber, ana = factories.plan("FIBRA", ("Internet", 100_00)), factories.customer()
    factories.contract(fiber, external_id="C-1")
    with refused(database, "contract_external_id_taken", external_id="C-1"):
        factories.contract(fiber, customer_id=ana, external_id="C-1")


@pytest.mark.parametrize("threads", [4])
def test_of_several_at_once_one_has_the_code(provider: int, threads: int) -> None:
    fiber, ana = factories.plan("FIBRA", ("Internet", 100_00)), factories.customer()

    def sell() -> None:
        factories.contract(fiber, customer_id=ana, external_id="C-1")

    assert at_once(sell, times=threads) == ["contract_external_id_taken"] * (threads - 1) + ["done"]
    assert at_once(lambda: enroll.unit(name="Filial", code="FILIAL"), times=threads) == ["done"] + [
        "unit_code_taken"
    ] * (threads - 1)
