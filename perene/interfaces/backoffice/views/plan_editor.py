"""The plan editor (G1–G36): one form for the whole plan, with a summary beside it that the rules compute with each change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext

from perene.actions import plans as plan_acts
from perene.apps.catalog import plans as plan_rows
from perene.apps.catalog import versions
from perene.apps.catalog.models import Item, Plan, PlanStatus
from perene.apps.catalog.plans import Saved
from perene.apps.catalog.versions import ItemOfPlan, PlanContent
from perene.apps.contracts.models import Contract, ContractStatus
from perene.interfaces.backoffice import access, fields, plan_forms
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.plan_forms import ItemForm, ItemRow, PlanForm, TierForm, TierRow
from perene.kit import texts
from perene.reports import plan_summary
from perene.rules.refusals import Refusal

WRITE = "catalog.write"
# A plan with more items than this was not typed by a person.
MOST_ROWS = 100


class Editor:
    """The forms of one request, always bound: to the stored plan, or to what was sent."""

    def __init__(self, plan: Plan | None, source: Plan | None) -> None:
        self.plan, self.source = plan, source
        self.items: dict[UUID, Item] = {
            item.id: item for item in Item.objects.select_related("account").order_by("name", "id")
        }
        self.rows: list[ItemRow] = []
        self.form = plan_forms.filled(PlanForm, {})
        self.from_version = plan.latest_version if plan else 0

    def load(self, says: PlanContent, *, code: str) -> None:
        """Show a plan as it stands."""
        self.form = plan_forms.filled(PlanForm, plan_forms.plan_initial(says, code=code))
        for item in says.items:
            self.add(self.items[item.item_id], plan_forms.item_initial(item), item.tiers)

    def read(self, sent: QueryDict) -> None:
        """Show what was sent."""
        self.from_version = int(sent["from_version"]) if sent.get("from_version", "").isdecimal() else 0
        self.form = PlanForm(sent)
        if self.plan is not None:
            self.form.fields["code"].required = False
        for key in filter(str.isdecimal, sent.getlist("row")[:MOST_ROWS]):
            of = self.items.get(fields.uuid(sent.get(f"i{key}-item", "")))
            if of is None:
                continue
            row = ItemRow(key, of, ItemForm(sent, prefix=f"i{key}", calc_type=of.calc_type))
            for tier in filter(str.isdecimal, sent.getlist(f"i{key}-tier")[:MOST_ROWS]):
                row.tiers.append(TierRow(tier, TierForm(sent, prefix=f"i{key}-t{tier}")))
            self.rows.append(row)

    def add(self, of: Item, initial: dict[str, Any], table: Any) -> None:
        """One more item, its fields filled."""
        key = _next(row.key for row in self.rows)
        row = ItemRow(key, of, plan_forms.filled(ItemForm, initial, prefix=f"i{key}", calc_type=of.calc_type))
        if row.is_tiered:
            for number, tier in enumerate(plan_forms.tiers_initial(table)):
                row.tiers.append(
                    TierRow(str(number), plan_forms.filled(TierForm, tier, prefix=f"i{key}-t{number}"))
                )
        self.rows.append(row)

    def do(self, what: str, sent: QueryDict) -> None:
        """Rows that come and go: `item-add`, `item-remove KEY`, `tier-add KEY`, `tier-remove KEY TIER`."""
        name, *keys = what.split(" ")
        if name == "item-add":
            of = self.items.get(fields.uuid(sent.get("add_item", "")))
            if of is not None and of.is_active:
                says = ItemOfPlan(
                    item_id=of.id, name=of.name, unit_cents=of.unit_cents, package_size=of.package_size
                )
                self.add(of, plan_forms.item_initial(says), of.tiers)
        elif name == "item-remove":
            self.rows = [row for row in self.rows if row.key not in keys]
        for row in self.rows:
            if name == "tier-add" and row.key == keys[0]:
                key = _next(tier.key for tier in row.tiers)
                row.tiers.append(TierRow(key, plan_forms.filled(TierForm, {}, prefix=f"i{row.key}-t{key}")))
            elif name == "tier-remove" and row.key == keys[0]:
                row.tiers = [tier for tier in row.tiers if tier.key != keys[-1]]

    def forms(self) -> list[Any]:
        return [self.form, *(form for row in self.rows for form in row.forms())]

    @property
    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms()])

    def content(self) -> PlanContent:
        return plan_forms.content(self.form, self.rows)

    def find_problems(self) -> bool:
        """Say what the rules have against it, each beside its field. Whether there was nothing."""
        found = versions.problems(self.content(), plan=self.plan)
        for problem in found:
            if problem.position is None:
                fields.refuse(self.form, problem.why, plan_forms.FIELDS)
            else:
                row = self.rows[problem.position - 1]
                fields.refuse(row.form, problem.why, plan_forms.ITEM_FIELDS | row.blamed())
        return not found


@access.form(WRITE, section="plans")
def new(request: MemberRequest) -> HttpResponseBase:
    """A plan from nothing, or (`?copia=ID`) from all data and items of another (G31)."""
    source = Plan.objects.filter(
        id=fields.uuid(request.POST.get("copied_from") or request.GET.get("copia", "")), is_deleted=False
    ).first()
    return _edited(request, Editor(None, source))


@access.form(WRITE, section="plans")
def edit(request: MemberRequest, plan_id: UUID) -> HttpResponseBase:
    """The next version of a plan (G30)."""
    plan: Plan = get_object_or_404(Plan, id=plan_id, is_deleted=False)
    return _edited(request, Editor(plan, None))


def _edited(request: MemberRequest, editor: Editor) -> HttpResponseBase:
    if request.method != "POST":
        if known := editor.plan or editor.source:
            editor.load(plan_rows.content(known), code=known.external_code)
        return _page(request, editor)
    what = request.POST.get("do", "save")
    editor.read(request.POST)
    if what == "preview":
        return render(request, "backoffice/plan_summary.html", _summary(request, editor))
    if what not in ("save", "publish"):
        editor.do(what, request.POST)
        return _piece(request, editor)
    if editor.is_valid and editor.find_problems():
        try:
            return _saved(request, editor, is_published=what == "publish")
        except Refusal as refusal:
            fields.refuse(editor.form, refusal, plan_forms.FIELDS)
    return _page(request, editor, is_checked=True)


def _saved(request: MemberRequest, editor: Editor, *, is_published: bool) -> HttpResponseBase:
    plan = editor.plan
    if plan is None:
        source = editor.source
        saved = plan_acts.create(
            editor.form.cleaned_data["code"],
            editor.content(),
            is_active=is_published,
            copied_from=source.id if source else None,
        )
    else:
        saved = plan_acts.edit(
            plan.id,
            editor.content(),
            from_version=editor.from_version,
            activate=is_published and plan.status != PlanStatus.ACTIVE,
        )
    _tell(request, saved, is_published=is_published or bool(plan and plan.status == PlanStatus.ACTIVE))
    return HttpResponseRedirect(reverse("backoffice:plan", args=[saved.plan_id]))


def _tell(request: MemberRequest, saved: Saved, *, is_published: bool) -> None:
    """G16, G34: each sentence once, however many items it is about."""
    for text in dict.fromkeys(texts.render(notice.text) for notice in saved.notices):
        messages.success(request, text)
    if is_published:
        said = gettext("Version {number} is on sale: new contracts take it.")
    else:
        said = gettext("Saved as version {number}; it is not on sale.")
    messages.success(request, said.format(number=saved.number))


def _page(request: MemberRequest, editor: Editor, *, is_checked: bool = False) -> HttpResponse:
    """The whole page; `is_checked`: with what keeps it from being saved, beside each field."""
    plan = editor.plan
    title = gettext("Change the plan {name}").format(name=plan.name) if plan else gettext("New plan")
    summary = {} if is_checked else _summary(request, editor)
    facts = {
        **(summary or _facts(request, editor)),
        "title": title,
        "source": editor.source,
        "crumbs": [
            {"label": gettext("Plans and items"), "href": reverse("backoffice:plans")},
            *([{"label": plan.name, "href": reverse("backoffice:plan", args=[plan.id])}] if plan else []),
            {"label": gettext("Change") if plan else title},
        ],
    }
    return render(request, "backoffice/plan_editor.html", facts, status=422 if is_checked else 200)


def _piece(request: MemberRequest, editor: Editor) -> HttpResponse:
    """The items anew, and the summary with them; the whole page where no script asked."""
    if request.headers.get("HX-Request") != "true":
        return _page(request, editor)
    return render(request, "backoffice/plan_items.html", {**_summary(request, editor), "is_piece": True})


def _facts(request: MemberRequest, editor: Editor) -> dict[str, Any]:
    plan = editor.plan
    return {
        "editor": editor,
        "form": editor.form,
        "rows": editor.rows,
        "plan": plan,
        "choices": [item for item in editor.items.values() if item.is_active],
        "next_number": plan.latest_version + 1 if plan else 1,
        "keeping": _keeping(plan) if plan else [],
        "today": request.today,
    }


def _summary(request: MemberRequest, editor: Editor) -> dict[str, Any]:
    """The form and what stands beside it, nothing said yet beside the fields."""
    facts = _facts(request, editor) | _told(request, editor)
    for form in editor.forms():
        form.is_quiet = True
    return facts


def _told(request: MemberRequest, editor: Editor) -> dict[str, Any]:
    """The figures of the summary, or why there are none yet."""
    asked = _readable(editor)
    if asked is None:
        return {"trouble": gettext("Some field cannot be read yet. Saving tells which one.")}
    try:
        preview = plan_summary.of(
            asked,
            plan=editor.plan or editor.source,
            on=request.today,
            lead_days=request.organization.lead_days,
        )
    except Refusal as refusal:
        return {"trouble": texts.render(refusal)}
    for row, summed in zip(editor.rows, preview.items, strict=True):
        row.base_cents, row.estimated_cents = summed.base_cents, summed.estimated_cents
    return {"preview": preview, "warnings": [texts.render(text) for text in preview.warnings]}


def _readable(editor: Editor) -> PlanContent | None:
    """What the forms say, whatever is still without a name; None where a field cannot be read."""
    unnamed = {"name": "", "code": "", "methods": ["boleto"]}
    for form in editor.forms():
        form.full_clean()
        if set(form.errors) - unnamed.keys():
            return None
        for name, otherwise in unnamed.items():
            if name in form.errors:
                form.cleaned_data[name] = otherwise
    return editor.content()


def _keeping(plan: Plan) -> list[dict[str, Any]]:
    """What contracts in force keep: (version, how many), newest first. Counted over all units: a version is everybody's."""
    return list(
        Contract.objects.filter(status=ContractStatus.ACTIVE, plan_version__plan_id=plan.id)
        .values("plan_version__number")
        .annotate(count=Count("id"))
        .order_by("-plan_version__number")
    )


def _next(keys: Any) -> str:
    return str(max((int(key) for key in keys if key.isdigit()), default=-1) + 1)
