"""Requests over HTTP: redirects, credentials, retries, and every fault as a Problem.

The retries are ours and not urllib3's, so that one place decides what is worth another try and how long to wait.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from venvoy import __version__
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.index import auth, faults
from venvoy.index.connection import Pools
from venvoy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    import urllib3

    from venvoy.events import Reporter
    from venvoy.index.connection import Settings

OK = 200
PIECE = 256 * 1024
"""Bytes read at a time: larger pieces cost memory, smaller ones time."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECT_LIMIT = 10
_WORTH_ANOTHER_TRY = frozenset({429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_UNREACHABLE_TRIES = 2
_LONGEST_PAUSE = 8.0
_LONGEST_WISH = 30.0
"""Seconds that a server may ask us to wait (Retry-After)."""


class BrokenConnectionError(Exception):
    """The connection ended in the middle of a body; its cause is the library's error."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: header names are lower case, ``url`` is the address after redirects, without credentials."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(slots=True)
class Stream:
    """An answer whose body is still to be read."""

    status: int
    headers: Mapping[str, str]
    url: str
    _response: urllib3.BaseHTTPResponse = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        """The body in pieces of at most :data:`PIECE` bytes.

        Raises:
            BrokenConnectionError: the connection ended early or fell silent.
        """
        import urllib3  # noqa: PLC0415 - loaded already: there is a response

        try:
            while piece := self._response.read(PIECE):
                yield piece
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise BrokenConnectionError from error


class Http:
    """Reads addresses. Safe to use from any thread.

    Args:
        settings: how to reach the network.
        credentials: who may read what.
        keyring: asks for a credential; None when there is none.
        reporter: told about retries.
        sleep: waits a number of seconds.
    """

    def __init__(
        self,
        settings: Settings,
        credentials: auth.Credentials | None = None,
        *,
        keyring: auth.Keyring | None = None,
        reporter: Reporter | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._credentials = credentials or auth.Credentials()
        self._keyring = keyring
        self._reporter = reporter or Silent()
        self._sleep = sleep
        self._pools = Pools(settings)

    def close(self) -> None:
        """Close all connections."""
        self._pools.close()

    @staticmethod
    def _agent() -> str:
        import platform  # noqa: PLC0415 - for whoever asks the network

        return f"venvoy/{__version__} (Python {platform.python_version()}; {platform.system() or 'unknown'})"

    def learn(self, url: str) -> None:
        """Take note of the user and password that an address holds."""
        self._credentials.add(url)

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, accept: Collection[int] = frozenset({OK})
    ) -> Answer:
        """Read an address as a whole.

        Args:
            url: an http or https address.
            headers: further request headers.
            accept: the statuses that the caller can deal with; any other is raised.

        Raises:
            Problem: offline, network-unreachable, network-proxy, network-tls, authentication-required, index-error.
        """
        response, final = self._follow(url, {"Accept-Encoding": "gzip", **(headers or {})}, accept, preload=True)
        return Answer(response.status, _lower(response.headers), response.data, final)

    @contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, accept: Collection[int] = frozenset({OK})
    ) -> Iterator[Stream]:
        """Read an address piece by piece; see :meth:`get`."""
        asked = {"Accept-Encoding": "identity", **(headers or {})}
        response, final = self._follow(url, asked, accept, preload=False)
        try:
            yield Stream(response.status, _lower(response.headers), final, response)
        finally:
            if not response.closed:
                response.close()  # what was left unread would be taken for the next answer
            response.release_conn()

    def _follow(
        self, url: str, headers: Mapping[str, str], accept: Collection[int], *, preload: bool
    ) -> tuple[urllib3.BaseHTTPResponse, str]:
        address = auth.split(url)[0]
        for _ in range(_REDIRECT_LIMIT):
            response, asked = self._authorized(address, {"User-Agent": self._agent(), **headers}, preload=preload)
            if response is None:
                raise faults.refused(auth.UNAUTHORIZED, address)
            target = response.headers.get("Location") if response.status in _REDIRECTS else None
            if target is None:
                if response.status in accept:
                    return response, address
                response.close()
                raise faults.refused(response.status, address, asked=asked)
            response.drain_conn()
            address = self._redirected(address, auth.split(urljoin(address, target))[0])
        raise Problem(
            "index-error",
            f"{urlsplit(address).hostname} sends every request on to another address, without end.",
            fix=("Check the address of the index.",),
            where=faults.shown(url),
        )

    @staticmethod
    def _redirected(old: str, new: str) -> str:
        allowed = ("https",) if old.startswith("https:") else ("http", "https")
        if urlsplit(new).scheme in allowed:
            return new
        raise Problem(
            "index-error",
            f"{urlsplit(old).hostname} sends the request on to an address that is not protected.",
            why=f"The address is {faults.shown(new)}",
            fix=("Check the address of the index.",),
            where=faults.shown(old),
        )

    def _authorized(
        self, url: str, headers: Mapping[str, str], *, preload: bool
    ) -> tuple[urllib3.BaseHTTPResponse | None, bool]:
        """The answer, and whether credentials were sent for it; None when the flow never sent a request."""
        flow = self._credentials.flow(url)
        response: urllib3.BaseHTTPResponse | None = None
        asked = False
        told: int | auth.Credential | None = None
        while True:
            try:
                step = flow.send(told)
            except StopIteration:
                return response, asked
            if isinstance(step, auth.Lookup):
                told = self._keyring(step.service, step.user) if self._keyring else None
                continue
            if response is not None:
                response.drain_conn()
            asked = asked or step.credential is not None
            extra = {"Authorization": step.credential.header} if step.credential else {}
            response = self._persistent(url, {**headers, **extra}, preload=preload)
            told = response.status

    def _persistent(self, url: str, headers: Mapping[str, str], *, preload: bool) -> urllib3.BaseHTTPResponse:
        """Send a request, again when that is worth it."""
        if self.settings.offline:
            raise faults.offline(faults.shown(url))
        import urllib3  # noqa: PLC0415 - 60 ms that a run with everything cached never needs

        manager = self._pools.manager(url)
        tries = 0
        while True:
            tries += 1
            try:
                response = manager.request(
                    "GET", url, headers=headers, retries=False, redirect=False, preload_content=preload
                )
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if tries > self._tries(error):
                    raise faults.failed(error, url, self.settings) from error
                self._pause(tries, None, f"{urlsplit(url).hostname} did not answer")
                continue
            if response.status not in _WORTH_ANOTHER_TRY or tries > self.settings.retries:
                return response
            response.close()
            wish = response.headers.get("Retry-After")
            self._pause(tries, wish, f"{urlsplit(url).hostname} answered with status {response.status}")

    def _tries(self, error: Exception) -> int:
        """How often a request that failed so may be sent again."""
        import urllib3  # noqa: PLC0415 - loaded already when a request has failed

        kinds = urllib3.exceptions
        if isinstance(error, (kinds.ProxyError, kinds.LocationValueError)) or faults.is_distrust(error):
            return 0
        # No such name, refused, or no way to talk: waiting seldom helps.
        if isinstance(error, (kinds.NewConnectionError, kinds.SSLError)):
            return min(_UNREACHABLE_TRIES, self.settings.retries)
        return self.settings.retries

    def _pause(self, tries: int, wish: str | None, what: str) -> None:
        # Jitter keeps many clients, or our own threads, from coming back all at once.
        import random  # noqa: PLC0415 - only after a failure

        seconds = min(_LONGEST_PAUSE, 0.25 * 2 ** (tries - 1)) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        wished = _wished(wish) if wish else None
        seconds = seconds if wished is None else wished
        self._reporter.remark(f"{what}. Trying again in {seconds:.1f} s.")
        self._sleep(seconds)


def _wished(text: str) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), within bounds."""
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return min(float(text), _LONGEST_WISH)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - 9 ms, hardly ever needed

    try:
        moment = parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
    return min(max(0.0, moment - time.time()), _LONGEST_WISH)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
