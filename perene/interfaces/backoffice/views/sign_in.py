"""Signing in and out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import sign_in as sign_in_action
from perene.interfaces.backoffice import access, signed_in
from perene.kit import clock, texts
from perene.rules.refusals import Refusal


class Form(forms.Form):
    email = forms.CharField(
        label=_("E-mail"),
        max_length=254,
        error_messages={"required": _("Type your e-mail.")},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        error_messages={"required": _("Type your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("Six digits from the app on your telephone, or one of your recovery codes."),
        error_messages={"required": _("Type the code.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autofocus": True,
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        ),
    )


@access.public
def page(request: HttpRequest) -> HttpResponseBase:
    """The form. Who is signed in already goes on; a wrong password and an unknown e-mail look and cost the same."""
    onward = request.POST.get("next") or request.GET.get("next", "")
    onward = onward if access.is_ours(request, onward) else "/"
    if request.method == "GET" and signed_in.read(request) is not None:
        return HttpResponseRedirect(onward)
    form, now = Form(request.POST if request.method == "POST" else None), clock.now()
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            known = sign_in_action.person(
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                address=signed_in.address(request),
                now=now,
            )
        except Refusal as refusal:
            form.add_error(None, texts.render(refusal))
            status = 429
        else:
            if known is not None and known.needs_code:
                signed_in.await_code(request, known.person_id, onward=onward, now=now)
                return HttpResponseRedirect(reverse("backoffice:sign_in_code"))
            if known is not None:
                return _entered(request, known.person_id, onward, has_second_factor=False, now=now)
            form.add_error(
                None, gettext("This e-mail and password do not belong together. Check both and try again.")
            )
    return render(request, "backoffice/sign_in.html", {"form": form, "next": onward}, status=status)


@access.public
def code(request: HttpRequest) -> HttpResponseBase:
    """The second step, for who has a second factor."""
    now = clock.now()
    awaited = signed_in.awaited(request, now=now)
    if awaited is None:
        return HttpResponseRedirect(reverse("backoffice:sign_in"))
    person_id, onward = awaited
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            is_right = sign_in_action.code(
                person_id, code=form.cleaned_data["code"], address=signed_in.address(request), now=now
            )
        except Refusal as refusal:
            form.add_error(None, texts.render(refusal))
            status = 429
        else:
            if is_right:
                return _entered(request, person_id, onward, has_second_factor=True, now=now)
            form.add_error(
                "code", gettext("This code is not right, or was used before: type the one the app shows now.")
            )
    return render(request, "backoffice/sign_in_code.html", {"form": form}, status=status)


def _entered(
    request: HttpRequest, person_id: UUID, onward: str, *, has_second_factor: bool, now: datetime
) -> HttpResponse:
    signed_in.begin(request, person_id, has_second_factor=has_second_factor, now=now)
    who = signed_in.read(request)
    if who is None:
        return HttpResponseRedirect(reverse("backoffice:choose"))
    response = HttpResponseRedirect(onward)
    signed_in.remember(response, who.organization_id)
    return response


@access.public
def out(request: HttpRequest) -> HttpResponseBase:
    """Forget the session."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    request.session.flush()
    return HttpResponseRedirect(reverse("backoffice:sign_in"))
