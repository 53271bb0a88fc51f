"""Credentials: where they may come from, and in which order they are tried.

:meth:`Credentials.flow` is a generator that does no I/O: it says what to send or whom to ask, and is told what came of
it. So the order can be tested without a server. Order: user and password in a configured address, netrc, nothing; and
when the server asks (401), the keyring. A library never prompts.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from venvoy.formats.simple_api import without_credentials
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from typing import TypeAlias

UNAUTHORIZED = 401
_WORD = pattern(r'"((?:\\.|[^"\\])*)"|\S+')
_ESCAPED = pattern(r"\\(.)")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Credential:
    """A user and a password; neither is ever shown."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of an Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Send the request with this credential, or without one; answer with the status."""

    credential: Credential | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask the keyring for this service and user (who may be unknown); answer with what it says."""

    service: str
    user: str


Keyring: TypeAlias = Callable[[str, str], Credential | None]
"""Asks for the credential of a service and a user, who is empty when unknown."""


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what must be equal for a credential to be sent along."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


def split(url: str) -> tuple[str, Credential | None]:
    """Take user and password out of an address. A user without password has an empty one."""
    parts = urlsplit(url)
    if parts.username is None and parts.password is None:
        return without_credentials(url), None
    return without_credentials(url), Credential(unquote(parts.username or ""), unquote(parts.password or ""))


class Credentials:
    """What is known about who may read what.

    Args:
        urls: the configured addresses, with the credentials that some of them hold.
        netrc: a credential for each host name (see :func:`read_netrc`).
    """

    def __init__(self, urls: Iterable[str] = (), netrc: Mapping[str, Credential] | None = None) -> None:
        self._configured = {address: found for address, found in map(split, urls) if found}
        self._indexes = tuple(without_credentials(url) for url in urls)
        self._netrc = dict(netrc or {})
        self._accepted: dict[tuple[str, str, int | None], Credential] = {}

    def add(self, url: str) -> None:
        """Take note of the user and password that one more address holds."""
        address, found = split(url)
        if found:
            self._configured[address.partition("#")[0]] = found

    def flow(self, url: str) -> Generator[Attempt | Lookup, int | Credential | None, None]:
        """Say step by step what to do to read ``url``; ends when the last answer stands."""
        place = origin(url)
        known = self._accepted.get(place) or self._known(url)
        user = known.user if known else ""
        complete = known is not None and bool(known.password)
        if complete or not user:
            status = yield Attempt(known)
        else:
            status = UNAUTHORIZED  # a user without a password: the keyring has the other half
        if status != UNAUTHORIZED or complete:
            return
        for service in self._services(url):
            found = yield Lookup(service, user)
            if isinstance(found, Credential):
                status = yield Attempt(found)
                if status != UNAUTHORIZED:
                    self._accepted[place] = found
                return
        if user:
            yield Attempt(known)  # some servers take a token as the user and no password

    def _known(self, url: str) -> Credential | None:
        place = origin(url)
        mine = [address for address in self._configured if origin(address) == place]
        if mine:
            # Two indexes of one host may have two credentials: the one whose address is the start of this one.
            found = self._configured[max(mine, key=lambda address: (url.startswith(address), len(address)))]
            kept = self._netrc.get(place[1])
            return kept if kept and not found.password and kept.user == found.user else found
        return self._netrc.get(place[1])

    def _services(self, url: str) -> list[str]:
        index = next((address for address in self._indexes if url.startswith(address)), None)
        host = urlsplit(url).netloc
        return [index, host] if index else [host]


def read_netrc(text: str) -> dict[str, Credential]:
    """Credentials by host from the text of a netrc file; what cannot be understood is passed over.

    The standard library's reader insists on the file's owner and refuses the whole file for one odd line.
    """
    found: dict[str, Credential] = {}
    host, user = "", ""
    at = 0
    while match := _WORD.search(text, at):
        at = match.end()
        word = match[0]
        if word.startswith("#"):
            at = _after(text, "\n", match.start())
        elif word == "macdef":
            at = _after(text, "\n\n", at)
        elif word == "default":  # for any host: nobody may want to send it to an index
            host, user = "", ""
        elif word in ("machine", "login", "account", "password"):
            value = _WORD.search(text, at)
            if value is None:
                break
            at = value.end()
            told = _ESCAPED.sub(r"\1", value[0] if value[1] is None else value[1])
            if word == "machine":
                host, user = told, ""
            elif word == "login":
                user = told
            elif word == "password" and host:
                found.setdefault(host, Credential(user, told))
    return found


def _after(text: str, mark: str, start: int) -> int:
    at = text.find(mark, start)
    return len(text) if at < 0 else at + len(mark)
