"""A company to bill: N contracts of 1–4 lines (mean 2), written as the superuser in a few statements. Making it is not
measured; what is measured afterwards runs as the application's role with everything on."""

from datetime import date

import psycopg

# Each contract: 1 line 40 %, 2 lines 30 %, 3 lines 20 %, 4 lines 10 %.
LINES = "(ARRAY[1,1,1,1,2,2,2,3,3,4])[1 + (c.n % 10)]"

STATEMENTS = [
    """
    INSERT INTO organizations_organization (id, name, legal_name, document, address, state, time_zone, is_sandbox, clock_on,
        lead_days, is_active, requires_second_factor)
    VALUES (%(org)s, 'Bancada', 'Bancada', '', '', 'SP', 'America/Sao_Paulo', true, %(on)s, 0, true, false)
    """,
    """
    INSERT INTO organizations_unit (organization_id, id, name, code) VALUES (%(org)s, uuidv7(), 'Matriz', 'MATRIZ')
    """,
    """
    INSERT INTO ledger_account (organization_id, id, code, name, kind, role, is_active)
    SELECT %(org)s, uuidv7(), code, code, kind, role, true FROM (VALUES
        ('1.1', 'asset', 'receivables'), ('2.1', 'liability', 'deferred_revenue'), ('2.2', 'liability', 'customer_credits'),
        ('1.2', 'asset', 'cash'), ('3.1', 'revenue', 'revenue'), ('3.2', 'revenue', ''), ('3.3', 'revenue', ''),
        ('3.8', 'revenue', 'fines'), ('3.9', 'revenue', 'interest'), ('4.1', 'expense', 'discounts'),
        ('4.2', 'expense', 'losses'),
        ('5.1', 'equity', 'opening')) AS a(code, kind, role)
    """,
    """
    INSERT INTO catalog_item (organization_id, id, code, name, calc_type, unit_cents, account_id, is_active)
    SELECT %(org)s, uuidv7(), 'ITEM' || n, 'Serviço ' || n, 'price', 1000 + 500 * n,
           (SELECT id FROM ledger_account WHERE organization_id = %(org)s AND code = '3.' || (1 + n %% 3)), true
      FROM generate_series(0, 9) n
    """,
    """
    INSERT INTO catalog_plan (organization_id, id, external_code, name, status, is_deleted, latest_version)
    VALUES (%(org)s, uuidv7(), 'BANCADA', 'Bancada', 'active', false, 1)
    """,
    """
    INSERT INTO catalog_planversion (organization_id, id, plan_id, number, name, payment_methods, interval_unit,
        interval_count, charge_day_kind, charge_day, due_after_days, prorate_first, prorate_last, metadata)
    SELECT %(org)s, uuidv7(), id, 1, 'Bancada', '{pix,boleto}', 'month', 1, 'fixed', 1, 7, false, false, '{}'
      FROM catalog_plan WHERE organization_id = %(org)s
    """,
    """
    CREATE TEMP TABLE c AS
    SELECT n, uuidv7() AS customer_id, uuidv7() AS contract_id, uuidv7() AS group_id,
           %(on)s::date - (n::bigint * 7919 %% 1826)::int AS started_on -- joined on any day of five years
      FROM generate_series(1, %(count)s) n
    """,
    """
    INSERT INTO customers_customer (organization_id, id, external_id, unit_id, name, document, document_kind, street,
        street_number, complement, district, city, state, postal_code, search_text)
    SELECT %(org)s, customer_id, 'B' || n, u.id, 'Assinante ' || n, lpad(n::text, 11, '0'), 'cpf', '', '', '', '',
           'São Paulo', 'SP', '', 'assinante ' || n
      FROM c, organizations_unit u WHERE u.organization_id = %(org)s ORDER BY n
    """,
    """
    INSERT INTO contracts_billinggroup (organization_id, id, customer_id, name, is_default)
    SELECT %(org)s, group_id, customer_id, 'Principal', true FROM c ORDER BY n
    """,
    """
    INSERT INTO contracts_contract (organization_id, id, number, external_id, customer_id, unit_id, plan_version_id, origin,
        status, started_on, signed_on, term_kind, term_number, payment_method, delivery, cancel_reason, notes)
    SELECT %(org)s, contract_id, n, 'B' || n, customer_id, u.id, v.id, 'native', 'active', started_on, started_on,
           'open', 1, CASE WHEN n %% 2 = 0 THEN 'pix' ELSE 'boleto' END, 'email', '', ''
      FROM c, organizations_unit u, catalog_planversion v
     WHERE u.organization_id = %(org)s AND v.organization_id = %(org)s ORDER BY n
    """,
    """
    INSERT INTO contracts_billingterms (organization_id, contract_id, batch_key, billing_group_id, billing_method, due_day,
        first_cycle, approved_on, activated_on, review_before_billing, revision, confirmed_at, next_cycle, next_run_on)
    SELECT %(org)s, contract_id, group_id, group_id, 'grouped', (ARRAY[5,10,15,20,25])[1 + n %% 5], first,
           started_on, started_on, false, 1, '2000-01-01', first, %(on)s
      FROM c CROSS JOIN LATERAL (
               -- the cycle that begins on the day we start at: periods begin on day 1 from the first one after joining
               SELECT extract(year FROM age)::int * 12 + extract(month FROM age)::int + 1 AS first
                 FROM age(%(on)s::date, CASE WHEN extract(day FROM started_on) = 1 THEN started_on
                      ELSE (date_trunc('month', started_on) + interval '1 month')::date END) AS age) f
     ORDER BY n
    """,
    f"""
    INSERT INTO contracts_contractline (organization_id, id, contract_id, item_id, position, description, account_id,
        from_cycle, calc_type, quantity, unit_cents, adjustment_kind, surcharge_cents, discount_cents, surcharge_percent,
        discount_percent, recurrence)
    SELECT %(org)s, uuidv7(), c.contract_id, i.id, p, i.name, i.account_id, 1, 'price', 1, i.unit_cents, 'money',
           c.n %% 100, CASE WHEN c.n %% 4 = 0 THEN 250 ELSE 0 END, 0, 0, 'continuous'
      FROM c CROSS JOIN LATERAL generate_series(1, {LINES}) p
      JOIN catalog_item i ON i.organization_id = %(org)s AND i.code = 'ITEM' || ((c.n + p) %% 10)
     ORDER BY c.n, p
    """.replace("% 10)]", "%% 10)]"),
    "DROP TABLE c",
]


def build(admin_dsn: str, *, contracts: int, started_on: date, organization_id: int = 1) -> None:
    """One sandbox organization that lives on `started_on`, with everything due on that day."""
    with psycopg.connect(admin_dsn) as connection:
        # Foreign keys hold by construction; checking them row by row would take minutes and is not what we measure.
        connection.execute("SET session_replication_role = replica")
        for statement in STATEMENTS:
            connection.execute(
                statement.encode(),
                {"org": organization_id, "on": started_on, "count": contracts},
            )
    with psycopg.connect(admin_dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def expected(admin_dsn: str, *, organization_id: int = 1) -> tuple[int, int, int]:
    """Contracts, lines and centavos of one full month, by SQL alone and from the contracts alone."""
    with psycopg.connect(admin_dsn) as connection:
        row = connection.execute(
            """
            SELECT count(DISTINCT contract_id), count(*), sum(greatest(0, unit_cents + surcharge_cents - discount_cents))
              FROM contracts_contractline WHERE organization_id = %s
            """,
            [organization_id],
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])
