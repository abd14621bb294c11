"""What a rehearsal remembers of a contract, so that its approval can tell whether it would be billed the same. Pure."""

import hashlib
import json
from datetime import date

from perene.rules.charging import RowId
from perene.rules.invoicing import Owed

DIGEST_BYTES = 16

# Why a contract is held by an approval. Both stay until a person says otherwise: no later run bills them by itself.
CHANGED = "changed_since_rehearsal"
CHANGED_MESSAGE = "It changed since the rehearsal: look at what it would be billed now, then bill it alone or rehearse again."
HELD = "held_by_a_person"
HELD_MESSAGE = "A person held it back in the rehearsal: bill it when it may be billed."


def digest(owed: Owed, *, next_cycle: int, next_run_on: date | None) -> bytes:
    """Over everything that makes the bill what it is: for whom, how, each charge with the inputs of its amount, its dates
    and account, and where the contract's billing goes on. Equal digests are equal bills."""
    whom, method, charges = owed
    said = [
        [
            _text(whom.customer_id),
            _text(whom.unit_id),
            _text(whom.billing_group_id),
            whom.payment_method,
            method,
        ],
        [next_cycle, str(next_run_on)],
    ]
    for _contract, draft, charge_id in charges:
        line = draft.line
        identity = [_text(charge_id), _text(line.id), draft.kind, draft.cycle, draft.part]
        dates = [str(draft.charge_on), str(draft.due_on), str(draft.period_start), str(draft.period_end)]
        what = [draft.amount_cents, draft.derivation, _text(line.account_id), line.description]
        said.append([*identity, *dates, *what])
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=DIGEST_BYTES).digest()


def _text(row_id: RowId | None) -> str | None:
    return row_id.hex() if isinstance(row_id, bytes) else None if row_id is None else row_id.hex
