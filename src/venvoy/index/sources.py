"""Where distributions come from, and in which order.

The first index that knows a name owns it, so nobody can slip a file of the same name into a later one (dependency
confusion). Order: private indexes on the network, then the public one, then folders of this machine, which come last
because a lockfile that points into a folder works on one machine only.
"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from venvoy.formats.simple_api import without_credentials
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvoy.index.pip_config import PipConfig

_CONSTANT = pattern(r"^DEFAULT_INDEX\s*=\s*['\"]([^'\"]+)['\"]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sources:
    """Indexes in the order they are asked, and pages or folders of links; as written, so they may hold credentials."""

    indexes: tuple[str, ...]
    links: tuple[str, ...] = ()


def default_index() -> str:
    """The Simple API of the ecosystem's hub, as distlib knows it.

    The constant is read from distlib's source text: importing that module takes 40 ms.
    """
    found = importlib.util.find_spec("distlib")
    for folder in found.submodule_search_locations or () if found else ():
        match = _CONSTANT.search(_text(Path(folder, "index.py")))
        if match:
            return _beside(match[1])
    from distlib.index import DEFAULT_INDEX  # noqa: PLC0415 - 40 ms, only for a distlib without its source

    return _beside(DEFAULT_INDEX)


def arrange(config: PipConfig, home: str = "") -> Sources:
    """Put what pip is configured with into venvoy's order.

    Args:
        config: pip's configuration.
        home: what ``~`` stands for in find-links.
    """
    links = tuple(_expanded(link, home) for link in config.find_links.value)
    if config.no_index.value:
        return Sources((), links)
    main = config.index_url.value or default_index()
    public = _slashed(default_index() if config.extra_index_url.value else main)
    remote = [url for url in config.extra_index_url.value if not is_local(url)]
    local = [url for url in config.extra_index_url.value if is_local(url)]
    network = [_slashed(url) for url in (*remote, main)]
    network.sort(key=lambda url: without_credentials(url) == public)
    return Sources(_once([*network, *(_slashed(as_address(url)) for url in local)]), links)


def is_local(url: str) -> bool:
    """Whether an address is a file: one or a plain path."""
    scheme = urlsplit(url).scheme
    return scheme in ("", "file") or len(scheme) == 1  # one letter: a drive of Windows


def as_address(place: str) -> str:
    """A file: address for a plain path; other addresses stay."""
    if urlsplit(place).scheme == "file" or not is_local(place):
        return place
    return Path(place).absolute().as_uri()


def as_path(url: str) -> Path:
    """The path that a file: address means."""
    parts = urlsplit(url)
    host = f"//{parts.netloc}" if parts.netloc not in ("", "localhost") else ""
    path = unquote(parts.path)
    # file:///C:/x: the slash before the drive belongs to the address, not to the path.
    return Path(path[1:] if os.name == "nt" and not host and path[2:3] == ":" else host + path)


def _beside(address: str) -> str:
    """The Simple API lives beside the older interface that the constant names."""
    return address.rstrip("/").rpartition("/")[0] + "/simple/"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _expanded(link: str, home: str) -> str:
    return home + link[1:] if home and (link == "~" or link.startswith(("~/", "~\\"))) else link


def _slashed(url: str) -> str:
    return url.rstrip("/") + "/"


def _once(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(urls))
