"""URLs and paths of files, as texts: what a lockfile may hold (PEP 751) and what an installer needs."""

from __future__ import annotations

from itertools import takewhile
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from venvoy.patterns import pattern

_DRIVE = pattern(r"[A-Za-z]:[/\\]|\\\\")


def without_secrets(url: str) -> str:
    """The URL without user name, password and fragment."""
    if "@" not in url and "#" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def file_name(url: str) -> str:
    """The last component of a URL's path, decoded."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def path_of(url: str) -> str | None:
    """The absolute path that a ``file:`` URL names, with forward slashes; None for any other URL."""
    if url[:5].lower() != "file:":
        return None
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost"):
        return f"//{parts.netloc}{path}"
    return path[1:] if _DRIVE.match(path[1:]) else path


def url_of(path: str, folder: str) -> str:
    """The ``file:`` URL of a path that is absolute, or relative to an absolute folder."""
    path, folder = _forward(path), _forward(folder)
    if not (path.startswith("/") or _DRIVE.match(path)):
        path = f"{folder.rstrip('/')}/{path}"
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts[1:]:
            parts.pop()
        elif part != ".":
            parts.append(part)
    path = quote("/".join(parts), safe="/:")
    return f"file:{path}" if path.startswith("//") else f"file:///{path.removeprefix('/')}"


def folder_of(path: str) -> str:
    """The folder of a file, with forward slashes."""
    return _forward(path).rpartition("/")[0]


def relative(path: str, folder: str) -> str:
    """The path from ``folder``, when the two have more in common than the root; else the path itself."""
    there, here = path.split("/"), _forward(folder).split("/")
    common = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(there, here, strict=False))))
    shared = [part for part in there[:common] if part and not part.endswith(":")]
    return "/".join([".."] * (len(here) - common) + there[common:]) or "." if shared else path


def _forward(path: str) -> str:
    return path.replace("\\", "/") if _DRIVE.match(path) else path
