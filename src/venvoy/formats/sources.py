"""Places that are named by hand: ``[tool.venvoy.sources]``, addresses of requirements (PEP 508), direct_url.json.

An address is a wheel or an archive (``https://…/demo-1.0.tar.gz#sha256=…&subdirectory=…``), a folder
(``file:///…/demo``), or a git repository (``git+https://…@REVISION#subdirectory=…``).
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from venvoy.errors import near
from venvoy.formats import locations
from venvoy.model.names import canonicalize_name, is_valid
from venvoy.model.source import ARCHIVE, DIRECTORY, GIT, INDEX, Pinned, Source
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from venvoy.model.names import NormalizedName

KEY = "sources"
ARCHIVES = (".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz", ".tar")
_REVISIONS = ("branch", "tag", "rev")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "path": ("editable", "subdirectory"),
    "git": (*_REVISIONS, "subdirectory"),
    "url": ("subdirectory",),
    "index": (),
}
_HASHES = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
_TRANSPORTS = frozenset({"https", "http", "ssh", "git", "file"})
_SHORTHAND = pattern(r"(?:([\w.-]+)@)?([\w.-]{2,}):(?!/)(.+)")
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]+:")


class InvalidSourceError(ValueError):
    """A place that cannot be understood; ``path`` is where in the table, ``why`` and ``fix`` are for people."""

    def __init__(self, why: str, fix: str = "", path: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.why = why
        self.fix = fix
        self.path = path


def read(table: Mapping[str, object], folder: str) -> dict[NormalizedName, Source]:
    """The sources that a pyproject.toml in ``folder`` names, by the name they are for.

    Raises:
        InvalidSourceError: with the keys that lead to the fault.
    """
    found: dict[NormalizedName, Source] = {}
    for written, entry in table.items():
        if not is_valid(written):
            raise InvalidSourceError(f"{written!r} cannot be the name of a distribution.", path=(written,))
        name = canonicalize_name(written)
        if name in found:
            raise InvalidSourceError(f"There are two entries for {name}.", "Leave one of them.", (written,))
        if not isinstance(entry, dict):
            fix = f'Write it as in: {written} = {{ path = "../{written}" }}'
            raise InvalidSourceError(f"What is said about {written} must be a table.", fix, (written,))
        try:
            found[name] = _entry(entry, folder)
        except InvalidSourceError as error:
            raise InvalidSourceError(error.why, error.fix, (written, *error.path)) from None
    return found


def _entry(entry: Mapping[str, object], folder: str) -> Source:
    kind, text = _checked(entry)
    subdirectory = _subdirectory(text.get("subdirectory", ""))
    if kind == "path":
        return _path(text["path"], folder, subdirectory, editable=bool(entry.get("editable")))
    if kind == "git":
        return _git_entry(text, folder, subdirectory)
    if not re.match(r"(?:https?://[^\s/]|file:/)\S+$", text[kind]):
        raise InvalidSourceError(f"{kind} must be an address that begins with https://, http:// or file:.", "", (kind,))
    if kind == "index":
        return Source(INDEX, f"{text['index'].rstrip('/')}/")
    source = from_url(text["url"])
    if source.kind != ARCHIVE:
        raise InvalidSourceError("url must lead to a wheel or an archive; path is for folders.", path=("url",))
    return Source(ARCHIVE, source.url, subdirectory=subdirectory or source.subdirectory, hashes=source.hashes)


def _checked(entry: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    """The one key that says what kind of place it is, and the values as texts."""
    kinds = [key for key in _KEYS if key in entry]
    if len(kinds) != 1:
        named = " and ".join(kinds)
        why = f"It names {named}: one place only can be right." if kinds else "It names no place."
        raise InvalidSourceError(why, "Write one of path, git, url and index.")
    kind = kinds[0]
    for key, value in entry.items():
        if key != kind and key not in _KEYS[kind]:
            _unknown(key, kind)
        if not isinstance(value, bool if key == "editable" else str):
            takes = "true or false" if key == "editable" else "a text in quotes"
            raise InvalidSourceError(f"{key} must be {takes}.", path=(key,))
    text = {key: str(value).strip() for key, value in entry.items()}
    if not text[kind]:
        raise InvalidSourceError(f"{kind} is empty.", path=(kind,))
    return kind, text


def _unknown(key: str, kind: str) -> NoReturn:
    known = (kind, *_KEYS[kind])
    if any(key in keys for keys in _KEYS.values()):
        fix = f"Beside {kind} there can be: {', '.join(_KEYS[kind])}." if _KEYS[kind] else "Leave it out."
        raise InvalidSourceError(f"{key} does not go together with {kind}.", fix, (key,))
    like = near(key, {*known, *_KEYS})
    fix = f"Did you mean {' or '.join(map(repr, like))}?" if like else f"The keys are: {', '.join(known)}."
    raise InvalidSourceError(f"It has the key {key!r}, which venvoy does not know.", fix, (key,))


def _path(path: str, folder: str, subdirectory: str, *, editable: bool) -> Source:
    url = locations.url_of(path.replace("\\", "/"), folder)
    if url.lower().endswith(ARCHIVES):
        if editable:
            raise InvalidSourceError("A file cannot be editable, only a folder can.", path=("editable",))
        return Source(ARCHIVE, url, subdirectory=subdirectory)
    return Source(DIRECTORY, url.rstrip("/"), subdirectory=subdirectory, editable=editable)


def _git_entry(text: Mapping[str, str], folder: str, subdirectory: str) -> Source:
    chosen = [key for key in _REVISIONS if key in text]
    if len(chosen) > 1:
        raise InvalidSourceError(f"It names {' and '.join(chosen)}: one of them only can be right.")
    revision = text[chosen[0]] if chosen else ""
    if chosen:
        _check_revision(revision, (chosen[0],))
    try:
        url = git_address(text["git"], folder)
    except InvalidSourceError as error:
        raise InvalidSourceError(error.why, error.fix, ("git",)) from None
    return Source(GIT, url, revision, chosen[0] if chosen else "", subdirectory)


def git_address(text: str, folder: str = "") -> str:
    """The URL of a git repository, from one, from ``user@host:path``, or from a path that starts at ``folder``.

    Raises:
        InvalidSourceError: it is none of these.
    """
    text = text.removeprefix("git+")
    if _SCHEME.match(text) and "://" in text:
        parts = urlsplit(text)
        if parts.scheme not in _TRANSPORTS or not (parts.netloc or parts.scheme == "file"):
            why = f"git cannot be asked for an address that begins with {parts.scheme}:."
            raise InvalidSourceError(why, "Write an address that begins with https://, ssh:// or file:///.")
        if parts.fragment or parts.query:
            raise InvalidSourceError("The address of a git repository has no # and no ? in it.")
        return text.rstrip("/")
    return shorthand(text) or locations.url_of(text.replace("\\", "/"), folder).rstrip("/")


def shorthand(text: str) -> str:
    """The URL that ``user@host:path`` means to git; empty when a text is something else."""
    found = _SHORTHAND.fullmatch(text.removeprefix("git+"))
    if not found:
        return ""
    user = f"{found[1]}@" if found[1] else ""
    return f"ssh://{user}{found[2]}/{found[3]}"


def from_url(url: str) -> Source:
    """What an address means that stands in a requirement.

    Raises:
        InvalidSourceError: nothing that could be installed can be there.
    """
    address, _, fragment = url.partition("#")
    options = dict(parse_qsl(fragment.replace("+", "%2B")))
    subdirectory = _subdirectory(options.get("subdirectory", ""))
    scheme, plus, _ = address.partition("+")
    if plus and "/" not in scheme and ":" not in scheme:
        if scheme != "git":
            raise InvalidSourceError(f"venvoy can fetch from git only, and this address is for {scheme}.")
        address, revision = _revision(address[4:])
        return Source(GIT, git_address(address), revision, "", subdirectory)
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https", "file"}:
        why = f"venvoy cannot fetch from addresses that begin with {parts.scheme}:."
        raise InvalidSourceError(why, "Write an address that begins with https://, file:/// or git+https://.")
    if parts.scheme == "file" and not parts.path.startswith("/"):
        why = "A file: address needs the whole path, from the root on."
        fix = 'A path that starts at pyproject.toml goes into [tool.venvoy.sources], as in: path = "../demo"'
        raise InvalidSourceError(why, fix)
    if parts.path.lower().endswith(ARCHIVES):
        hashes = {key: value.lower() for key, value in options.items() if key in _HASHES}
        return Source(ARCHIVE, address, subdirectory=subdirectory, hashes=hashes)
    if parts.scheme == "file":
        return Source(DIRECTORY, address.rstrip("/"), subdirectory=subdirectory, editable="editable" in options)
    raise InvalidSourceError(
        "It leads neither to a wheel nor to an archive: such an address ends in .whl, .tar.gz or .zip.",
        "If a git repository is there, write git+ before the address.",
    )


def to_url(source: Source) -> str:
    """The address that means a source; :func:`from_url` reads it."""
    options = {"subdirectory": source.subdirectory, **source.hashes, "editable": "true" if source.editable else ""}
    fragment = "&".join(f"{key}={quote(value, safe='/')}" for key, value in options.items() if value)
    front = "git+" if source.kind == GIT else ""
    revision = f"@{quote(source.revision, safe='/')}" if source.revision else ""
    return f"{front}{source.url}{revision}" + (f"#{fragment}" if fragment else "")


def _revision(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    path, at, revision = parts.path.rpartition("@")
    if not at:
        return address, ""
    _check_revision(unquote(revision))
    return urlunsplit(parts._replace(path=path)), unquote(revision)


def _check_revision(revision: str, path: tuple[str, ...] = ()) -> None:
    if not revision or revision.startswith("-") or re.search(r"[\s~^:?*\[\\\x00-\x1f]|\.\.|@\{", revision):
        raise InvalidSourceError(f"{revision!r} cannot be the name of a branch, a tag or a commit.", path=path)


def _subdirectory(text: str) -> str:
    parts = [part for part in text.replace("\\", "/").split("/") if part not in {"", "."}]
    if ".." in parts or text.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", text):
        why = f"{text!r} is no subdirectory: it has to lie below the top folder."
        raise InvalidSourceError(why, "Write it as in: packages/demo", ("subdirectory",))
    return "/".join(parts)


def without_secrets(url: str) -> str:
    """An address as it may be shown and locked: without password, and without a user that may be a token."""
    if "@" not in url:
        return url
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url
    name = user.partition(":")[0]
    keep = f"{name}@" if parts.scheme.removeprefix("git+") in {"ssh", "git"} and name else ""
    return urlunsplit(parts._replace(netloc=keep + host))


def has_secret(url: str) -> bool:
    """Whether an address holds what nobody else may see."""
    return without_secrets(url) != url


def shown(source: Source | Pinned) -> str:
    """A place in words for people."""
    url = without_secrets(source.url)
    place = locations.path_of(url) or url if source.kind != GIT else url
    below = f", in its folder {source.subdirectory}" if source.subdirectory else ""
    return f"{place}{f' at {source.revision}' if source.revision else ''}{below}"


def for_digest(table: Mapping[str, object]) -> dict[str, object]:
    """The table as far as a lockfile rests on it: as it is written, so that it means the same on every machine."""
    return {
        name: {key: without_secrets(value) if isinstance(value, str) else value for key, value in entry.items()}
        for name, entry in table.items()
        if isinstance(entry, dict)
    }


def direct_url(pinned: Pinned) -> dict[str, object]:
    """What direct_url.json shall say (PEP 610)."""
    found: dict[str, object] = {"url": pinned.url}
    if pinned.subdirectory:
        found["subdirectory"] = pinned.subdirectory
    if pinned.kind == DIRECTORY:
        found["dir_info"] = {"editable": True} if pinned.editable else {}
    elif pinned.kind == GIT:
        revision = {"requested_revision": pinned.revision} if pinned.revision else {}
        found["vcs_info"] = {"vcs": "git", **revision, "commit_id": pinned.commit}
    else:
        found["archive_info"] = {"hashes": dict(pinned.hashes)}
    return found
