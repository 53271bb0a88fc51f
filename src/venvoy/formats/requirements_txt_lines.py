"""A requirements file as pip reads it, below the requirements: bytes → text → lines → requirement and options."""

from __future__ import annotations

import codecs
import re
from itertools import takewhile

from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_COMMENT = pattern(r"(?:^|\s+)#.*$")
_VARIABLE = pattern(r"\$\{([A-Z0-9_]+)\}")
_CODING = pattern(rb"coding[:=]\s*([-\w.]+)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = pattern("[\x00-\x08\x0e-\x1a]")


class Nonsense(Exception):  # noqa: N818 - what a line is that cannot be understood
    """A line that cannot be understood: why, what to write instead, and what pip says to it."""

    def __init__(self, why: str, fix: str, pip: str) -> None:
        super().__init__(why)
        self.why, self.fix, self.pip = why, fix, pip


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of requirements files that hold for everything in them.

    ``index_url`` is empty when none is named. ``find_links`` are addresses, or paths that are relative to what the path
    of the file is relative to. ``ignored`` names options that mean nothing to anybody but pip.
    """

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    no_binary: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    pre: bool = False
    prefer_binary: bool = False
    require_hashes: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options(Settings):
    """The options of one line; a text is empty and a tuple too where the option is not there."""

    requirement: str = ""
    constraint: str = ""
    editable: str = ""
    hashes: tuple[str, ...] = ()
    config_settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


_FIRST = {"--requirement": "requirement", "--constraint": "constraint", "--editable": "editable"}
_LAST = {"--index-url": "index_url", "--pypi-url": "index_url"}
_MANY = {
    "--extra-index-url": "extra_index_urls",
    "--find-links": "find_links",
    "--no-binary": "no_binary",
    "--only-binary": "only_binary",
    "--trusted-host": "trusted_hosts",
    "--hash": "hashes",
}
_FLAGS = {
    "--no-index": "no_index",
    "--pre": "pre",
    "--prefer-binary": "prefer_binary",
    "--require-hashes": "require_hashes",
}
_SETTINGS = frozenset({"--config-settings", "--config-setting"})
# Options that say nothing about what is wanted; some of them only older pips know.
_IGNORED = frozenset({"--use-feature", "--all-releases", "--only-final", "--global-option", "--install-option"})
_IGNORED_FLAGS = frozenset({"--no-require-hashes", "--use-wheel", "--no-use-wheel", "--process-dependency-links"})
_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
    "-C": "--config-settings",
}
_VALUED = frozenset({*_FIRST, *_LAST, *_MANY, *_SETTINGS, *_IGNORED})
_KNOWN = sorted({*_VALUED, *_FLAGS, *_IGNORED_FLAGS})
_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}


def decode(data: bytes, path: str) -> tuple[str, str]:
    """The text of a requirements file, and a remark where its encoding was guessed (else empty).

    A byte order mark decides, then a coding line (PEP 263), then it is UTF-8. PowerShell writes UTF-16.

    Raises:
        Problem: requirements-file-invalid, when it is no text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _checked(data[len(mark) :], encoding, path), ""
    for line in data.split(b"\n")[:2]:
        named = _CODING.search(line) if line.startswith(b"#") else None
        if named:
            return _checked(data, named[1].decode("ascii", "replace"), path), ""
    if is_utf_16(data):
        return _checked(data, "utf-16-le", path), f"{path} has no byte order mark; it was read as UTF-16."
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _checked(data, "cp1252", path), f"{path} is not UTF-8; it was read as Windows-1252."
    return _checked(data, "utf-8", path), ""


def is_utf_16(data: bytes) -> bool:
    """Whether bytes look like UTF-16, with its mark or without it: every second one is zero."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or data[1::2].count(0) > len(data) // 3


def _checked(data: bytes, encoding: str, path: str) -> str:
    why = "It holds bytes that no text has."
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        why = f"It says that it is {encoding}: {error}."
        text = "\0"
    if _CONTROL.search(text):
        raise Problem(
            "requirements-file-invalid",
            f"{path} is not a text file.",
            why=why,
            fix=("Name a text file with one requirement on each line.",),
            where=path,
        )
    return text


def logical_lines(text: str, variables: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The lines that say something, joined where one ends in a backslash, with the number of their first line."""
    for number, line in _joined(text):
        said = _COMMENT.sub("", line).strip()
        if said:
            yield number, _VARIABLE.sub(lambda match: variables.get(match[1]) or match[0], said)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    first, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.match(line)
        if line.endswith("\\") and not comment:
            first = first if parts else number
            parts.append(line.strip("\\"))
            continue
        # The blank keeps a comment below a continued line one.
        yield (first if parts else number), "".join((*parts, " " * bool(comment), line))
        parts = []
    if parts:
        yield first, "".join(parts)


def split(line: str) -> tuple[str, Options]:
    """A line's requirement (empty: it has none) and its options.

    Raises:
        Nonsense: an option that there is not, or without its value.
    """
    start = re.search(r"(?:^|\s)-", line)
    if not start:
        return line, Options()
    words, options = _words(line[start.start() :]), Options()
    while words:
        name, _, value = words[0].partition("=")
        words = words[1:]
        if not name.startswith("-"):
            continue  # pip passes over a word that belongs to no option
        if not name.startswith("--"):
            rest = f"{name}={value}"[2:] if value or len(name) > 2 else ""  # noqa: PLR2004 - a dash and a letter
            name, value = _SHORT.get(name[:2], name), rest.removesuffix("=") if not value else rest
        name = _whole(name)
        if name not in _VALUED and value:
            raise Nonsense(f"{name} takes no value.", f"Write {name} alone.", f"{name} option does not take a value")
        if name in _VALUED and not value:
            if not words:
                fix = f"Write it as {name} VALUE."
                raise Nonsense(f"{name} needs a value.", fix, f"{name} option requires 1 argument")
            value, words = words[0], words[1:]
        if name == "--editable":  # what stands behind it without quotes belongs to it: NAME @ URL, a marker
            more = list(takewhile(lambda word: not word.startswith("-"), words))
            value, words = " ".join((value, *more)), words[len(more) :]
        options = _with(options, name, value)
    return line[: start.start()].strip(), options


def _words(text: str) -> list[str]:
    import shlex  # noqa: PLC0415 - only for lines with options

    # Backslashes stay: they stand in the paths of Windows.
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        return list(lexer)
    except ValueError as error:
        raise Nonsense(
            "A quotation mark is not closed.", "Close it, or take it out.", f"Could not split options: {text.strip()}"
        ) from error


def _whole(name: str) -> str:
    """The option that is meant: pip takes the beginning of a name where only one begins so."""
    if name in _KNOWN:
        return name
    begin = [known for known in _KNOWN if known.startswith(name)] if len(name) > 2 else []  # noqa: PLR2004 - two dashes
    if len(begin) == 1 or (begin and set(begin) == _SETTINGS):
        return begin[0]
    if begin:
        said = f"ambiguous option: {name} ({', '.join(begin)}?)"
        raise Nonsense(f"{name} could be several options.", f"Write one of them: {', '.join(begin)}.", said)
    raise Nonsense(
        f"No requirements file has an option {name}.",
        "Take it out: what goes behind `pip install` on a command line is not always allowed in a file.",
        f"no such option: {name}",
    )


def _with(options: Options, name: str, value: str) -> Options:
    changes: dict[str, Any]
    if name in _FLAGS:
        changes = {_FLAGS[name]: True}
    elif name in _FIRST:
        changes = {_FIRST[name]: getattr(options, _FIRST[name]) or value}
    elif name in _LAST:
        changes = {_LAST[name]: value}
    elif name in _SETTINGS:
        key, _, setting = value.partition("=")
        had = options.config_settings
        changes = {"config_settings": {**had, key: (*had.get(key, ()), setting)}}
    elif name in _MANY:
        value = _hash(value) if name == "--hash" else value
        changes = {_MANY[name]: (*getattr(options, _MANY[name]), value)}
    else:
        changes = {"ignored": (*options.ignored, f"{name}={value}" if value else name)}
    return replace(options, **changes)


def _hash(value: str) -> str:
    algorithm, colon, digest = value.partition(":")
    if not colon:
        said = "Arguments to --hash must be a hash name followed by a value, like --hash=sha256:abcde..."
    elif algorithm not in _DIGITS:
        said = f"Allowed hash algorithms for --hash are {', '.join(_DIGITS)}."
    elif not re.fullmatch(r"[0-9a-fA-F]+", digest) or len(digest) != _DIGITS[algorithm]:
        said = "nothing; no file would ever have this hash"
    else:
        return f"{algorithm}:{digest.lower()}"
    raise Nonsense(
        f"{value} is not a hash.", "Write it as --hash=sha256: with 64 hexadecimal digits behind the colon.", said
    )
