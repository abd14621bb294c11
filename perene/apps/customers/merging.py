"""One customer who was registered twice becomes one: the duplicate is marked, its contacts move. What other subjects keep of a
customer moves in their own `merging` modules, all in one transaction (`actions.merge`)."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count

from perene.apps.customers.models import Contact, Customer
from perene.rules.refusals import Refusal


class Pair(NamedTuple):
    keep: Customer
    gone: Customer


class Likeness(NamedTuple):
    """Customers who may be one: the oldest first. `by` document or name says what they share."""

    by: str
    customers: tuple[Customer, ...]


def locked(keep_id: UUID, gone_id: UUID) -> Pair:
    """Both, held until the transaction ends, so that nothing new becomes the duplicate's. Refusal `merge_with_itself`,
    `unknown_customer_id`, `customer_merged_already`."""
    if keep_id == gone_id:
        raise Refusal("merge_with_itself", "Choose another customer: these are the same one.")
    # In the order of their ids: two merges of the same two do not wait for each other.
    found = {
        row.id: row
        for row in Customer.objects.select_for_update().filter(id__in=[keep_id, gone_id]).order_by("id")
    }
    if len(found) < 2:
        raise Refusal("unknown_customer_id", "There is no such customer: choose one of the list.")
    for row in found.values():
        if row.merged_into_id is not None:
            raise Refusal("customer_merged_already", "{name} was merged into another already.", name=row.name)
    return Pair(found[keep_id], found[gone_id])


def units_of(pair: Pair) -> set[UUID]:
    """The units that the two are of."""
    return {pair.keep.unit_id, pair.gone.unit_id}


def mark(pair: Pair, *, now: datetime) -> int:
    """The duplicate is one no longer, whoever was merged into it before is merged into who stays, and the contacts that only
    the duplicate had move. Returns how many moved."""
    keep, gone = pair
    gone.merged_into, gone.merged_at = keep, now
    gone.save(update_fields=["merged_into", "merged_at"])
    Customer.objects.filter(merged_into=gone).update(merged_into=keep)
    known = list(Contact.objects.filter(customer=keep))
    has_main = {contact.kind for contact in known if contact.is_main}
    values = {(contact.kind, contact.value) for contact in known}
    moved = 0
    for contact in Contact.objects.filter(customer=gone).order_by("-is_main", "id"):
        if (contact.kind, contact.value) in values:
            continue  # it stays where it is: who stays has the same
        contact.customer = keep
        contact.is_main = contact.is_main and contact.kind not in has_main
        contact.save(update_fields=["customer", "is_main"])
        moved += 1
    return moved


def likely(*, unit_ids: frozenset[UUID] | None, limit: int = 50) -> list[Likeness]:
    """Customers who may be the same: first those with one document, then those with one name. Of these units alone."""
    present = Customer.objects.in_units(unit_ids).filter(merged_into__isnull=True)
    found: list[Likeness] = []
    for by in ("document", "name"):
        shared = present.order_by().values_list(by, flat=True).annotate(count=Count("id")).filter(count__gt=1)
        values = list(shared.order_by(by)[: limit - len(found)])
        rows: dict[str, list[Customer]] = {value: [] for value in values}
        for customer in present.filter(**{f"{by}__in": values}).select_related("unit").order_by("id"):
            rows[getattr(customer, by)].append(customer)
        known = {customer.id for one in found for customer in one.customers}
        for customers in rows.values():
            if not known.issuperset(customer.id for customer in customers):
                found.append(Likeness(by, tuple(customers)))
    return found
