"""Faults of the network in plain words. No text here may ever hold a credential."""

from __future__ import annotations

from urllib.parse import urlsplit

from venvoy.errors import Problem
from venvoy.formats.simple_api import without_credentials
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.index.auth import Credential
    from venvoy.index.connection import Settings

_FORBIDDEN = 403
_PROXY_AUTHENTICATION = 407
_SERVER = 500
_GONE = (404, 410)
_NO_TLS = {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}


def shown(url: str) -> str:
    """An address as people may see it: without credentials, query (which may hold a token) and fragment."""
    parts = urlsplit(without_credentials(url))
    return parts._replace(query="", fragment="").geturl()


def offline(what: str, fix: str = "Run the command again without --offline.") -> Problem:
    """Something is needed that is not cached; ``what`` names it."""
    return Problem("offline", f"Working offline, and {what} is not in the cache.", fix=(fix,))


def failed(error: Exception, url: str, settings: Settings) -> Problem:
    """A request that got no answer."""
    import ssl  # noqa: PLC0415 - only when a request has failed

    import urllib3  # noqa: PLC0415 - only when a request has failed

    host = urlsplit(url).hostname or url
    proxy = settings.proxy_for(url)
    causes = list(_causes(error))
    if any(isinstance(cause, (urllib3.exceptions.SSLError, ssl.SSLError)) for cause in causes):
        return _tls(causes, host, settings)
    if proxy and any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes):
        return Problem(
            "network-proxy",
            f"Could not reach {host} through the proxy {shown(proxy.value)}.",
            why=_reason(causes),
            fix=(
                f"Check the proxy that {proxy.source} sets.",
                f"If {host} is reached without it, add {host} to the variable NO_PROXY.",
            ),
        )
    setting = f" through the proxy {shown(proxy.value)}" if proxy else ""
    port = urlsplit(url).port
    return Problem(
        "network-unreachable",
        f"Could not reach {f'{host}:{port}' if port else host}{setting}.",
        why=_reason(causes),
        fix=(
            "Check your connection to the internet, then run the command again.",
            "If you work behind a proxy, set the variable HTTPS_PROXY to its address.",
            "If everything needed is cached already, add --offline.",
        ),
        where="" if urlsplit(url).path.endswith("/") else shown(url),  # of pages, any may be the first to fail
    )


def is_distrust(error: Exception) -> bool:
    """Whether a request failed because the server could not prove who it is."""
    import ssl  # noqa: PLC0415 - loaded already when a request has failed

    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def refused(status: int, url: str, sent: Credential | None = None) -> Problem:
    """An answer that is no use, and the credential that was sent."""
    host = urlsplit(url).hostname or url
    if status in (401, _FORBIDDEN):
        why = "The user and password that were sent are not accepted." if sent else "No user and password are known."
        if sent and not sent.password:
            why = "Only a user was sent, because no password is known for that one."
        return Problem(
            "authentication-required",
            f"{host} does not let you in (status {status}).",
            why=why,
            fix=(
                f"Add a line to the file netrc in your home folder: machine {host} login USER password PASSWORD",
                f"Or put them into the keyring: install the package keyring, then run keyring set {host} USER",
            ),
            where=shown(url),
        )
    if status == _PROXY_AUTHENTICATION:
        return Problem(
            "network-proxy",
            "The proxy wants a user and a password.",
            fix=("Put them into the proxy's address: http://USER:PASSWORD@proxy.example:3128",),
            where=shown(url),
        )
    file = urlsplit(url).path.rpartition("/")[2]
    if status in _GONE and file:
        return Problem(
            "file-missing",
            f"{host} does not have the file {file} (status {status}).",
            fix=("Check the address.",),
            where=shown(url),
        )
    why = "The server has a problem of its own." if status >= _SERVER else ""
    return Problem(
        "index-error",
        f"{host} answered with status {status}.",
        why=why,
        fix=("Try again in a few minutes." if status >= _SERVER else "Check the address of the index.",),
        where=shown(url),
    )


def _tls(causes: list[BaseException], host: str, settings: Settings) -> Problem:
    import ssl  # noqa: PLC0415 - loaded already when a request has failed

    bundle = settings.bundle
    if any(getattr(cause, "reason", "") in _NO_TLS for cause in causes):
        return Problem(
            "network-tls",
            f"Could not make a protected connection to {host}.",
            why="What answers there does not speak TLS: its address may begin with http:// and not with https://.",
            fix=("Check the address. Without TLS, others on the network can change what you receive.",),
        )
    used = f"the file {bundle.value} (set in {bundle.source})" if bundle.value else "the certificates of your system"
    detail = next((cause.verify_message for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), "")
    why = f"The certificate was checked with {used}: {detail}." if detail else f"{_reason(causes)}"
    return Problem(
        "network-tls",
        f"Could not make a protected connection to {host}: the server could not prove who it is."
        if detail
        else f"Could not make a protected connection to {host}.",
        why=why,
        fix=(
            "At work or school, ask for your network's file of certificates and name it in the variable PIP_CERT.",
            "Check that the date and time of this computer are right.",
        ),
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what lies below it, outermost first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "original_error", None) or getattr(error, "reason", None)
        following = inner if isinstance(inner, BaseException) else None
        error = following or error.__cause__ or error.__context__ or _argument(error)


def _argument(error: BaseException) -> BaseException | None:
    return next((argument for argument in error.args if isinstance(argument, BaseException)), None)


def _reason(causes: list[BaseException]) -> str:
    import socket  # noqa: PLC0415 - loaded already when a request has failed

    import urllib3  # noqa: PLC0415 - only when a request has failed

    kinds: list[tuple[type[BaseException] | tuple[type[BaseException], ...], str]] = [
        ((urllib3.exceptions.NameResolutionError, socket.gaierror), "Its name was not found."),
        (ConnectionRefusedError, "The connection was refused."),
        ((urllib3.exceptions.TimeoutError, TimeoutError), "It did not answer in time."),
        ((ConnectionError, urllib3.exceptions.ProtocolError), "The connection broke off."),
    ]
    for kind, words in kinds:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    last = causes[-1]
    text = getattr(last, "strerror", None) or type(last).__name__
    return f"The system says: {text}."
