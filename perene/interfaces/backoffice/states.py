"""What each state looks like: a word, a tone and an icon. Portuguese words agree in gender with what they describe
(fatura paga, contrato ativo), so a state is looked up by (kind, state) and its msgid carries the kind as context."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Tone = Literal["neutral", "good", "warn", "bad", "info"]


@dataclass(frozen=True, slots=True)
class State:
    """How one state is shown. `label` is translated when it is rendered."""

    label: str | Promise
    tone: Tone
    icon: str


STATES: dict[tuple[str, str], State] = {
    ("invoice", "open"): State(pgettext_lazy("invoice", "Open"), "info", "circle"),
    ("invoice", "due_soon"): State(pgettext_lazy("invoice", "Due soon"), "warn", "clock"),
    ("invoice", "overdue"): State(pgettext_lazy("invoice", "Overdue"), "bad", "circle-alert"),
    ("invoice", "paid"): State(pgettext_lazy("invoice", "Paid"), "good", "check"),
    ("invoice", "zero"): State(pgettext_lazy("invoice", "Zero amount"), "neutral", "circle-slash"),
    ("invoice", "credit"): State(pgettext_lazy("invoice", "Became credit"), "neutral", "undo-2"),
    ("invoice", "written_off"): State(pgettext_lazy("invoice", "Written off"), "neutral", "circle-slash"),
    ("invoice", "cancelled"): State(pgettext_lazy("invoice", "Cancelled"), "neutral", "x"),
    ("period", "closed"): State(pgettext_lazy("period", "Closed"), "good", "lock"),
    ("period", "reopened"): State(pgettext_lazy("period", "Opened again"), "neutral", "lock-open"),
    ("receivable", "open"): State(pgettext_lazy("receivable", "Open"), "info", "circle"),
    ("receivable", "partly"): State(pgettext_lazy("receivable", "Paid in part"), "info", "circle-dot"),
    ("receivable", "written_off"): State(
        pgettext_lazy("receivable", "Written off"), "neutral", "circle-slash"
    ),
    ("settlement", "done"): State(pgettext_lazy("settlement", "Noted"), "good", "check"),
    ("settlement", "reversed"): State(pgettext_lazy("settlement", "Reversed"), "neutral", "undo-2"),
    ("credit", "open"): State(pgettext_lazy("credit", "To use"), "info", "circle"),
    ("credit", "used"): State(pgettext_lazy("credit", "Used"), "good", "check"),
    ("credit", "cancelled"): State(pgettext_lazy("credit", "Cancelled"), "neutral", "x"),
    ("receivable", "overdue"): State(pgettext_lazy("receivable", "Overdue"), "bad", "circle-alert"),
    ("receivable", "settled"): State(pgettext_lazy("receivable", "Settled"), "good", "check"),
    ("receivable", "cancelled"): State(pgettext_lazy("receivable", "Cancelled"), "neutral", "x"),
    ("charge", "pending"): State(pgettext_lazy("charge", "To invoice"), "warn", "clock"),
    ("charge", "held"): State(pgettext_lazy("charge", "Held"), "warn", "circle-pause"),
    ("charge", "invoiced"): State(pgettext_lazy("charge", "Invoiced"), "good", "check"),
    ("charge", "cancelled"): State(pgettext_lazy("charge", "Cancelled"), "neutral", "x"),
    ("contract", "draft"): State(pgettext_lazy("contract", "Draft"), "neutral", "pencil"),
    ("contract", "active"): State(pgettext_lazy("contract", "Active"), "good", "check"),
    ("contract", "cancelled"): State(pgettext_lazy("contract", "Cancelled"), "bad", "x"),
    ("contract", "ended"): State(pgettext_lazy("contract", "Ended"), "neutral", "flag"),
    ("plan", "draft"): State(pgettext_lazy("plan", "Draft"), "neutral", "pencil"),
    ("plan", "active"): State(pgettext_lazy("plan", "Active"), "good", "check"),
    ("plan", "inactive"): State(pgettext_lazy("plan", "Inactive"), "neutral", "pause"),
    ("run", "rehearsing"): State(pgettext_lazy("run", "Rehearsing"), "info", "play"),
    ("run", "rehearsed"): State(pgettext_lazy("run", "Waits for approval"), "warn", "clipboard-check"),
    ("run", "discarded"): State(pgettext_lazy("run", "Discarded"), "neutral", "x"),
    ("run", "approved"): State(pgettext_lazy("run", "Approved"), "info", "calendar-clock"),
    ("run", "reversing"): State(pgettext_lazy("run", "Being reversed"), "info", "undo-2"),
    ("run", "reversed"): State(pgettext_lazy("run", "Reversed"), "neutral", "undo-2"),
    ("rehearsed", "bill"): State(pgettext_lazy("rehearsed contract", "To bill"), "neutral", "check"),
    ("rehearsed", "bill_anyway"): State(
        pgettext_lazy("rehearsed contract", "To bill anyway"), "info", "check"
    ),
    ("rehearsed", "hold"): State(pgettext_lazy("rehearsed contract", "Held"), "warn", "circle-pause"),
    ("rehearsed", "billed"): State(pgettext_lazy("rehearsed contract", "Billed"), "good", "check"),
    ("rehearsed", "changed"): State(
        pgettext_lazy("rehearsed contract", "Changed since"), "warn", "triangle-alert"
    ),
    ("alert", "open"): State(pgettext_lazy("alert", "Open"), "bad", "circle-alert"),
    ("alert", "resolved"): State(pgettext_lazy("alert", "Resolved"), "good", "check"),
    ("run", "running"): State(pgettext_lazy("run", "Running"), "info", "play"),
    ("run", "done"): State(pgettext_lazy("run", "Done"), "good", "check"),
    ("run", "done_with_parked"): State(pgettext_lazy("run", "Done, some parked"), "warn", "triangle-alert"),
    ("parked", "open"): State(pgettext_lazy("parked", "Parked"), "warn", "circle-pause"),
    ("parked", "solved"): State(pgettext_lazy("parked", "Solved"), "good", "check"),
    ("endpoint", "active"): State(pgettext_lazy("endpoint", "On"), "good", "check"),
    ("endpoint", "failing"): State(pgettext_lazy("endpoint", "Does not answer"), "warn", "triangle-alert"),
    ("endpoint", "off"): State(pgettext_lazy("endpoint", "Off"), "neutral", "pause"),
    ("delivery", "waiting"): State(pgettext_lazy("delivery", "Under way"), "info", "clock"),
    ("delivery", "delivered"): State(pgettext_lazy("delivery", "Delivered"), "good", "check"),
    ("delivery", "given_up"): State(pgettext_lazy("delivery", "Given up"), "bad", "x"),
    ("membership", "active"): State(pgettext_lazy("membership", "Active"), "good", "check"),
    ("membership", "inactive"): State(pgettext_lazy("membership", "Inactive"), "neutral", "x"),
    ("api_key", "active"): State(pgettext_lazy("API key", "Active"), "good", "check"),
    ("api_key", "expired"): State(pgettext_lazy("API key", "Expired"), "neutral", "x"),
    ("api_key", "revoked"): State(pgettext_lazy("API key", "Revoked"), "neutral", "x"),
}


def look_up(kind: str, state: str) -> State:
    """How a state is shown. Raises KeyError for one that is not listed: a state that nobody named is a bug."""
    return STATES[kind, state]
