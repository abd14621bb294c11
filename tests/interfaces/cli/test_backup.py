"""The drill: backed up while a billing run goes on, restored elsewhere, verified, and the run goes on there."""

from __future__ import annotations

import itertools
import json
import stat
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from perene.actions import bill, webhooks
from perene.apps.billing import runs
from perene.apps.billing.models import Invoice
from perene.apps.events import endpoints
from perene.apps.events.models import Endpoint
from perene.kit import clock, crypto, dumps, roles, tenancy
from perene.kit.embedded_postgres import bootstrap, drop
from tests import factories
from tests.ground import Database, connected_to
from tests.interfaces.cli.conftest import Said, said_by, start

ON = date(2026, 4, 1)
_names = itertools.count(1)


class Elsewhere:
    """An empty database with roles and grants, as `perene roles --sql` makes one."""

    def __init__(self, database: Database) -> None:
        self.server = database.server
        self.name = f"perene_elsewhere_{next(_names)}"
        bootstrap(self.server, self.name)

    def dsn(self, role: str = roles.APP) -> str:
        return self.server.dsn(self.name, role=role)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.dsn(roles.APP),
            "DATABASE_OWNER_URL": self.dsn(roles.OWNER),
            "DATABASE_BACKUP_URL": self.dsn(roles.BACKUP),
        }


@pytest.fixture
def elsewhere(database: Database) -> Iterator[Elsewhere]:
    made = Elsewhere(database)
    yield made
    drop(made.server, made.name)


def perene(*arguments: str, **environment: str) -> Said:
    return said_by(start(*arguments, **environment))


def content(file: Path) -> list[str]:
    """The rows of a dump as text, table by table."""
    pg_restore = dumps.program("pg_restore", at_least=17)
    text = subprocess.run(
        [pg_restore, "--data-only", "--file=-", file], capture_output=True, text=True, check=True
    ).stdout
    return sorted(
        line
        for line in text.splitlines()
        if line and not line.startswith(("--", "\\", "SET", "SELECT pg_catalog.set"))
    )


def invoices() -> list[tuple[object, ...]]:
    return sorted(
        Invoice.objects.values_list(
            "customer__name", "number", "issued_on", "due_on", "total_cents", "status"
        )
    )


