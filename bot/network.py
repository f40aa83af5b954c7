"""Network access: the proxy and the certificates that the environment sets, the same for every service."""

import ipaddress
import os
import ssl
from urllib.parse import SplitResult, urlsplit

import httpx

from bot.errors import SettingsError

DEFAULT_PORTS = {"http": 80, "https": 443}


def find_proxy(url: str) -> str | None:
    """The proxy to use for a URL, or None; raise SettingsError if the environment cannot be read.

    HTTPS_PROXY or HTTP_PROXY (by the scheme of the URL) goes first, then ALL_PROXY. Hosts in NO_PROXY use no proxy.
    """
    target = urlsplit(url)
    entries = [entry.strip() for entry in _value("NO_PROXY").split(",") if entry.strip()]
    covering = [entry for entry in entries if _covers(entry, target)]
    name = next((name for name in (f"{target.scheme.upper()}_PROXY", "ALL_PROXY") if _value(name)), None)
    return None if name is None or covering else _read_proxy(name)


def make_tls_context() -> ssl.SSLContext:
    """Make the context that verifies servers, with the certificates in SSL_CERT_FILE; raise SettingsError."""
    try:
        return httpx.create_ssl_context()
    except OSError as unusable:  # ssl.SSLError is one
        raise SettingsError(
            f"SSL_CERT_FILE contains no readable certificates ({type(unusable).__name__}): correct it or unset it."
        ) from None


def _value(name: str) -> str:
    """The value of a variable; its lowercase name goes before its uppercase name."""
    return (os.environ.get(name.lower()) or os.environ.get(name) or "").strip()


def _read_proxy(name: str) -> str:
    """Read a proxy variable that is set; errors do not repeat its value, because it may contain a password."""
    value = _value(name)
    proxy = value if "://" in value else f"http://{value}"
    if proxy.lower().startswith("socks"):
        raise SettingsError(f"{name} is a SOCKS proxy, which the bot does not support: use an HTTP proxy, or unset it.")
    try:
        is_usable = bool(httpx.Proxy(proxy).url.host) and urlsplit(proxy).port != 0
    except (ValueError, httpx.InvalidURL):
        is_usable = False
    if not is_usable:
        raise SettingsError(f"{name} is not a proxy URL: write it as http://host:port.")
    return proxy


def _covers(entry: str, target: SplitResult) -> bool:
    """Whether an entry of NO_PROXY (a name, a domain, an IP address or an IPv4 network) covers a URL."""
    host = target.hostname or ""
    if entry == "*":
        return True
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return _names(entry.lower(), host, port=target.port or DEFAULT_PORTS.get(target.scheme))
    if network.version == 6 and network.num_addresses > 1:  # noqa: PLR2004 - IPv6
        raise _unreadable(entry)
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def _names(entry: str, host: str, *, port: int | None) -> bool:
    name, _, its_port = entry.rpartition("://")[2].lstrip("*").partition(":")
    if set(name) & set("[]/ ") or not (its_port.isdecimal() or not its_port):
        raise _unreadable(entry)
    fits = host == name.removeprefix(".") or host.endswith(f".{name.removeprefix('.')}")
    return fits and its_port in {"", str(port)}


def _unreadable(entry: str) -> SettingsError:
    return SettingsError(
        f"NO_PROXY contains {entry}, which cannot be read: list host names, IP addresses such as ::1, or IPv4 networks."
    )
