"""One's own account: name, password, second factor, and where one is signed in."""

from __future__ import annotations

import segno
from django import forms
from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import people as acts
from perene.actions import second_factor as factor_acts
from perene.actions import sign_in as sign_in_action
from perene.apps.organizations import second_factors, sessions
from perene.interfaces.backoffice import access, browsers, fields, signed_in
from perene.interfaces.backoffice.access import MemberRequest
from perene.interfaces.backoffice.views.links import NewPasswordForm, password_field
from perene.kit import crypto, texts
from perene.rules.refusals import Refusal


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class PasswordForm(NewPasswordForm):
    present = password_field(_("Present password"), autocomplete="current-password")
    field_order = ("present", "password", "again")


class TurnOnForm(forms.Form):
    present = password_field(_("Your password"), autocomplete="current-password")
    code = forms.CharField(
        label=_("Code that the app shows"),
        max_length=10,
        error_messages={"required": _("Type the code.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class TurnOffForm(forms.Form):
    present = password_field(_("Your password"), autocomplete="current-password")


FIELDS = {"weak_password": "password", "wrong_code": "code", "name_missing": "name"}


@access.form("")
def page(request: MemberRequest) -> HttpResponseBase:
    """/conta. The form on it is the name's."""
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": request.member.name})
    if form.is_valid():
        try:
            acts.rename(request.member.person_id, name=form.cleaned_data["name"])
            messages.success(request, gettext("Your name is saved."))
            return HttpResponseRedirect(reverse("backoffice:myself"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    browsers_here = sessions.of(
        request.member.person_id, this_key=request.session.session_key or "", now=request.now
    )
    facts = {
        "title": gettext("Your account"),
        "form": form,
        "factor": second_factors.of(request.member.person_id),
        "is_required": request.organization.requires_second_factor,
        "sessions": [(each, browsers.told(each.browser)) for each in browsers_here],
    }
    return render(request, "backoffice/myself.html", facts, status=422 if form.is_bound else 200)


@access.form("")
def password(request: MemberRequest) -> HttpResponseBase:
    """/conta/senha. Every other session ends, and this one gets a new key."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (proven := _proven(request, form)):
        try:
            acts.change_password(
                request.member.person_id,
                proven=proven,
                password=form.cleaned_data["password"],
                this_key=request.session.session_key,
            )
            request.session.cycle_key()
            messages.success(
                request, gettext("Your password is changed. You were signed out everywhere else.")
            )
            return HttpResponseRedirect(reverse("backoffice:myself"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    return _form(request, form, "backoffice/myself_form.html", gettext("Change the password"))


@access.form("")
def second_factor(request: MemberRequest) -> HttpResponseBase:
    """/conta/segundo-fator: the QR of a new secret, which counts when its first code was typed. The recovery codes are shown
    after that, once."""
    if second_factors.of(request.member.person_id) is not None:
        return HttpResponseRedirect(reverse("backoffice:myself"))
    if "new_secret" not in request.session:
        request.session["new_secret"] = crypto.seal(second_factors.new_secret())
    secret = crypto.open(request.session["new_secret"])
    form = TurnOnForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (proven := _proven(request, form)):
        try:
            codes = factor_acts.turn_on(
                request.member.person_id,
                proven=proven,
                secret=secret,
                code=form.cleaned_data["code"],
                this_key=request.session.session_key,
                now=request.now,
            )
            del request.session["new_secret"]
            request.session["has_second_factor"] = True
            request.session.cycle_key()
            return _secret(
                request,
                "backoffice/recovery_codes.html",
                {"title": gettext("Recovery codes"), "codes": codes},
            )
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    qr = segno.make(second_factors.address(secret, email=request.member.email), error="m", micro=False)
    facts = {
        "title": gettext("Turn on the second factor"),
        "form": form,
        "is_required": request.organization.requires_second_factor,
        # Attributes only: our policy lets no style in.
        "qr": mark_safe(qr.svg_inline(scale=4, border=4, dark="#000", light="#fff")),
        "typed": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "crumbs": _crumbs(gettext("Turn on the second factor")),
    }
    return _secret(request, "backoffice/second_factor.html", facts, status=422 if form.is_bound else 200)


@access.form("")
def second_factor_off(request: MemberRequest) -> HttpResponseBase:
    form = TurnOffForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and (proven := _proven(request, form)):
        factor_acts.turn_off(request.member.person_id, proven=proven)
        request.session["has_second_factor"] = False
        request.session.cycle_key()
        messages.success(request, gettext("The second factor is off: your password alone lets you in."))
        return HttpResponseRedirect(reverse("backoffice:myself"))
    return _form(request, form, "backoffice/myself_form.html", gettext("Turn off the second factor"))


@access.act("")
def end_session(request: MemberRequest) -> HttpResponseBase:
    acts.end_session(request.member.person_id, request.POST.get("session", ""))
    messages.success(request, gettext("Signed out there."))
    return HttpResponseRedirect(reverse("backoffice:myself"))


@access.act("")
def end_other_sessions(request: MemberRequest) -> HttpResponseBase:
    acts.end_other_sessions(request.member.person_id, this_key=request.session.session_key)
    messages.success(request, gettext("Signed out everywhere else."))
    return HttpResponseRedirect(reverse("backoffice:myself"))


def _proven(request: MemberRequest, form: forms.Form) -> str | None:
    """The proof of the password typed in `present`; without it the form says so."""
    try:
        proven = sign_in_action.is_themself(
            request.member.person_id,
            password=form.cleaned_data["present"],
            address=signed_in.address(request),
            now=request.now,
        )
    except Refusal as refusal:
        form.add_error("present", texts.render(refusal))
        return None
    if proven is None:
        form.add_error("present", gettext("This is not your password."))
    return proven


def _form(request: MemberRequest, form: forms.Form, template: str, title: str) -> HttpResponseBase:
    facts = {"title": title, "form": form, "crumbs": _crumbs(title)}
    return render(request, template, facts, status=422 if form.is_bound else 200)


def _crumbs(title: str) -> list[dict[str, str]]:
    return [{"label": gettext("Your account"), "href": reverse("backoffice:myself")}, {"label": title}]


def _secret(
    request: MemberRequest, template: str, facts: dict[str, object], *, status: int = 200
) -> HttpResponseBase:
    """A page that no cache keeps."""
    response = render(request, template, facts, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
