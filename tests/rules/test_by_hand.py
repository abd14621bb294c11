from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perene.rules import by_hand, derivation, explanation, ledger, pricing
from perene.rules.by_hand import Said
from perene.rules.charging import Kind
from perene.rules.invoicing import Billed, Charged
from perene.rules.refusals import Text

ON = date(2026, 1, 2)
WHOM = Billed(b"c", b"u", None, "pix")


def test_an_amount_that_a_person_said_explains_itself() -> None:
    said = derivation.write_by_hand(80_00, by="Ana “Bia” Souza", on=ON)
    assert said == '{"c":"price","u":8000,"by":"Ana “Bia” Souza","on":"2026-01-02"}'
    assert pricing.evaluate(said) == 80_00
    first, last = explanation.explain(said)
    assert first.text == Text("Entered by hand by {person} on {on}", {"person": "Ana “Bia” Souza", "on": ON})
    assert (first.amount_cents, last.running_cents) == (80_00, 80_00)
    by_program = explanation.explain(derivation.write_by_hand(-5, by="", on=ON))
    assert [str(step.text) for step in by_program] == ["Entered by hand on 2026-01-02", "Amount credited"]


def test_what_was_computed_has_no_hand() -> None:
    computed = derivation.write(by_hand.UNPRICED, 1, 1)
    assert derivation.hand_of(computed) is None
    for broken in ('{"c":"price","u":1,"by":"x"}', '{"c":"price","u":1,"by":"x","on":"soon"}', "{"):
        with pytest.raises(ValueError, match="not a derivation"):
            derivation.hand_of(broken)


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=8))
def test_an_invoice_is_the_sum_of_its_lines(amounts: list[int]) -> None:
    lines = [Said(f"linha {at}", cents, b"a") for at, cents in enumerate(amounts)]
    if sum(amounts) <= 0:
        with pytest.raises(Exception, match="more than zero"):
            by_hand.invoice(lines, whom=WHOM, due_on=ON, by="", on=ON)
        return
    made = by_hand.invoice(lines, whom=WHOM, due_on=ON, by="", on=ON)
    assert made.total_cents == sum(pricing.evaluate(line.draft.derivation) for line in made.lines)
    assert {line.draft.kind for line in made.lines} == {Kind.BY_HAND}


def test_a_description_is_one_line() -> None:
    assert by_hand.check_description("  Visita \n técnica\t") == "Visita técnica"


def test_it_rides_with_the_invoice_of_its_day() -> None:
    entered = by_hand.draft(Said("x", 1, b"a"), charge_on=ON, due_on=ON, by="", on=ON)
    later = date(2026, 1, 20)
    assert by_hand.ride(Charged(b"k", entered, b"i"), due_on=later).draft.due_on == later
    credit = entered._replace(kind=Kind.CREDIT)
    assert by_hand.ride(Charged(b"k", credit, b"i"), due_on=later).draft.due_on == ON


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=5),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=5),
)
def test_pairs_keep_the_sum_of_each_account(debits: list[int], credits: list[int]) -> None:
    rest = sum(debits) - sum(credits)
    postings = [(f"d{at}", cents) for at, cents in enumerate(debits)]
    postings += [(f"c{at}", -cents) for at, cents in enumerate(credits)]
    if rest:
        postings.append(("rest", -rest))
    pairs = ledger.paired(postings)
    found: dict[str, int] = {}
    for debit, credit, cents in pairs:
        assert cents > 0
        found[debit] = found.get(debit, 0) + cents
        found[credit] = found.get(credit, 0) - cents
    assert found == dict(postings)
    assert len(pairs) < len(postings)
