"""The load of a chunk (docs/decisions/0006-loading-a-chunk.md): temporary tables that belong to the owner, and one function that
proves every parent, then inserts with the row-by-row key checks off. The application's role never gets that setting."""

from django.db import migrations

BEGIN = """
CREATE FUNCTION perene_begin_load() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET client_min_messages = warning AS $$
BEGIN
    CREATE TEMP TABLE IF NOT EXISTS load_invoice (
        id uuid, number bigint, customer_id uuid, unit_id uuid, contract_id uuid, billing_group_id uuid, due_on date,
        payment_method text, total_cents bigint, status text, instrument_id uuid, entry_id uuid, event_id uuid
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS load_line (
        invoice_id uuid, number smallint, charge_id uuid, is_new boolean, contract_id uuid, line_id uuid, kind text,
        cycle integer, part smallint, charge_on date, due_on date, period_start date, period_end date,
        amount_cents bigint, derivation text, account_id uuid, description text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS load_posting (
        entry_id uuid, number smallint, account_id uuid, amount_cents bigint
    ) ON COMMIT DELETE ROWS;
    PERFORM perene_check_load_tables();
    EXECUTE format('GRANT SELECT, INSERT ON pg_temp.load_invoice, pg_temp.load_line, pg_temp.load_posting TO %I',
                   session_user);
END $$;

-- A table of that name made by somebody else could run their code with our rights (a view, a trigger): only ours will do.
CREATE FUNCTION perene_check_load_tables() RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM pg_class
         WHERE relnamespace = pg_my_temp_schema() AND relname IN ('load_invoice', 'load_line', 'load_posting')
           AND relkind = 'r' AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)) <> 3 THEN
        RAISE EXCEPTION 'the tables of the load are not the owner''s' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
"""

