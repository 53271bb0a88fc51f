"""Requests over HTTP: redirects, credentials, retries, and every fault as a Problem.

One place decides what is worth another try and how long to wait, whichever way a request goes.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from venvoy import __version__
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.index import auth, faults
from venvoy.index.connection import Pools
from venvoy.index.exchange import RequestError, UnreachableError
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from venvoy.events import Reporter
    from venvoy.index.connection import Settings
    from venvoy.index.exchange import Response

OK = 200
PIECE = 256 * 1024
"""Bytes of a file read at a time: larger pieces cost memory, smaller ones time."""
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
    _response: Response = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        """The body in pieces, as it was sent.

        Raises:
            BrokenConnectionError: the connection ended early or fell silent.
        """
        try:
            while piece := self._response.read():
                yield piece
        except RequestError as error:
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

    def twin(self) -> Http:
        """One for a copy of this process: it tries nothing twice and asks nobody."""
        return Http(replace(self.settings, retries=0), self._credentials)

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
        tries = 0
        while True:
            response, final = self._follow(url, {"Accept-Encoding": "gzip", **(headers or {})}, accept)
            try:
                return Answer(response.status, response.headers, response.whole(), final)
            except RequestError as error:
                tries += 1
                self._again(tries, error, final)
            finally:
                response.end()

    @contextmanager
    def stream(
        self, url: str, headers: Mapping[str, str] | None = None, *, accept: Collection[int] = frozenset({OK})
    ) -> Iterator[Stream]:
        """Read an address piece by piece; see :meth:`get`."""
        response, final = self._follow(url, {"Accept-Encoding": "identity", **(headers or {})}, accept)
        try:
            yield Stream(response.status, response.headers, final, response)
        finally:
            response.end()

    def _follow(self, url: str, headers: Mapping[str, str], accept: Collection[int]) -> tuple[Response, str]:
        address = auth.split(url)[0]
        for _ in range(_REDIRECT_LIMIT):
            response, sent = self._authorized(address, {"User-Agent": self._agent(), **headers})
            if response is None:
                raise faults.refused(auth.UNAUTHORIZED, address)
            target = response.headers.get("location") if response.status in _REDIRECTS else None
            if target is None and response.status in accept:
                return response, address
            response.end()
            if target is None:
                raise faults.refused(response.status, address, sent)
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

    def _authorized(self, url: str, headers: Mapping[str, str]) -> tuple[Response | None, auth.Credential | None]:
        """The answer, and the last credential that was sent for it; None when the flow never sent a request."""
        flow = self._credentials.flow(url)
        response: Response | None = None
        sent: auth.Credential | None = None
        told: int | auth.Credential | None = None
        while True:
            try:
                step = flow.send(told)
            except StopIteration:
                return response, sent
            if isinstance(step, auth.Lookup):
                told = self._keyring(step.service, step.user) if self._keyring else None
                continue
            if response is not None:
                response.end()
            sent = step.credential or sent
            extra = {"Authorization": step.credential.header} if step.credential else {}
            response = self._persistent(url, {**headers, **extra})
            told = response.status

    def _persistent(self, url: str, headers: Mapping[str, str]) -> Response:
        """Send a request, again when that is worth it."""
        if self.settings.offline:
            raise faults.offline(faults.shown(url))
        tries = 0
        while True:
            tries += 1
            try:
                response = self._pools.request(url, headers)
            except RequestError as error:
                self._again(tries, error, url)
                continue
            if response.status not in _WORTH_ANOTHER_TRY or tries > self.settings.retries:
                return response
            response.end()
            wish = response.headers.get("retry-after")
            self._pause(tries, wish, f"{urlsplit(url).hostname} answered with status {response.status}")

    def _again(self, tries: int, error: RequestError, url: str) -> None:
        """Wait before a request that failed is sent again.

        Raises:
            Problem: it failed too often, or another try would end in the same way.
        """
        most = self.settings.retries
        if not error.again or faults.is_distrust(error):
            most = 0
        elif isinstance(error, UnreachableError):  # waiting seldom helps
            most = min(_UNREACHABLE_TRIES, most)
        if tries > most:
            raise faults.failed(error, url, self.settings) from error
        self._pause(tries, None, f"{urlsplit(url).hostname} did not answer")

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
