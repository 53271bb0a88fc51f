"""How to reach a server: proxy, certificates, time-outs; and the pools of connections made accordingly."""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import urlsplit

from venvoy.errors import Problem
from venvoy.index import auth
from venvoy.index.pip_config import Sourced
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import urllib3

    from venvoy.index.direct import Direct
    from venvoy.index.exchange import Response
    from venvoy.index.pip_config import PipConfig

_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about the network that a person can set.

    ``proxies`` maps ``http``, ``https`` or ``all`` to a proxy's address. ``bundle`` is a file or folder of certificates
    to trust in place of the system's. ``timeout`` is in seconds, for connecting and for each silence while reading.
    """

    proxies: Mapping[str, Sourced[str]] = field(default_factory=dict)
    no_proxy: tuple[str, ...] = ()
    bundle: Sourced[str] = field(default_factory=lambda: Sourced(""))
    client_certificate: Sourced[str] = field(default_factory=lambda: Sourced(""))
    trusted_hosts: tuple[str, ...] = ()
    timeout: float = 15.0
    retries: int = 5
    offline: bool = False

    def proxy_for(self, url: str) -> Sourced[str] | None:
        """The proxy to take for an address, None for the direct way."""
        parts = urlsplit(url)
        proxy = self.proxies.get(parts.scheme) or self.proxies.get("all")
        if not proxy or not proxy.value or _bypassed(parts.hostname or "", parts.port, self.no_proxy):
            return None
        return proxy

    def trusts(self, url: str) -> bool:
        """Whether pip's ``trusted-host`` frees this address from proving who it is."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        return any(trusted.lower() in (host, f"{host}:{parts.port}") for trusted in self.trusted_hosts)


def settings(
    config: PipConfig, environ: Mapping[str, str], system_proxies: Mapping[str, str], *, offline: bool = False
) -> Settings:
    """Bring pip's configuration and the usual variables together; pip's win, and ``system_proxies`` come last."""
    variables = {name.lower(): Sourced(value, name) for name, value in environ.items() if value}
    proxies = {
        kind: variables[f"{kind}_proxy"] for kind in ("http", "https", "all") if f"{kind}_proxy" in variables
    } or {kind: Sourced(value, "the system's settings") for kind, value in system_proxies.items()}
    if config.proxy.value:
        proxies = {"all": config.proxy}
    named = next((Sourced(environ[name], name) for name in _BUNDLE_VARIABLES if environ.get(name)), Sourced(""))
    no_proxy = variables.get("no_proxy", Sourced("")).value
    return Settings(
        proxies=proxies,
        no_proxy=tuple(part.strip() for part in no_proxy.split(",") if part.strip()),
        bundle=config.cert if config.cert.value else named,
        client_certificate=config.client_cert,
        trusted_hosts=config.trusted_host.value,
        timeout=config.timeout.value,
        retries=config.retries.value,
        offline=offline,
    )


def _bypassed(host: str, port: int | None, no_proxy: tuple[str, ...]) -> bool:
    host = host.lower()
    for entry in no_proxy:
        wanted = entry.lower().lstrip("*").lstrip(".")
        if entry == "*" or wanted in (host, f"{host}:{port}") or host.endswith(f".{wanted}"):
            return True
        if "/" in entry and _in_network(host, entry):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


class Pools:
    """Kept connections: straight to the servers, or through a proxy by a library that takes long to load."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._direct: Direct | None = None
        self._managers: dict[tuple[str, bool], urllib3.PoolManager] = {}
        self._contexts: dict[bool, ssl.SSLContext] = {}

    def request(self, url: str, headers: Mapping[str, str]) -> Response:
        """Send a GET request; see :meth:`venvoy.index.direct.Direct.request`.

        Raises:
            RequestError: there is no answer.
            Problem: ``network-tls`` when the certificates cannot be read, ``network-proxy`` for an unusable proxy.
        """
        proxy = self._settings.proxy_for(url)
        if proxy is None:
            return self._straight().request(url, headers)
        from venvoy.index.proxied import request

        return request(self._manager(proxy, lenient=self._lenient(url)), url, headers)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            if self._direct:
                self._direct.close()
            for manager in self._managers.values():
                manager.clear()
            self._managers.clear()

    def _straight(self) -> Direct:
        with self._lock:
            if self._direct is None:
                from venvoy.index.direct import Direct

                self._direct = Direct(self._settings.timeout, self._context_for)
            return self._direct

    def _lenient(self, url: str) -> bool:
        return url.startswith("https:") and self._settings.trusts(url)

    def _manager(self, proxy: Sourced[str], *, lenient: bool) -> urllib3.PoolManager:
        key = (proxy.value, lenient)
        with self._lock:
            found = self._managers.get(key)
            if found is None:
                found = self._managers[key] = self._make(proxy, lenient=lenient)
            return found

    def _make(self, proxy: Sourced[str], *, lenient: bool) -> urllib3.PoolManager:
        import urllib3

        if lenient:
            # The person said so in pip's configuration; a warning for each request would say nothing new.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        address, credential = auth.split(proxy.value if "://" in proxy.value else f"http://{proxy.value}")
        if urlsplit(address).scheme not in ("http", "https"):
            raise Problem(
                "network-proxy",
                f"venvoy cannot use a {urlsplit(address).scheme} proxy.",
                why=f"It is set in {proxy.source}: {address}",
                fix=("Set the address of an HTTP proxy instead, for example http://proxy.example:3128",),
            )
        context = self._context(lenient=lenient)
        return urllib3.ProxyManager(
            address,
            32,
            proxy_headers={"proxy-authorization": credential.header} if credential else None,
            proxy_ssl_context=context,
            maxsize=_CONNECTIONS,
            timeout=urllib3.Timeout(connect=self._settings.timeout, read=self._settings.timeout),
            ssl_context=context,
        )

    def _context_for(self, url: str) -> ssl.SSLContext:
        with self._lock:
            return self._context(lenient=self._lenient(url))

    def _context(self, *, lenient: bool) -> ssl.SSLContext:
        found = self._contexts.get(lenient)
        if found is None:
            found = self._contexts[lenient] = self._new_context(lenient=lenient)
        return found

    def _new_context(self, *, lenient: bool) -> ssl.SSLContext:
        import ssl

        bundle = self._settings.bundle
        context: ssl.SSLContext
        if lenient:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif bundle.value:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            self._load(context, bundle)
        else:
            import truststore

            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        own = self._settings.client_certificate
        if own.value:
            try:
                context.load_cert_chain(own.value)
            except OSError as error:
                raise _unusable("client certificate", own, error) from None
        return context

    @staticmethod
    def _load(context: ssl.SSLContext, bundle: Sourced[str]) -> None:
        folder = Path(bundle.value).is_dir()
        try:
            context.load_verify_locations(
                cafile=None if folder else bundle.value, capath=bundle.value if folder else None
            )
        except OSError as error:
            raise _unusable("certificate bundle", bundle, error) from None


def _unusable(what: str, setting: Sourced[str], error: OSError) -> Problem:
    missing = isinstance(error, FileNotFoundError)
    return Problem(
        "network-tls",
        f"The {what} {'is not there' if missing else 'cannot be read'}: {setting.value}",
        why=f"It is set in {setting.source}." if missing else f"It is set in {setting.source}. {error}",
        fix=(f"Correct {setting.source}, or remove it to use the certificates of your system.",),
    )
