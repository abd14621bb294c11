"""`perene plan create`."""

import sys
from argparse import Namespace
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from perene.actions import plans
from perene.apps.catalog import items
from perene.apps.catalog.plans import Saved
from perene.apps.catalog.versions import ItemOfPlan, PlanContent
from perene.interfaces.cli import common
from perene.kit import tenancy, texts
from perene.rules.refusals import Refusal


def run(arguments: Namespace) -> int:
    """Make the plan. The refusals of the catalog end in exit status 2, with nothing stored."""
    with tenancy.organization(common.organization_id(arguments.organization)):
        saved = plans.create(arguments.code, _content(arguments), is_active=arguments.activate)
    _tell(arguments, saved)
    return 0


def _content(arguments: Namespace) -> PlanContent:
    kind, day = "fixed", 1 if arguments.charge_day is None else arguments.charge_day
    if arguments.charge_before is not None:
        kind, day = "before", arguments.charge_before
    elif arguments.charge_end is not None:
        kind, day = "end", arguments.charge_end
    return PlanContent(
        name=arguments.name,
        payment_methods=[name for method in arguments.methods.split(",") if (name := method.strip())],
        interval_unit=arguments.interval,
        interval_count=arguments.interval_count,
        total_cycles=arguments.total_cycles,
        charge_day_kind=kind,
        charge_day=day,
        due_after_days=arguments.due_after_days,
        prorate_first=arguments.prorate_first,
        prorate_last=arguments.prorate_last,
        items=_items(arguments.item),
    )


def _items(given: list[str]) -> list[ItemOfPlan]:
    wanted = [_code_and_quantity(text) for text in given]
    known = items.by_codes({code for code, _quantity in wanted})
    for code, _quantity in wanted:
        if code not in known:
            raise Refusal(
                "unknown_item_code",
                "There is no item with the code {code}: import or create it first.",
                code=code,
            )
    return [ItemOfPlan(item_id=known[code].id, quantity=quantity) for code, quantity in wanted]


def _code_and_quantity(text: str) -> tuple[str, Decimal]:
    code, _colon, quantity = text.partition(":")
    try:
        return code, Decimal(quantity or 1)
    except InvalidOperation:
        raise Refusal(
            "quantity_malformed", "“{text}” is not a quantity: write it like 2 or 2.5.", text=quantity
        ) from None


def _tell(arguments: Namespace, saved: Saved) -> None:
    if arguments.json:
        notices = [{"code": notice.code, "text": texts.render(notice.text)} for notice in saved.notices]
        common.tell("plan", id=saved.plan_id, version=saved.number, code=arguments.code, notices=notices)
        return
    for notice in saved.notices:
        print(texts.render(notice.text), file=sys.stderr)
    print(
        _("Plan {code} created: {name}, version {number}.").format(
            code=arguments.code, name=arguments.name, number=saved.number
        )
    )
