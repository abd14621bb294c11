"""Calls to systems that behave and to systems that do not."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from perene.gateways.webhooks import sending, signing
from perene.gateways.webhooks.sending import Answer, Call
from tests import receiver
from tests.receiver import Receiver


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver.listening() as made:
        yield made


def call(url: str, *, may_call_loopback: bool = True, seconds: float = 5.0) -> Answer:
    (answer,) = sending.send(
        [Call(url, '{"type":"ping"}', {"webhook-id": "1"}, may_call_loopback=may_call_loopback)],
        total_seconds=seconds,
    )
    return answer


def test_a_call_that_is_answered(there: Receiver) -> None:
    answer = call(there.url("/here?x=1"))
    assert (answer.status_code, answer.error, answer.is_success) == (200, "", True)
    assert answer.text == "thanks \ufffd a lot"  # a NUL would not fit into a text column
    (got,) = there.got
    assert (got.path, got.body) == ("/here?x=1", b'{"type":"ping"}')
    assert got.headers["host"] == f"127.0.0.1:{there.port}"
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert got.headers["user-agent"] == "Perene-Webhooks/1"
    assert got.headers["webhook-id"] == "1"


def test_a_status_that_is_no_success(there: Receiver) -> None:
    for status in (301, 400, 404, 410, 429, 500):
        answer = call(there.url(f"/{status}"))
        assert (answer.status_code, answer.is_success) == (status, False)


def test_a_redirect_is_not_followed(there: Receiver) -> None:
    answer = call(there.url("/redirect"))
    assert (answer.status_code, answer.is_success) == (302, False)
    assert [got.path for got in there.got] == ["/redirect"]


def test_what_is_read_is_bounded(there: Receiver) -> None:
    assert call(there.url("/long")).text == "x" * sending.MOST_ANSWER_BYTES


def test_who_hangs_is_left(there: Receiver) -> None:
    answer = call(there.url("/hang"), seconds=0.2)
    assert (answer.status_code, answer.error, answer.is_success) == (None, "timeout", False)


def test_who_never_ends_an_answer_is_left(there: Receiver) -> None:
    answer = call(there.url("/drip"), seconds=0.4)
    assert (answer.status_code, answer.error) == (None, "timeout")


def test_nobody_listens(there: Receiver) -> None:
    assert call("http://127.0.0.1:1/").error == "connection"
    assert call("https://nowhere.invalid/").error == "name"


def test_tls_is_asked_for(there: Receiver) -> None:
    assert call(there.url().replace("http:", "https:")).error == "tls"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.1.2.3",
        "169.254.169.254",
        "[fd00::1]",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_a_private_address_is_not_called(there: Receiver, host: str) -> None:
    answer = call(f"http://{host}:{there.port}/", may_call_loopback=False)
    assert (answer.status_code, answer.error) == (None, "private_address")
    assert there.got == []


def test_a_sandbox_reaches_loopback_and_no_other_private_address(there: Receiver) -> None:
    assert call(f"http://localhost:{there.port}/").is_success
    assert call("http://10.1.2.3/").error == "private_address"


def test_many_at_once_and_one_of_them_hangs(there: Receiver) -> None:
    urls = [there.url("/hang"), *(there.url(f"/{number}") for number in (200, 201, 500))]
    answers = sending.send([Call(url, "{}", {}, may_call_loopback=True) for url in urls], total_seconds=0.5)
    assert [answer.status_code for answer in answers] == [None, 200, 201, 500]


def test_no_proxy_of_the_environment_is_asked(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert call(there.url()).is_success


# ------------------------------------------------------------- TLS by name


@pytest.fixture
def with_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with a certificate for `localhost`, which is trusted meanwhile. Its port."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            key,
            "-out",
            certificate,
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
        ],
        check=True,
        capture_output=True,
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sending._trust.cache_clear()
    yield server.server_address[1]
    sending._trust.cache_clear()
    server.shutdown()
    server.server_close()


def test_the_certificate_is_checked_for_the_name_and_not_the_address(with_tls: int) -> None:
    assert call(f"https://localhost:{with_tls}/").status_code == 204
    assert call(f"https://127.0.0.1:{with_tls}/").error == "tls"


# ------------------------------------------------------------- signatures


def test_a_signature_is_what_receivers_libraries_expect() -> None:
    secret, former = signing.new_secret(), signing.new_secret()
    assert secret.startswith("whsec_") and secret != former
    at, body = datetime.now(UTC), '{"nome":"José"}'
    headers = signing.headers("msg", body, secrets=[secret, former], at=at)
    assert headers["webhook-timestamp"] == str(int(at.timestamp()))
    for each in (secret, former):
        assert Webhook(each).verify(body, headers) == {"nome": "José"}
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body.replace("José", "Jose"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers | {"webhook-id": "other"})


def test_the_example_of_the_specification() -> None:
    """From the libraries of the Standard Webhooks project."""
    headers = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        '{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        at=datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
