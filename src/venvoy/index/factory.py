"""Put an index together from pip's configuration, the environment variables and venvoy's own settings."""

from __future__ import annotations

from pathlib import Path

from venvoy import values
from venvoy.index import auth, connection, pip_config, sources
from venvoy.index.cache import Cache
from venvoy.index.client import Index
from venvoy.index.http import Http
from venvoy.index.keyring import Keyring
from venvoy.index.pip_config import Sourced
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvoy.events import Reporter
    from venvoy.index.pip_config import PipConfig
    from venvoy.index.work import Pool


def open_index(  # noqa: PLR0913 - where an index's many settings come in, by keyword
    *,
    environ: Mapping[str, str],
    platform: str,
    prefix: str,
    cache: Path,
    pool: Pool,
    reporter: Reporter,
    offline: bool = False,
    index_url: str | None = None,
    extra_index_url: Sequence[str] = (),
    find_links: Sequence[str] = (),
    no_index: bool = False,
) -> Index:
    """Make the index.

    Args:
        environ: the environment variables.
        platform: as ``sys.platform`` names it.
        prefix: the root of the environment whose own pip configuration counts (``sys.prefix``); empty for none.
        cache: the folder for what is kept.
        pool: where wanted things are fetched ahead of need.
        reporter: told about retries and what is left out.
        offline: never to use the network.
        index_url: wins over pip's, and so do the following when they are given.
        extra_index_url: further indexes.
        find_links: folders and pages of links.
        no_index: to use find-links only.

    Raises:
        Problem: ``pip-config-invalid``, or a file of it cannot be read.
    """
    config = pip_config.load(environ, platform=platform, prefix=prefix)
    own = "venvoy's settings"
    if index_url:
        config = values.replace(config, index_url=Sourced(index_url, own))
    if extra_index_url:
        config = values.replace(config, extra_index_url=Sourced(tuple(extra_index_url), own))
    if find_links:
        config = values.replace(config, find_links=Sourced(tuple(find_links), own))
    if no_index:
        config = values.replace(config, no_index=Sourced(value=True, source=own))
    home = pip_config.home(environ, platform)
    places = sources.arrange(config, home)
    settings = connection.settings(config, environ, _system_proxies(platform), offline=offline)
    credentials = auth.Credentials([*places.indexes, *places.links], _netrc(environ, home, platform))
    http = Http(settings, credentials, keyring=Keyring(environ, reporter), reporter=reporter)
    _warn(config, places, settings, reporter)
    return Index(sources=places, http=http, cache=Cache(cache, reporter), pool=pool, reporter=reporter)


def _system_proxies(platform: str) -> Mapping[str, str]:
    """What the settings of Windows or macOS say; other systems have variables only."""
    name = {"win32": "getproxies_registry", "darwin": "getproxies_macosx_sysconf"}.get(platform)
    if name is None:
        return {}
    import urllib.request  # noqa: PLC0415 - 25 ms that Linux never needs

    ask = getattr(urllib.request, name, None)
    return ask() if ask else {}


def _netrc(environ: Mapping[str, str], home: str, platform: str) -> Mapping[str, auth.Credential]:
    named = environ.get("NETRC", "")
    usual = (".netrc", "_netrc") if platform == "win32" else (".netrc",)
    paths = [Path(named)] if named else [Path(home, name) for name in usual if home]
    path = next(filter(Path.is_file, paths), None)
    try:
        return auth.read_netrc(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, UnicodeDecodeError):
        return {}


def _warn(config: PipConfig, places: sources.Sources, settings: connection.Settings, reporter: Reporter) -> None:
    for url in (*places.indexes, *places.links):
        scheme, host, _ = auth.origin(url)
        if scheme == "http" and host not in ("localhost", "127.0.0.1", "::1") and not settings.trusts(url):
            reporter.warn(f"The index {host} is used without protection (http): others could change what it sends.")
    for host in config.trusted_host.value:
        reporter.remark(f"{host} need not prove who it is: {config.trusted_host.source} says so (trusted-host).")
