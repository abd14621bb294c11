"""What a one-time link opens: an invitation, or a new password. For who is not signed in.

The token leaves the address at once: what follows (a mistyped form, say) may stand in a log, and the token must not.
"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from perene.actions import people as acts
from perene.actions import sign_in as sign_in_action
from perene.interfaces.backoffice import access, fields, signed_in, words
from perene.kit import clock, crypto
from perene.rules.refusals import Refusal


def password_field(label: str, *, hint: str = "", autocomplete: str = "new-password") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=128,
        strip=False,
        help_text=hint,
        error_messages={"required": _("Type a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class AcceptForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        error_messages={"required": _("Type your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password = password_field(
        _("Password"),
        hint=_(
            "If you already use Perene with this e-mail, the password you have. Else a new one of at least 10 characters."
        ),
    )


class NewPasswordForm(forms.Form):
    password = password_field(_("New password"), hint=_("At least 10 characters, and not a common one."))
    again = password_field(_("The same again"))

    def clean(self) -> None:
        given = self.cleaned_data
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", gettext("The two passwords are not the same: type them again."))


FIELDS = {"weak_password": "password", "not_their_password": "password", "name_missing": "name"}


@access.public
def open_invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """/convite/…: keeps the token and goes on."""
    return _kept(request, "invitation", token)


@access.public
def open_password_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """/nova-senha/…: keeps the token and goes on."""
    return _kept(request, "new_password", token)


@access.public
def invitation(request: HttpRequest) -> HttpResponseBase:
    """The person invited joins. The page looks the same whether their e-mail is known here or not."""
    token, now = _token(request, "invitation"), clock.now()
    offer = acts.offered(token, now=now)
    if offer is None:
        return _gone(
            request,
            gettext("This invitation was used, revoked, or is older than three days: ask for a new one."),
        )
    form = AcceptForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            sign_in_action.count_try(email=offer.email, address=signed_in.address(request), now=now)
            acts.accept(
                token, name=form.cleaned_data["name"], password=form.cleaned_data["password"], now=now
            )
            messages.success(request, gettext("Welcome. Sign in with this e-mail and password."))
            return HttpResponseRedirect(reverse("backoffice:sign_in"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
            status = 429 if refusal.code == "too_many_attempts" else 422
    facts = {"form": form, "offer": offer, "role": words.said(words.ROLES, offer.role)}
    return render(request, "backoffice/invitation.html", facts, status=status)


@access.public
def new_password(request: HttpRequest) -> HttpResponseBase:
    """A new password by a link that an owner made."""
    token, now = _token(request, "new_password"), clock.now()
    if not acts.may_set_password(token, now=now):
        return _gone(
            request, gettext("This link was used, replaced, or is older than a day: ask for a new one.")
        )
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            acts.set_password(token, password=form.cleaned_data["password"], now=now)
            messages.success(request, gettext("Your password is set. Sign in with it."))
            return HttpResponseRedirect(reverse("backoffice:sign_in"))
        except Refusal as refusal:
            fields.refuse(form, refusal, FIELDS)
    return render(
        request, "backoffice/new_password.html", {"form": form}, status=422 if form.is_bound else 200
    )


def _kept(request: HttpRequest, kind: str, token: str) -> HttpResponseBase:
    request.session[kind] = crypto.seal(token)
    response = HttpResponseRedirect(reverse(f"backoffice:{kind}"))
    response.headers["Cache-Control"] = "no-store"
    return response


def _token(request: HttpRequest, kind: str) -> str:
    """The token of the link that was opened in this browser; empty, which opens nothing, without one."""
    kept = request.session.get(kind)
    return crypto.open(kept) if kept else ""


def _gone(request: HttpRequest, text: str) -> HttpResponseBase:
    facts = {"status": 410, "title": gettext("This link opens nothing any more"), "text": text}
    return render(request, "backoffice/error.html", facts, status=410)
