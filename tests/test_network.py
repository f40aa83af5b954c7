"""Network access: the proxy that the environment sets for a URL, and the certificates."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.network import find_proxy, make_tls_context

OPENROUTER = "https://openrouter.ai/api/v1"
PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies and no certificates are set."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        (OPENROUTER, {}, None),
        (OPENROUTER, {"HTTPS_PROXY": PROXY}, PROXY),
        (OPENROUTER, {"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        (OPENROUTER, {"HTTP_PROXY": PROXY}, None),
        (OPENROUTER, {"HTTPS_PROXY": "", "ALL_PROXY": PROXY}, PROXY),
        (OPENROUTER, {"HTTPS_PROXY": PROXY, "ALL_PROXY": "socks5://127.0.0.1"}, PROXY),
        (OPENROUTER, {"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        (OPENROUTER, {"HTTPS_PROXY": "https://u:p%40@proxy:8443/"}, "https://u:p%40@proxy:8443/"),
        ("http://127.0.0.1:8080/v1", {"HTTP_PROXY": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
    ],
)
def test_proxy_of_a_url(
    monkeypatch: pytest.MonkeyPatch, *, url: str, environment: dict[str, str], expected: str | None
) -> None:
    """By the scheme of the URL, then ALL_PROXY; lowercase names go first."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert expected == find_proxy(url)


@pytest.mark.parametrize(
    ("no_proxy", "url", "is_exempt"),
    [
        ("*", OPENROUTER, True),
        ("localhost, openrouter.ai", OPENROUTER, True),
        ("OpenRouter.AI", OPENROUTER, True),
        (".openrouter.ai", OPENROUTER, True),
        ("*.openrouter.ai", "https://api.openrouter.ai", True),
        ("openrouter.ai:443", OPENROUTER, True),
        ("https://openrouter.ai", OPENROUTER, True),
        ("openrouter.ai:8443", OPENROUTER, False),
        ("router.ai", OPENROUTER, False),
        ("10.0.0.0/8,::1", OPENROUTER, False),
        ("10.0.0.0/8", "https://10.1.2.3/v1", True),
        ("10.0.0.0/8", "https://11.1.2.3/v1", False),
        ("10.1.2.3", "https://10.1.2.3/v1", True),
        ("::1", "https://[::1]:8080/v1", True),
        ("", OPENROUTER, False),
        (" , ", OPENROUTER, False),
    ],
)
def test_no_proxy(monkeypatch: pytest.MonkeyPatch, *, no_proxy: str, url: str, is_exempt: bool) -> None:
    """Names with their subdomains, addresses and networks, with or without a port."""
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (None if is_exempt else PROXY) == find_proxy(url)


@pytest.mark.parametrize("value", ["http://", "http://:3128", "ftp://proxy", "http://h:99999", "http://[::1"])
def test_invalid_proxy_is_refused_without_its_value(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """It may contain a password."""
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(SettingsError) as refused:
        find_proxy(OPENROUTER)
    assert "HTTPS_PROXY is not a proxy URL: write it as http://host:port." == refused.value.operator_sentence


def test_the_operators_certificates_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From SSL_CERT_FILE; a file without any is refused."""
    assert make_tls_context().get_ca_certs()
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(empty))
    with pytest.raises(SettingsError, match=r"^SSL_CERT_FILE contains no readable certificates \(SSLError\)"):
        make_tls_context()
