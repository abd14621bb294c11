"""Where an organization may have its webhooks sent. Whoever types an address makes this machine call it: it must not lead into
the network that the machine stands in (server-side request forgery)."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from perene.rules.refusals import Refusal

LONGEST = 2000
LOOPBACK_NAMES = ("localhost",)


def check(url: str, *, is_sandbox: bool) -> None:
    """Raises Refusal `webhook_url_bad`, `webhook_url_not_https`, `webhook_url_private`. A sandbox may use http, and the
    loopback address of the machine: that is where somebody tries things out. What a name leads to is asked at each call."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if not is_plain or not host or parts.scheme not in ("http", "https") or parts.username or parts.fragment:
        raise Refusal(
            "webhook_url_bad",
            "“{url}” is not an address that can be called: write it whole, like https://sistema.example.com/perene.",
            url=url[:100],
        )
    literal = _literal(host)
    is_loopback = host in LOOPBACK_NAMES or (literal is not None and literal.is_loopback)
    if (literal is not None and not may_call(host, is_sandbox=is_sandbox)) or (
        is_loopback and not is_sandbox
    ):
        raise Refusal(
            "webhook_url_private",
            "“{host}” is an address inside a private network: give one that is reached over the internet.",
            host=host,
        )
    if parts.scheme != "https" and not (is_sandbox and is_loopback):
        raise Refusal(
            "webhook_url_not_https",
            "The address must begin with https://: what is sent holds amounts and customers.",
        )


def may_call(ip: str, *, is_sandbox: bool) -> bool:
    """Whether this IP address may be called: a public one, or (a sandbox) the machine's own loopback."""
    address = _literal(ip)
    if address is None:
        return False
    if address.is_loopback:
        return is_sandbox
    return address.is_global and not address.is_multicast


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    # ::ffff:127.0.0.1, 64:ff9b::7f00:1 and 2002:7f00:1:: lead to the IPv4 address inside them.
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if int(address) >> 32 == 0x64FF9B << 64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
