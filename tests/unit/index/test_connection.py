from __future__ import annotations

from pathlib import Path

import pytest

from venvoy.errors import Problem
from venvoy.index.connection import Pools, Settings, settings
from venvoy.index.pip_config import PipConfig, Sourced


def test_proxies_come_from_variables_of_either_case() -> None:
    made = settings(PipConfig(), {"https_proxy": "http://p.example:1", "HTTP_PROXY": "http://q.example:2"}, {})
    assert made.proxy_for("https://a.example/") == Sourced("http://p.example:1", "https_proxy")
    assert made.proxy_for("http://a.example/") == Sourced("http://q.example:2", "HTTP_PROXY")


def test_pips_proxy_wins_and_the_systems_comes_last() -> None:
    system = {"https": "http://system.example:1"}
    assert settings(PipConfig(), {}, system).proxies["https"] == Sourced(
        "http://system.example:1", "the system's settings"
    )
    environ = {"HTTPS_PROXY": "http://variable.example:1"}
    assert settings(PipConfig(), environ, system).proxies == {
        "https": Sourced("http://variable.example:1", "HTTPS_PROXY")
    }
    config = PipConfig(proxy=Sourced("http://pip.example:1", "PIP_PROXY"))
    assert settings(config, environ, system).proxies == {"all": Sourced("http://pip.example:1", "PIP_PROXY")}


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("a.example", "https://a.example/", True),
        ("a.example", "https://x.a.example/", True),
        (".a.example", "https://x.a.example/", True),
        ("*.a.example", "https://x.a.example/", True),
        ("a.example", "https://ba.example/", False),
        ("b.example, a.example:8443", "https://a.example:8443/", True),
        ("a.example:8443", "https://a.example/", False),
        ("*", "https://a.example/", True),
        ("10.0.0.0/8", "https://10.1.2.3/", True),
        ("10.0.0.0/8", "https://11.1.2.3/", False),
        ("10.0.0.0/8", "https://a.example/", False),
        ("", "https://a.example/", False),
    ],
)
def test_some_hosts_are_reached_directly(no_proxy: str, url: str, direct: bool) -> None:
    made = settings(PipConfig(), {"ALL_PROXY": "http://p.example:1", "NO_PROXY": no_proxy}, {})
    assert (made.proxy_for(url) is None) is direct


def test_the_first_bundle_that_is_set_counts() -> None:
    environ = {"SSL_CERT_FILE": "/s.pem", "REQUESTS_CA_BUNDLE": "/r.pem"}
    assert settings(PipConfig(), environ, {}).bundle == Sourced("/r.pem", "REQUESTS_CA_BUNDLE")
    assert settings(PipConfig(cert=Sourced("/p.pem", "PIP_CERT")), environ, {}).bundle == Sourced("/p.pem", "PIP_CERT")
    assert settings(PipConfig(), {}, {}).bundle == Sourced("")


def test_trusted_hosts_are_told_by_host_and_port() -> None:
    made = Settings(trusted_hosts=("a.example", "B.example:8443"))
    assert made.trusts("https://A.example:1/x")
    assert made.trusts("https://b.example:8443/")
    assert not made.trusts("https://b.example/")


def test_a_missing_bundle_is_named_with_its_setting(tmp_path: Path) -> None:
    pools = Pools(Settings(bundle=Sourced(str(tmp_path / "none.pem"), "PIP_CERT")))
    with pytest.raises(Problem) as caught:
        pools.request("https://a.example/", {})
    assert caught.value.code == "network-tls"
    assert str(caught.value) == (
        f"The certificate bundle is not there: {tmp_path / 'none.pem'}\n"
        "It is set in PIP_CERT.\n"
        "→ Correct PIP_CERT, or remove it to use the certificates of your system."
    )


def test_a_bundle_that_is_none_is_named_with_its_setting(tmp_path: Path) -> None:
    path = tmp_path / "bad.pem"
    path.write_text("nonsense", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        Pools(Settings(bundle=Sourced(str(path), "PIP_CERT"))).request("https://a.example/", {})
    assert str(caught.value).startswith(f"The certificate bundle cannot be read: {path}\nIt is set in PIP_CERT.")


def test_a_socks_proxy_is_refused_without_showing_its_password() -> None:
    pools = Pools(Settings(proxies={"all": Sourced("socks5://me:secret@p.example:1080", "ALL_PROXY")}))
    with pytest.raises(Problem) as caught:
        pools.request("https://a.example/", {})
    assert caught.value.code == "network-proxy"
    assert str(caught.value) == (
        "venvoy cannot use a socks5 proxy.\n"
        "It is set in ALL_PROXY: socks5://p.example:1080\n"
        "→ Set the address of an HTTP proxy instead, for example http://proxy.example:3128"
    )
