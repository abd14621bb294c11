"""Signing in and out."""

from __future__ import annotations

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
from perene.kit import clock


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


@access.public
def page(request: HttpRequest) -> HttpResponseBase:
    """The form. Who is signed in already goes on; a wrong password and an unknown e-mail look and cost the same."""
    onward = request.POST.get("next") or request.GET.get("next", "")
    onward = onward if access.is_ours(request, onward) else "/"
    if request.method == "GET" and signed_in.read(request) is not None:
        return HttpResponseRedirect(onward)
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        person_id = sign_in_action.person(
            email=form.cleaned_data["email"], password=form.cleaned_data["password"], now=clock.now()
        )
        if person_id is not None:
            return _entered(request, person_id, onward)
        form.add_error(
            None, gettext("This e-mail and password do not belong together. Check both and try again.")
        )
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/sign_in.html", {"form": form, "next": onward}, status=status)


def _entered(request: HttpRequest, person_id: object, onward: str) -> HttpResponse:
    signed_in.begin(request, person_id)  # type: ignore[arg-type]
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
