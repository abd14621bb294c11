"""Addresses that webhooks may be sent to."""

import pytest

from perene.rules import addresses
from tests.rules.refused import refused


@pytest.mark.parametrize(
    "url", ["https://sistema.example.com/perene", "https://8.8.8.8:8443/x?y=1", "https://[2606:4700::1111]/"]
)
def test_public_addresses_over_tls(url: str) -> None:
    for is_sandbox in (False, True):
        addresses.check(url, is_sandbox=is_sandbox)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/x", "http://127.0.0.1/", "http://[::1]:9/", "https://localhost/"]
)
def test_loopback_is_for_sandboxes(url: str) -> None:
    addresses.check(url, is_sandbox=True)
    with refused("webhook_url_private"):
        addresses.check(url, is_sandbox=False)


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.9",
        "169.254.169.254",
        "[fc00::1]",
        "[fe80::1]",
        "0.0.0.0",
        "[::]",
        "100.64.0.1",
        "[::ffff:10.0.0.1]",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_private_networks_are_for_nobody(host: str) -> None:
    for is_sandbox in (False, True):
        with refused("webhook_url_private"):
            addresses.check(f"https://{host}/", is_sandbox=is_sandbox)


@pytest.mark.parametrize("is_sandbox", [False, True])
def test_without_tls(is_sandbox: bool) -> None:
    with refused("webhook_url_not_https"):
        addresses.check("http://sistema.example.com/", is_sandbox=is_sandbox)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sistema.example.com",
        "ftp://example.com/",
        "https://",
        "https://ana:senha@example.com/",
        "https://example.com/#x",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://exámple.com/",
        "https://example.com/" + "x" * 2000,
        "javascript:alert(1)",
        "https://example.com/\n",
    ],
)
def test_what_cannot_be_called(url: str) -> None:
    with refused("webhook_url_bad"):
        addresses.check(url, is_sandbox=False)
