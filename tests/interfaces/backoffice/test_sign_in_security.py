"""Throttling, the second factor, sessions, headers and cookies, and what logs must not hold."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from datetime import timedelta
from http.cookies import Morsel

import pyotp
import pytest
import time_machine
from django.test import Client, override_settings

from perene.actions import second_factor as second_factor_acts
from perene.actions import sign_in as sign_in_acts
from perene.apps.organizations.models import Membership, Organization, Session, Throttle
from perene.kit import tenancy
from tests.ground import Database
from tests.interfaces.backoffice import staff
from tests.interfaces.backoffice.staff import NEW_PASSWORD, OWNER, PASSWORD, Staff

WRONG = "E-mail e senha não conferem"
WAIT = re.compile(r"Muitas tentativas\. Espere (\d+) min e tente de novo\.")
SECRET = re.compile(r'Digite esta chave no aplicativo: <span class="mono">([A-Z2-7 ]+)</span>')


@pytest.fixture
def here(database: Database) -> Staff:
    return staff.build()


def waits(answer) -> int | None:  # type: ignore[no-untyped-def]
    """The minutes that an answer tells to wait; None when it tells nothing."""
    found = WAIT.search(answer.content.decode())
    assert (answer.status_code == 429) == (found is not None)
    return int(found.group(1)) if found else None


# ------------------------------------------------------------- throttling


@pytest.mark.parametrize("email", [OWNER, "ninguem@example.com"])
def test_failures_make_wait_longer_and_longer_whether_the_account_exists_or_not(
    here: Staff, email: str
) -> None:
    client, begun = staff.browser(), staff.now()
    with time_machine.travel(begun, tick=False) as clock:
        told = []
        for _ in range(9):
            told.append(waits(staff.enter(client, email, "errada-errada")))
            if told[-1]:
                # Waiting is not shortened, nor lengthened, by asking meanwhile; the right password waits too.
                assert waits(staff.enter(client, email, PASSWORD)) == told[-1]
                clock.shift(timedelta(minutes=told[-1]))
    assert told == [None] * 5 + [1, None, 2, None]


def test_the_right_password_ends_it(here: Staff) -> None:
    client = staff.browser()
    for _ in range(4):
        assert WRONG in staff.enter(client, OWNER, "errada-errada").content.decode()
    assert staff.enter(client, OWNER).status_code == 302
    for _ in range(4):
        assert WRONG in staff.enter(client, OWNER, "errada-errada").content.decode()
    with tenancy.unscoped("test"):
        assert sorted(Throttle.objects.values_list("failures", flat=True)) == [4, 8]


def test_many_names_from_one_address_wait_and_others_do_not(here: Staff) -> None:
    for number in range(30):
        assert waits(staff.enter(staff.browser(), f"ninguem{number}@example.com", "errada-errada")) is None
    assert waits(staff.enter(staff.browser(), "ainda@example.com", "errada-errada")) == 1
    assert waits(staff.enter(staff.browser(), OWNER)) == 1
    assert staff.enter(staff.browser(REMOTE_ADDR="10.9.8.7"), OWNER).status_code == 302


def test_whoever_signs_in_rightly_does_not_use_an_address_up(here: Staff) -> None:
    for _ in range(35):
        assert staff.enter(staff.browser(), OWNER).status_code == 302


def test_an_address_is_what_our_proxy_says_and_not_what_the_browser_says(here: Staff) -> None:
    def sessions_address(**given: str) -> str:
        staff.signed_in(OWNER, **given)
        with tenancy.unscoped("test"):
            return Session.objects.exclude(person_id=None).latest("began_at").address

    forged = {"HTTP_X_FORWARDED_FOR": "1.2.3.4, 203.0.113.9"}
    assert sessions_address(**forged) == "127.0.0.1"
    with override_settings(PROXIES=1):
        assert sessions_address(**forged) == "203.0.113.9"
        assert sessions_address() == "127.0.0.1"


# ------------------------------------------------------------- second factor


def turned_on(client: Client, *, password: str = PASSWORD) -> tuple[pyotp.TOTP, list[str]]:
    page = client.get("/conta/segundo-fator")
    assert page.headers["Cache-Control"] == "no-store"
    body = page.content.decode()
    assert "<svg" in body and "style=" not in body
    totp = pyotp.TOTP(SECRET.search(body).group(1).replace(" ", ""))
    answer = client.post("/conta/segundo-fator", {"present": password, "code": totp.at(staff.now())})
    assert answer.status_code == 200
    codes = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", answer.content.decode())
    assert len(set(codes)) == 10
    return totp, codes


def test_the_second_factor_asks_for_a_code_after_the_password(here: Staff) -> None:
    with time_machine.travel(staff.now(), tick=False) as clock:
        totp, _codes = turned_on(staff.signed_in(OWNER))
        client = staff.browser()
        answer = staff.enter(client, OWNER, next="/clientes")
        assert answer.headers["Location"] == "/entrar/codigo"
        # The password alone opens nothing.
        assert client.get("/clientes").headers["Location"].startswith("/entrar")
        assert client.get("/organizacoes").headers["Location"] == "/entrar"
        half = client.cookies["sessionid"].value
        clock.shift(timedelta(seconds=30))
        wrong = client.post("/entrar/codigo", {"code": "000000"})
        assert wrong.status_code == 422
        assert "Este código não confere" in wrong.content.decode()
        answer = client.post("/entrar/codigo", {"code": totp.at(staff.now())})
        assert answer.headers["Location"] == "/clientes"
        assert client.cookies["sessionid"].value != half
        assert client.get("/clientes").status_code == 200


def test_a_code_counts_once_and_is_good_for_a_step_aside(here: Staff) -> None:
    with time_machine.travel(staff.now(), tick=False) as clock:
        totp, _codes = turned_on(staff.signed_in(OWNER))

        def tried(code: str) -> int:
            client = staff.browser()
            staff.enter(client, OWNER)
            return client.post("/entrar/codigo", {"code": code}).status_code

        assert tried(totp.at(staff.now())) == 422  # used up when it was turned on
        clock.shift(timedelta(seconds=60))
        present = totp.at(staff.now())
        assert tried(totp.at(staff.now() - timedelta(seconds=90))) == 422
        assert tried(present) == 302
        assert tried(present) == 422
        assert tried(totp.at(staff.now() - timedelta(seconds=30))) == 422  # older than one that was used
        assert tried(totp.at(staff.now() + timedelta(seconds=30))) == 302


def test_each_recovery_code_lets_in_once(here: Staff) -> None:
    _totp, codes = turned_on(staff.signed_in(OWNER))

    def tried(code: str) -> int:
        client = staff.browser()
        staff.enter(client, OWNER)
        return client.post("/entrar/codigo", {"code": code}).status_code

    assert tried(f" {codes[3].upper()} ") == 302
    assert tried(codes[3]) == 422
    assert tried(codes[4]) == 302


def test_guessing_codes_waits_too_and_the_wait_for_a_code_ends(here: Staff) -> None:
    turned_on(staff.signed_in(OWNER))
    with time_machine.travel(staff.now(), tick=False) as clock:
        client = staff.browser()
        staff.enter(client, OWNER)
        for _ in range(5):
            assert client.post("/entrar/codigo", {"code": "000000"}).status_code == 422
        assert waits(client.post("/entrar/codigo", {"code": "000000"})) == 1
        # A new beginning does not help.
        again = staff.browser()
        staff.enter(again, OWNER)
        assert waits(again.post("/entrar/codigo", {"code": "000000"})) == 1
        clock.shift(timedelta(minutes=11))
        assert client.get("/entrar/codigo").headers["Location"] == "/entrar"


def test_turning_on_wants_the_password_and_a_code_that_works(here: Staff) -> None:
    client = staff.signed_in(OWNER)
    secret = SECRET.search(client.get("/conta/segundo-fator").content.decode()).group(1).replace(" ", "")
    code = pyotp.TOTP(secret).at(staff.now())
    for given, said in (
        ({"present": "errada-errada", "code": code}, "Esta não é a sua senha."),
        ({"present": PASSWORD, "code": "000000"}, "O código não confere"),
    ):
        answer = client.post("/conta/segundo-fator", given)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert staff.enter(staff.browser(), OWNER).headers["Location"] == "/"


def test_it_is_turned_off_with_the_password(here: Staff) -> None:
    client = staff.signed_in(OWNER)
    turned_on(client)
    assert client.post("/conta/segundo-fator/desligar", {"present": "errada-errada"}).status_code == 422
    assert staff.enter(staff.browser(), OWNER).headers["Location"] == "/entrar/codigo"
    assert client.post("/conta/segundo-fator/desligar", {"present": PASSWORD}).status_code == 302
    assert staff.enter(staff.browser(), OWNER).headers["Location"] == "/"


def test_a_lost_telephone_is_put_right_by_an_owners_link(here: Staff) -> None:
    turned_on(staff.signed_in(staff.SALES))
    member = staff.membership(here.here, staff.SALES)
    owner = staff.signed_in(OWNER)
    for given, leads_to in (({}, "/entrar/codigo"), ({"drops_second_factor": "yes"}, "/")):
        page = owner.post(f"/pessoas/{member.id}/nova-senha", given).content.decode()
        path = re.search(r'value="http://localhost(/nova-senha/[\w-]+)"', page).group(1)
        guest = staff.browser()
        guest.get(path)
        guest.post("/nova-senha", {"password": NEW_PASSWORD, "again": NEW_PASSWORD})
        assert staff.enter(staff.browser(), staff.SALES, NEW_PASSWORD).headers["Location"] == leads_to


def test_an_organization_may_ask_everybody_for_it(here: Staff) -> None:
    sales = staff.signed_in(staff.SALES)
    with tenancy.organization(here.here):
        Organization.objects.update(requires_second_factor=True)
    for path in ("/clientes", "/", "/conta/senha"):
        assert sales.get(path).headers["Location"].startswith("/conta/segundo-fator")
    assert sales.post("/planos/novo").headers["Location"].startswith("/conta/segundo-fator")
    assert "exige segundo fator de todos" in sales.get("/conta/segundo-fator").content.decode()
    turned_on(sales)
    assert sales.get("/clientes").status_code == 200


def test_only_its_digest_and_its_sealed_form_are_stored(here: Staff, database: Database) -> None:
    totp, codes = turned_on(staff.signed_in(OWNER))
    with database.everything() as connection:
        kept = str(connection.execute("SELECT to_jsonb(c) FROM organizations_credential c").fetchall())
    assert totp.secret not in kept
    assert not [code for code in codes if code in kept]
    assert PASSWORD not in kept


# ------------------------------------------------------------- sessions


def test_the_list_of_sessions_and_signing_out_of_one_and_of_all_others(here: Staff) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    first, second, third = (staff.signed_in(OWNER) for _ in range(3))
    fourth = staff.signed_in(OWNER, HTTP_USER_AGENT=firefox)
    stranger = staff.signed_in(staff.STRANGER)
    page = first.get("/conta").content.decode()
    assert page.count('name="session"') == 3
    assert "Firefox, Linux" in page
    with tenancy.unscoped("test"):
        of_stranger = Session.objects.get(person_id=staff.person_id(here.abroad, staff.STRANGER))
        of_fourth = Session.objects.get(browser=firefox)
    first.post("/conta/sessoes/encerrar", {"session": of_fourth.session_key})
    assert fourth.get("/conta").status_code == 302
    first.post("/conta/sessoes/encerrar", {"session": of_stranger.session_key})
    assert stranger.get("/conta").status_code == 200
    first.post("/conta/sessoes/encerrar-outras")
    assert [client.get("/conta").status_code for client in (first, second, third, stranger)] == [
        200,
        302,
        302,
        200,
    ]


def test_a_new_password_ends_the_other_sessions_and_changes_this_ones_key(here: Staff) -> None:
    client, other = staff.signed_in(OWNER), staff.signed_in(OWNER)
    before = client.cookies["sessionid"].value
    for given, said in (
        (
            {"present": "errada-errada", "password": NEW_PASSWORD, "again": NEW_PASSWORD},
            "Esta não é a sua senha.",
        ),
        ({"present": PASSWORD, "password": "1234567890", "again": "1234567890"}, "que não seja comum"),
        ({"present": PASSWORD, "password": NEW_PASSWORD, "again": "x"}, "As duas senhas não são iguais"),
    ):
        answer = client.post("/conta/senha", given)
        assert answer.status_code == 422
        assert said in answer.content.decode()
    assert other.get("/conta").status_code == 200
    given = {"present": PASSWORD, "password": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert client.post("/conta/senha", given).headers["Location"] == "/conta"
    assert client.cookies["sessionid"].value != before
    assert client.get("/conta").status_code == 200
    assert other.get("/conta").status_code == 302
    assert staff.enter(staff.browser(), OWNER).status_code == 422
    staff.signed_in(OWNER, NEW_PASSWORD)


def test_the_table_of_sessions_gives_nobody_a_session(here: Staff, database: Database) -> None:
    """Neither what is stored as its key nor a copy of the victim's content under a key of one's own."""
    victim = staff.signed_in(OWNER)
    thief = staff.signed_in(staff.STRANGER)
    with tenancy.unscoped("test"):
        row = Session.objects.get(person_id=staff.person_id(here.here, OWNER))
        assert row.session_key != victim.cookies["sessionid"].value
        Session.objects.filter(person_id=staff.person_id(here.abroad, staff.STRANGER)).update(
            session_data=row.session_data
        )
    assert thief.get("/conta").headers["Location"].startswith("/entrar")
    forged = staff.browser()
    forged.cookies["sessionid"] = row.session_key
    assert forged.get("/conta").headers["Location"].startswith("/entrar")


def test_what_is_over_is_forgotten(here: Staff) -> None:
    staff.signed_in(OWNER)
    staff.enter(staff.browser(), "ninguem@example.com", "errada-errada")

    def left(hours: int) -> tuple[int, int]:
        with tenancy.unscoped("test"):
            sign_in_acts.forget_old(now=staff.now() + timedelta(hours=hours))
            return Session.objects.exclude(person_id=None).count(), Throttle.objects.count()

    assert left(11)[0] == 1
    assert left(13)[0] == 0
    assert left(24)[1] > 0
    assert left(26)[1] == 0


def test_an_organization_that_is_closed_lets_nobody_go_on(here: Staff) -> None:
    client = staff.signed_in(OWNER)
    with tenancy.organization(here.here):
        Organization.objects.update(is_active=False)
    assert client.get("/clientes").headers["Location"].startswith("/entrar")
    assert staff.enter(staff.browser(), OWNER).status_code == 422


# ------------------------------------------------------------- what a checklist asks


def test_headers(here: Staff) -> None:
    client = staff.signed_in(OWNER)
    for answer in (staff.browser().get("/entrar"), client.get("/clientes"), client.get("/nada")):
        headers = answer.headers
        policy = headers["Content-Security-Policy"]
        for part in (
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ):
            assert part in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] in (
            "private, no-cache",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        )
        assert "Server" not in headers and "X-Powered-By" not in headers


HTTPS = {
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "COOKIE_PREFIX": "__Host-",
    "SESSION_COOKIE_NAME": "__Host-sessionid",
    "CSRF_COOKIE_NAME": "__Host-csrftoken",
    "SECURE_HSTS_SECONDS": 31_536_000,
}


def test_cookies_under_https_are_for_this_host_alone(here: Staff) -> None:
    with override_settings(**HTTPS):
        client = staff.browser()
        client.get("/entrar", secure=True)
        answer = client.post("/entrar", {"email": OWNER, "password": PASSWORD}, secure=True)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        names = {"__Host-sessionid", "__Host-csrftoken", "__Host-organization"}
        assert set(client.cookies) == names
        for name in names:
            cookie: Morsel[str] = client.cookies[name]
            assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
            assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_the_settings_say_so_when_https_is_on() -> None:
    """The same names and flags, as the settings make them."""
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from perene.config import settings as s; print(*[getattr(s, name) for name in "
            f"{sorted(HTTPS)!r}], s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_HTTPONLY, s.PROXIES)",
        ],
        env={**os.environ, "PERENE_HTTPS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == [str(HTTPS[name]) for name in sorted(HTTPS)] + ["True", "True", "1"]


def test_no_secret_is_logged(here: Staff, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    client = staff.signed_in(OWNER)
    totp, codes = turned_on(client)
    staff.enter(staff.browser(), OWNER, "senha-que-nao-e")
    page = client.post("/pessoas/convidar", {"email": "n@example.com", "role": "sales", "scope": "all"})
    token = re.search(r"/convite/([\w-]+)", page.content.decode()).group(1)
    guest = staff.browser()
    guest.get(f"/convite/{token}", follow=True)
    guest.post("/convite", {"name": "", "password": NEW_PASSWORD})
    guest.post("/convite", {"name": "N", "password": NEW_PASSWORD})
    guest.get(f"/convite/{token}", follow=True)  # used: 410, which Django notes with its path
    said = caplog.text
    for secret in (
        PASSWORD,
        NEW_PASSWORD,
        "senha-que-nao-e",
        totp.secret,
        *codes,
        token,
        client.cookies["sessionid"].value,
    ):
        assert secret not in said


@pytest.mark.parametrize(
    "path",
    [
        "/busca?q=%00",
        "/clientes?q=a%00b",
        "/clientes?after=WyJcdTAwMDAiLDFd",
        "/entrar?next=%00",
        "/auditoria?until=31/12/9999",
        "/auditoria?since=01/01/0001",
        "/auditoria?row=%00",
        "/clientes?%00=1",
    ],
)
def test_nothing_typed_into_an_address_breaks_a_page(here: Staff, path: str) -> None:
    assert staff.signed_in(OWNER).get(path).status_code in (200, 302, 400)


def test_a_nul_in_a_form_is_refused(here: Staff) -> None:
    client = staff.signed_in(OWNER)
    before = _names(here)
    assert client.post("/conta", {"name": "Do\x00na"}).status_code == 400
    assert _names(here) == before
    assert staff.enter(staff.browser(), "a\x00b@example.com", "x\x00y").status_code == 422


def _names(here: Staff) -> list[str]:
    with tenancy.organization(here.here):
        return sorted(Membership.objects.values_list("person__name", flat=True))


def test_turning_on_twice_at_once_keeps_the_first(here: Staff) -> None:
    """Somebody's second form, still open in another tab, leads to their account."""
    client = staff.signed_in(OWNER)
    turned_on(client)
    assert client.get("/conta/segundo-fator").headers["Location"] == "/conta"
    owner = staff.person_id(here.here, OWNER)
    with tenancy.organization(here.here, person_id=owner):
        assert second_factor_acts.turn_off(owner, proven="argon2$nothing") is False
