"""The bans of the house, held over the whole package; and that the scanner sees what it is there to see."""

from pathlib import Path

import pytest

from tests.architecture import bans

PACKAGE = Path(__file__).resolve().parents[2] / "perene"

# (file, ban): why it may. An entry that forgives nothing any more fails the test.
ALLOWED = {
    (
        "interfaces/cli/demo/damage.py",
        "raw SQL",
    ): "breaks one contract of the demo, as no public door lets anybody",
    ("apps/organizations/migrations/0002_walls.py", "clock in SQL"): (
        "audit rows and sessions keep real time beside the organization's own date"
    ),
}


def test_no_ban_is_broken() -> None:
    found = bans.in_package(PACKAGE)
    assert [str(each) for each in found if (each.path, each.ban) not in ALLOWED] == []
    assert {(each.path, each.ban) for each in found} >= set(ALLOWED), (
        "an exception is no longer needed: remove it"
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("at = models.DateTimeField(auto_now=True)", ("auto_now", "auto_now=True")),
        ("at = models.DateTimeField(auto_now_add=True)", ("auto_now", "auto_now_add=True")),
        ('SQL = "UPDATE invoice SET issued_at = NOW()"', ("clock in SQL", "NOW()")),
        ('SQL = f"SELECT {x} FROM a WHERE due_on < current_date"', ("clock in SQL", "current_date")),
        ('SQL = "... clock_timestamp() ..."', ("clock in SQL", "clock_timestamp(")),
        ('SQL = "DEFAULT LOCALTIMESTAMP"', ("clock in SQL", "LOCALTIMESTAMP")),
        ("Invoice.objects.create(number=1)", ("write", "Invoice.objects.create")),
        ("Invoice.objects.filter(id=1).update(state='x')", ("write", "Invoice.objects.filter(id=1).update")),
        ("Invoice.objects.all().delete()", ("write", "Invoice.objects.all().delete")),
        ("Invoice._default_manager.create(number=1)", ("write", "Invoice._default_manager.create")),
        ("Invoice.objects.bulk_create(rows)", ("write", "Invoice.objects.bulk_create")),
        ("manager.get_or_create(number=1)", ("write", "manager.get_or_create")),
        ("manager.update_or_create(number=1)", ("write", "manager.update_or_create")),
        ("invoice.save()", ("write", "invoice.save")),
        ("invoice.save(update_fields=['state'])", ("write", "invoice.save")),
        ("invoice.delete()", ("write", "invoice.delete")),
        ("late = Invoice.objects.filter(a=1)\nlate.update(state='x')", ("write", "late.update")),
        ("a = Invoice.objects\nb = a\nb.create(number=1)", ("write", "b.create")),
        ("anything.update(state='x')", ("write", "anything.update")),
        ("bulk.insert(Invoice, columns, rows)", ("write", "bulk.insert")),
        ("bulk.update(Invoice, columns, rows)", ("write", "bulk.update")),
        ("bulk.copy_in(cursor, 'load_x', columns, rows)", ("write", "bulk.copy_in")),
        ("cursor.execute('DELETE FROM invoice')", ("raw SQL", "cursor.execute")),
        ("connection.cursor().executemany(sql, rows)", ("raw SQL", "connection.cursor().executemany")),
        ("cursor.copy('COPY invoice FROM STDIN')", ("raw SQL", "cursor.copy")),
        ("Invoice.objects.raw('SELECT 1')", ("raw SQL", "Invoice.objects.raw")),
        ("x = RawSQL('1', [])", ("raw SQL", "RawSQL")),
        ("from django.http import HttpResponse", ("HTTP", "django.http")),
        ("from django import shortcuts", ("HTTP", "django.shortcuts")),
    ],
)
def test_a_planted_violation_is_seen(source: str, expected: tuple[str, str]) -> None:
    planted = f"import something\n\n\n{source}\n"
    last = planted.count("\n")
    found = bans.in_source(planted, "actions/planted.py")
    assert [(each.ban, each.code, each.line) for each in found] == [(*expected, last)]


@pytest.mark.parametrize(
    "source",
    [
        '"""The clock: never now() or current_date."""',
        'SQL = "SELECT 1 -- not now()"',
        "invoices.create(number=1)",
        "plans.copy(plan_id, name='x')",
        "plans.delete(plan_id)",
        "values.update(other)",
        "kept = dict(a=1).copy()",
        "known = knowing = 'the current date'",
        "row = Invoice.objects.filter(id=1).first()",
        "digest.update(b'bytes')",
        "from django.db import transaction",
    ],
)
def test_what_is_allowed_is_left_alone(source: str) -> None:
    assert bans.in_source(source, "actions/planted.py") == []


def test_apps_write_and_interfaces_speak_http_but_neither_reads_a_clock() -> None:
    source = "from django.http import HttpResponse\nInvoice.objects.create()\nx = 'SELECT now()'\n"
    assert [each.ban for each in bans.in_source(source, "apps/billing/planted.py")] == [
        "HTTP",
        "clock in SQL",
    ]
    assert [each.ban for each in bans.in_source(source, "interfaces/api/planted.py")] == [
        "write",
        "clock in SQL",
    ]


def test_every_room_and_sql_file_is_read(tmp_path: Path) -> None:
    for room in bans.ROOMS:
        (tmp_path / room / "deep").mkdir(parents=True)
        (tmp_path / room / "deep" / "planted.py").write_text("x = 'SELECT now()'\n")
    (tmp_path / "apps" / "planted.sql").write_text("-- now() in a comment\nSELECT now();\n")
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "clock.py").write_text("x = 'SELECT now()'\n")
    assert [str(each) for each in bans.in_package(tmp_path)] == [
        "perene/actions/deep/planted.py:1: clock in SQL: now()",
        "perene/apps/deep/planted.py:1: clock in SQL: now()",
        "perene/apps/planted.sql:2: clock in SQL: SELECT now();",
        "perene/interfaces/deep/planted.py:1: clock in SQL: now()",
        "perene/reports/deep/planted.py:1: clock in SQL: now()",
        "perene/rules/deep/planted.py:1: clock in SQL: now()",
    ]
