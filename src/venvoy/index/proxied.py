"""Requests through a proxy: tunnels and proxies of every kind are urllib3's trade."""

from __future__ import annotations

import urllib3
from urllib3 import exceptions

from venvoy.index.exchange import HopelessError, RequestError, Response, UnreachableError
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIECE = 1 << 16


def request(manager: urllib3.PoolManager, url: str, headers: Mapping[str, str]) -> Response:
    """Send a GET request; see :meth:`venvoy.index.direct.Direct.request`.

    Raises:
        RequestError: there is no answer.
    """
    try:
        return _Proxied(
            manager.request("GET", url, headers=headers, retries=False, redirect=False, preload_content=False)
        )
    except (exceptions.ProxyError, exceptions.LocationValueError) as error:
        raise HopelessError from error
    except (exceptions.NewConnectionError, exceptions.SSLError) as error:
        raise UnreachableError from error
    except (exceptions.HTTPError, OSError) as error:
        raise RequestError from error


class _Proxied:
    """An answer (:class:`venvoy.index.exchange.Response`)."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: dict[str, str] = {}
        for name, value in response.headers.items():
            self.headers[name.lower()] = value

    def read(self) -> bytes:
        try:
            return self._response.read(_PIECE, decode_content=False)
        except (exceptions.HTTPError, OSError) as error:
            raise RequestError from error

    def whole(self) -> bytes:
        try:
            return self._response.read(decode_content=True)
        except (exceptions.HTTPError, OSError) as error:
            raise RequestError from error

    def end(self) -> None:
        if not self._response.closed:
            self._response.close()  # what was left unread would be taken for the next answer
        self._response.release_conn()
