"""What a request ends in: an answer that is read piece by piece, or an error that says whether to try again."""

from __future__ import annotations

from venvoy.values import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class RequestError(Exception):
    """A request got no whole answer; the cause says why. ``again``: whether another try may help."""

    again = True


class UnreachableError(RequestError):
    """There is no connection to the server: no such name, nobody listens, no trust."""


class HopelessError(RequestError):
    """Another try would end in the same way."""

    again = False


class Response(Protocol):
    """An answer; names of headers are lower case. It has to be ended, whatever has been read of it."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; the values of one that came more than once are joined with commas."""

    def read(self) -> bytes:
        """More of the body as it was sent; empty at its end.

        Raises:
            RequestError: the connection ended early or fell silent.
        """

    def whole(self) -> bytes:
        """The whole body, unpacked if it came packed.

        Raises:
            RequestError: as :meth:`read`.
        """

    def end(self) -> None:
        """Give the connection back, or close it when there is much left to read."""
