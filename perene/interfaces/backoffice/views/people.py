"""Who works in the organization: invited by a link that the owner passes on, changed, sent away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import people as acts
from perene.apps.organizations import invitations, organizations
from perene.apps.organizations.models import Membership, MembershipUnit, Person
from perene.interfaces.backoffice import access, fields, words
from perene.interfaces.backoffice.access import MemberRequest
from perene.rules.refusals import Refusal

# Beside which field a refusal is said.
FIELDS = {
    "bad_email": "email",
    "already_member": "email",
    "unknown_role": "role",
    "last_owner": "role",
    "unit_missing": "units",
    "unknown_unit": "units",
}


class RoleForm(forms.Form):
    """A role, and where it holds."""

    role = forms.ChoiceField(label=_("Role"), choices=list(words.ROLES.items()), initial="finance")
    scope = forms.ChoiceField(
        label=_("Where"),
        choices=[("all", _("In all units, also those to come")), ("some", _("Only in these units:"))],
        widget=forms.RadioSelect,
        initial="all",
    )
    units = forms.MultipleChoiceField(
        label=_("Units"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, data: object = None, **given: object) -> None:
        super().__init__(data, **given)  # type: ignore[arg-type]
        self.fields["units"].choices = [  # type: ignore[attr-defined]
            (str(unit.id), unit.name) for unit in organizations.units()
        ]

    def unit_ids(self) -> list[UUID] | None:
        """The units chosen; None = all."""
        if self.cleaned_data["scope"] == "all":
            return None
        return [UUID(text) for text in self.cleaned_data["units"]]


class InvitationForm(RoleForm):
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True}),
        error_messages={"required": _("Type an e-mail.")},
    )
    field_order = ("email", "role", "scope", "units")


@access.page("people.read", section="people")
def page(request: MemberRequest) -> HttpResponseBase:
    units: dict[object, list[str]] = defaultdict(list)
    for row in MembershipUnit.objects.select_related("unit").order_by("unit__name"):
        units[row.membership_id].append(row.unit.name)
    rows = list(Membership.objects.select_related("person").order_by("person__name", "id"))
    for row in rows:
        row.role_word = words.said(words.ROLES, row.role)
        row.unit_names = units[row.id]
        row.state = "active" if row.is_active and row.person.is_active else "inactive"
    waiting = list(invitations.waiting(now=request.now))
    names = dict(
        Person.objects.filter(id__in=[row.invited_by_id for row in waiting]).values_list("id", "name")
    )
    for row in waiting:
        row.role_word = words.said(words.ROLES, row.role)
        row.invited_by = names.get(row.invited_by_id, "")
    facts = {
        "title": gettext("People"),
        "members": rows,
        "invitations": waiting,
        "may_change": request.member.may("people.write"),
    }
    return render(request, "backoffice/people.html", facts)


@access.form("people.write", section="people")
def invite(request: MemberRequest) -> HttpResponseBase:
    """The form, and after it the link: shown now, never again."""
    form = InvitationForm(request.POST if request.method == "POST" else None)

    def offer() -> HttpResponse:
        token = acts.invite(
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            unit_ids=form.unit_ids(),
            now=request.now,
        )
        return _link(
            request,
            title=gettext("Invitation made"),
            text=gettext(
                "Send this link to {email}. Whoever opens it joins your organization; it works once, for three days."
            ).format(email=form.cleaned_data["email"]),
            address=request.build_absolute_uri(reverse("backoffice:invitation_link", args=[token])),
        )

    return _form(request, form, offer, "backoffice/person_invite.html", gettext("Invite a person"))


@access.act("people.write")
def revoke(request: MemberRequest, invitation_id: UUID) -> HttpResponseBase:
    acts.revoke(invitation_id, now=request.now)
    messages.success(request, gettext("The invitation is revoked: its link opens nothing any more."))
    return HttpResponseRedirect(reverse("backoffice:people"))


@access.form("people.write", section="people")
def one(request: MemberRequest, membership_id: UUID) -> HttpResponseBase:
    """A member: their role and units; beside it their way in."""
    member = Membership.objects.select_related("person").filter(id=membership_id).first()
    if member is None:
        raise Http404
    chosen = MembershipUnit.objects.filter(membership=member).values_list("unit_id", flat=True)
    initial = {
        "role": member.role,
        "scope": "all" if member.all_units else "some",
        "units": [str(unit_id) for unit_id in chosen],
    }
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial)

    def change() -> HttpResponse:
        acts.change(membership_id, role=form.cleaned_data["role"], unit_ids=form.unit_ids())
        messages.success(
            request, gettext("Saved. {name} sees it on their next page.").format(name=member.person.name)
        )
        return HttpResponseRedirect(reverse("backoffice:people"))

    facts = {
        "member": member,
        "is_me": member.person_id == request.member.person_id,
        "history": f"{reverse('backoffice:audit')}?table=organizations_membership&row={member.id}",
    }
    return _form(request, form, change, "backoffice/person.html", member.person.name, **facts)


@access.act("people.write")
def deactivate(request: MemberRequest, membership_id: UUID) -> HttpResponseBase:
    acts.deactivate(membership_id)
    messages.success(request, gettext("They may not enter any more."))
    return HttpResponseRedirect(reverse("backoffice:people"))


@access.act("people.write")
def reactivate(request: MemberRequest, membership_id: UUID) -> HttpResponseBase:
    acts.reactivate(membership_id)
    messages.success(request, gettext("They may enter again, with the password they had."))
    return HttpResponseRedirect(reverse("backoffice:people"))


@access.act("people.write")
def password_link(request: MemberRequest, membership_id: UUID) -> HttpResponseBase:
    """For who lost the password (and, when asked, the telephone)."""
    token = acts.password_link(
        membership_id, drops_second_factor=bool(request.POST.get("drops_second_factor")), now=request.now
    )
    return _link(
        request,
        title=gettext("Link for a new password"),
        text=gettext(
            "Send this link to that person alone: whoever opens it chooses their password. It works once, today."
        ),
        address=request.build_absolute_uri(reverse("backoffice:password_link", args=[token])),
    )


def _form(
    request: MemberRequest,
    form: forms.Form,
    do: Callable[[], HttpResponse],
    template: str,
    title: str,
    **facts: object,
) -> HttpResponseBase:
    if form.is_valid():
        try:
            return do()
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    shown = {
        "title": title,
        "form": form,
        "crumbs": [{"label": gettext("People"), "href": reverse("backoffice:people")}, {"label": title}],
        **facts,
    }
    return render(request, template, shown, status=422 if form.is_bound else 200)


def _link(request: MemberRequest, *, title: str, text: str, address: str) -> HttpResponse:
    """Kept nowhere, not even in a browser's cache."""
    facts = {
        "title": title,
        "text": text,
        "address": address,
        "crumbs": [{"label": gettext("People"), "href": reverse("backoffice:people")}, {"label": title}],
    }
    response = render(request, "backoffice/person_link.html", facts)
    response.headers["Cache-Control"] = "no-store"
    return response