def test_backed_up_in_the_middle_of_a_run_and_going_on_elsewhere(
    database: Database, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    number = factories.organization("Provedor Vivo")
    with tenancy.organization(number):
        plan = factories.plan("FIBRA", ("Internet", 80_00), ("Wi-Fi", 15_00))
        for each in range(20):
            factories.contract(plan, customer_id=factories.customer(f"Cliente {each:02d}"), due_day=1 + each)
        factories.live_until(date(2026, 3, 31))
        endpoint_id, secret = webhooks.add(
            "https://sistema.example.com/", kinds=[], description="", now=clock.now()
        )
        run_id = bill.start(through=ON, reason="test", now=clock.now(), batch_size=2)
        bill_one_batch(run_id)
        assert 0 < runs.progress(run_id).batches_done < runs.progress(run_id).batches

    # A chunk that is not committed yet is not in it.
    with database.app(organization=number) as slow:
        slow.execute("UPDATE customers_customer SET name = 'Cliente apagada'")
        file = tmp_path / "perene.dump"
        said = perene("backup", str(file))
        assert (said.status, said.out.startswith(f"{file}: ")) == (0, True)
        slow.rollback()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["perene.dump", "perene.dump.json"]
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(dumps.manifest_of(file).stat().st_mode) == 0o600
    manifest = json.loads(dumps.manifest_of(file).read_text())
    assert manifest["rows"]["billing_invoice"] > 0
    assert manifest["rows"]["contracts_contract"] == 20

    said = perene("restore", str(file), **elsewhere.environment)
    assert (said.status, "Provedor Vivo: tudo certo." in said.out) == (0, True), said

    again = tmp_path / "again.dump"
    assert perene("backup", str(again), **elsewhere.environment).status == 0
    assert content(again) == content(file)
    assert json.loads(dumps.manifest_of(again).read_text())["rows"] == manifest["rows"]

    # The walls stand there as here, and the role of the program owns nothing.
    with psycopg.connect(elsewhere.dsn()) as connection:
        assert connection.execute("SELECT count(*) FROM billing_invoice").fetchone() == (0,)

    # Both go on from the same place, and come to the same.
    with tenancy.organization(number):
        bill.free_batches(run_id, now=clock.now)
        bill.finish(run_id, now=clock.now())
        here = invoices()
    with connected_to(elsewhere.dsn()), tenancy.organization(number):
        assert endpoints.secrets(Endpoint.objects.get(id=endpoint_id), now=clock.now()) == [secret]
        bill.free_batches(run_id, now=clock.now)
        bill.finish(run_id, now=clock.now())
        there = invoices()
    assert len(here) == 20 * 4
    assert there == here
    assert perene("verify", **elsewhere.environment).status == 0


def bill_one_batch(run_id: UUID) -> None:
    """Whoever bills it is interrupted after its first chunk."""

    class Enough(Exception):
        pass

    def stop() -> None:
        raise Enough

    with pytest.raises(Enough):
        bill.free_batches(run_id, now=clock.now, each_chunk=stop)


@pytest.fixture
def backed_up(database: Database, tmp_path: Path) -> Path:
    """A small one, with a sealed secret."""
    with tenancy.organization(factories.organization("Provedor Pequeno")):
        webhooks.add("https://sistema.example.com/", kinds=[], description="", now=clock.now())
    file = tmp_path / "small.dump"
    assert perene("backup", str(file)).status == 0
    return file


def test_another_key_is_said(backed_up: Path, elsewhere: Elsewhere) -> None:
    said = perene(
        "restore",
        str(backed_up),
        **elsewhere.environment,
        PERENE_SECRET_KEY="another key of the other machine, long enough",
    )
    assert said.status == 1
    assert "were sealed with other keys than this machine has" in said.err
    with connected_to(elsewhere.dsn()), tenancy.organization(1):
        assert Endpoint.objects.count() == 1
        assert crypto.open(Endpoint.objects.get().secret).startswith(
            "whsec_"
        )  # ours is the key it was sealed with


def test_what_is_not_empty_is_left_alone(database: Database, backed_up: Path) -> None:
    said = perene("restore", str(backed_up))
    assert said.status == 2
    assert "is not empty" in said.err
    with tenancy.organization(1):
        assert Endpoint.objects.count() == 1


def test_a_damaged_file_is_not_restored(backed_up: Path, elsewhere: Elsewhere) -> None:
    whole = backed_up.read_bytes()
    backed_up.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    said = perene("restore", str(backed_up), **elsewhere.environment)
    assert (said.status, "its checksum differs" in said.err) == (2, True)
    dumps.manifest_of(backed_up).unlink()
    said = perene("restore", str(backed_up), **elsewhere.environment)
    assert (said.status, "keep them together" in said.err) == (2, True)
    with psycopg.connect(elsewhere.dsn(roles.OWNER)) as connection:
        assert connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone() == (0,)


def test_a_backup_of_a_newer_program_is_not_restored(backed_up: Path, elsewhere: Elsewhere) -> None:
    beside = dumps.manifest_of(backed_up)
    told = json.loads(beside.read_text())
    told["migrations"]["billing"].append("9999_of_the_future")
    beside.write_text(json.dumps(told))
    said = perene("restore", str(backed_up), **elsewhere.environment)
    assert (said.status, "of a newer version of Perene" in said.err) == (2, True)


def test_a_backup_is_not_written_over_and_not_taken_by_a_role_that_sees_nothing(
    database: Database, backed_up: Path, tmp_path: Path
) -> None:
    before = backed_up.read_bytes()
    said = perene("backup", str(backed_up))
    assert (said.status, "choose another name" in said.err) == (2, True)
    assert backed_up.read_bytes() == before
    for role in (roles.APP, roles.OWNER):
        said = perene("backup", str(tmp_path / "empty.dump"), DATABASE_BACKUP_URL=database.dsn(role))
        assert (said.status, "would be empty" in said.err) == (2, True)
    said = perene("backup", str(tmp_path / "no" / "folder.dump"))
    assert (said.status, "There is no folder" in said.err) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.dump", "small.dump.json"]


def test_an_interrupted_dump_leaves_nothing(database: Database, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def began(step: str) -> None:
        if step == "checksum":
            raise Enough

    with pytest.raises(Enough):
        dumps.dump(
            database.dsn(roles.BACKUP),
            tmp_path / "half.dump",
            now=clock.now(),
            program="",
            keys=[],
            began=began,
        )
    assert list(tmp_path.iterdir()) == []