LOAD = """
CREATE FUNCTION perene_load_billing(_run uuid, _on date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET session_replication_role = replica AS $$
DECLARE
    _org bigint := nullif(current_setting('perene.organization', true), '')::bigint;
    _missing text;
    _lines bigint;
    _new bigint;
    _invoices bigint;
    _of_one bigint;
    _grouped bigint;
BEGIN
    IF _org IS NULL THEN
        RAISE EXCEPTION 'no organization is set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM perene_check_load_tables();

    -- Every parent, on organization and id: what the row triggers would have checked one by one. Counted by joins on
    -- primary keys: a whole-set plan (EXISTS would be planned for the first row and take a hundred times as long).
    SELECT count(*), count(*) FILTER (WHERE is_new) INTO _lines, _new FROM pg_temp.load_line;
    SELECT count(*), count(contract_id), count(billing_group_id)
      INTO _invoices, _of_one, _grouped FROM pg_temp.load_invoice;

    -- Inside the chunk: hash joins of small tables.
    IF _lines <> (
        SELECT count(*) FROM pg_temp.load_line n JOIN pg_temp.load_invoice p ON p.id = n.invoice_id) THEN
        _missing := 'invoice';
    ELSIF (SELECT count(*) FROM pg_temp.load_posting) <> (
        SELECT count(*) FROM pg_temp.load_posting n JOIN pg_temp.load_invoice p ON p.entry_id = n.entry_id) THEN
        _missing := 'entry';
    ELSIF EXISTS (
        SELECT account_id FROM pg_temp.load_line UNION SELECT account_id FROM pg_temp.load_posting
        EXCEPT SELECT id FROM ledger_account WHERE organization_id = _org) THEN
        _missing := 'account';
    ELSIF NOT EXISTS (SELECT FROM billing_run WHERE organization_id = _org AND id = _run) THEN
        _missing := 'run';
    END IF;

    -- Outside of it: look-ups by primary key. A hash join would read the whole table of parents for every chunk.
    PERFORM set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true);
    IF _missing IS NOT NULL THEN
        NULL;
    ELSIF _new <> (
        SELECT count(*) FROM pg_temp.load_line n
          JOIN contracts_contractline p ON p.id = n.line_id AND p.contract_id = n.contract_id
         WHERE n.is_new AND p.organization_id = _org) THEN
        _missing := 'contract line';
    ELSIF _lines <> _new AND _lines - _new <> (
        SELECT count(*) FROM pg_temp.load_line n JOIN billing_charge p ON p.id = n.charge_id
         WHERE NOT n.is_new AND p.organization_id = _org) THEN
        _missing := 'charge';
    ELSIF _of_one <> (
        SELECT count(*) FROM pg_temp.load_invoice n
          JOIN contracts_contract p ON p.id = n.contract_id AND p.customer_id = n.customer_id AND p.unit_id = n.unit_id
         WHERE p.organization_id = _org) THEN
        _missing := 'contract';
    ELSIF _of_one <> _invoices AND _invoices - _of_one <> (
        SELECT count(*) FROM pg_temp.load_invoice n
          JOIN customers_customer p ON p.id = n.customer_id AND p.organization_id = _org
          JOIN organizations_unit u ON u.id = n.unit_id AND u.organization_id = _org
         WHERE n.contract_id IS NULL) THEN
        _missing := 'customer or unit';
    ELSIF _grouped <> (
        SELECT count(*) FROM pg_temp.load_invoice n
          JOIN contracts_billinggroup p ON p.id = n.billing_group_id AND p.customer_id = n.customer_id
         WHERE p.organization_id = _org) THEN
        _missing := 'billing group';
    END IF;
    PERFORM set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true);
    IF _missing IS NOT NULL THEN
        RAISE EXCEPTION 'a row of the chunk points at no such %', _missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;

    INSERT INTO billing_charge (organization_id, id, contract_id, line_id, kind, cycle, part, status, charge_on, due_on,
                                period_start, period_end, amount_cents, derivation)
    SELECT _org, charge_id, contract_id, line_id, kind, cycle, part, 'invoiced', charge_on, due_on,
           period_start, period_end, amount_cents, derivation
      FROM pg_temp.load_line WHERE is_new;

    INSERT INTO receivables_receivable (organization_id, id, customer_id, unit_id, origin, source_kind, source_id,
                                        payment_method, due_on, amount_cents, open_cents, status)
    SELECT _org, instrument_id, customer_id, unit_id, 'native', 'invoice', id,
           payment_method, due_on, total_cents, total_cents, 'open'
      FROM pg_temp.load_invoice WHERE total_cents > 0;

    INSERT INTO receivables_credit (organization_id, id, customer_id, unit_id, source_kind, source_id, granted_on,
                                    amount_cents, open_cents)
    SELECT _org, instrument_id, customer_id, unit_id, 'invoice', id, _on, -total_cents, -total_cents
      FROM pg_temp.load_invoice WHERE total_cents < 0;

    INSERT INTO ledger_entry (organization_id, id, posted_on, kind, source_kind, source_id)
    SELECT _org, entry_id, _on, 'invoice', 'invoice', id FROM pg_temp.load_invoice WHERE entry_id IS NOT NULL;

    INSERT INTO ledger_posting (organization_id, entry_id, number, account_id, posted_on, amount_cents)
    SELECT _org, entry_id, number, account_id, _on, amount_cents FROM pg_temp.load_posting;

    INSERT INTO billing_invoice (organization_id, id, number, customer_id, unit_id, contract_id, billing_group_id, run_id,
                                 issued_on, due_on, payment_method, total_cents, status, receivable_id, entry_id)
    SELECT _org, id, number, customer_id, unit_id, contract_id, billing_group_id, _run,
           _on, due_on, payment_method, total_cents, status,
           CASE WHEN total_cents > 0 THEN instrument_id END, entry_id
      FROM pg_temp.load_invoice;

    INSERT INTO billing_invoiceline (organization_id, invoice_id, number, charge_id, account_id, description,
                                     amount_cents, is_reversed)
    SELECT _org, invoice_id, number, charge_id, account_id, description, amount_cents, false FROM pg_temp.load_line;

    INSERT INTO billing_deferral (organization_id, id, charge_id, invoice_id, account_id, amount_cents, recognize_on, status)
    SELECT _org, charge_id, charge_id, invoice_id, account_id, amount_cents, period_start, 'waiting'
      FROM pg_temp.load_line WHERE period_start > _on AND amount_cents <> 0;

    INSERT INTO events_event (organization_id, id, kind, subject_id, occurred_on, payload)
    SELECT _org, event_id, 'invoice.issued', id, _on, jsonb_build_object('total_cents', total_cents)
      FROM pg_temp.load_invoice;
END $$;

REVOKE EXECUTE ON FUNCTION perene_begin_load(), perene_load_billing(uuid, date), perene_check_load_tables() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION perene_begin_load(), perene_load_billing(uuid, date) TO perene_app;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_walls"), ("events", "0002_walls")]

    operations = [migrations.RunSQL(BEGIN), migrations.RunSQL(LOAD)]
