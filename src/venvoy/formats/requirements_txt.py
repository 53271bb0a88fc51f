"""pip's requirements files and constraints files → values: every line with its place, nested files followed.

Source: "Requirements File Format" in pip's documentation, and pip's own reading where that page says nothing. No file
is opened here: who calls hands in how a file is read, so that the same code serves folders, tests and addresses.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement

from venvoy.errors import Problem
from venvoy.formats import requirements, requirements_txt_lines
from venvoy.formats.requirements_txt_lines import Options, Settings
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn


_SCHEMES = "https?|ftp|file|(?:git|hg|svn|bzr)\\+[a-z]+"
_URL = pattern(rf"(?:{_SCHEMES}):", re.IGNORECASE)
_ADDRESS = pattern(r"(?:https?|file):", re.IGNORECASE)
_ARCHIVE = pattern(r"\.(?:whl|zip|tar|tar\.gz|tgz|tar\.bz2|tbz|tar\.xz|txz|tar\.lzma|tlz)$", re.IGNORECASE)
_EXTRAS = pattern(r"^(.+)\[([^\]]*)\]$")
_EGG = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?$")
_NAMED = pattern(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a requirements file asks for, or bounds.

    Exactly one of three says what it is: ``requirement``, a requirement with a name, which may have an address
    (``name @ https://…``; an ``#egg=name`` is put into that form); ``url``, an address whose distribution's name stands
    nowhere; ``path``, a folder or an archive as it is written: pip takes it relative to the folder that it runs in, not
    to the file. ``extras`` and ``marker`` belong to any of them. ``hashes`` are texts such as ``sha256:…``. ``file``
    and ``line`` say where it stands, ``text`` what stands there once lines are joined and comments are gone.
    """

    requirement: Requirement | None
    url: str
    path: str
    extras: frozenset[str]
    marker: Marker | None
    editable: bool
    hashes: tuple[str, ...]
    config_settings: Mapping[str, tuple[str, ...]] = field(hash=False)
    file: str
    line: int
    text: str

    @property
    def where(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class RequirementsFile:
    """What a requirements file says, with all that it names by ``-r`` and ``-c``.

    ``files`` are all that were read, the first one first. ``remarks`` are for people: what was guessed.
    """

    requirements: tuple[Item, ...]
    constraints: tuple[Item, ...]
    settings: Settings
    files: tuple[str, ...]
    remarks: tuple[str, ...]


def parse(
    path: str, read: Callable[[str], bytes], variables: Mapping[str, str] | None = None, *, constraints: bool = False
) -> RequirementsFile:
    """Read a requirements file and all that it names.

    Args:
        path: the file, with forward or native slashes, or an address.
        read: gives the bytes of such a path; raises OSError or Problem.
        variables: put in for ``${NAME}``; what is not in here stays as it is written, as with pip.
        constraints: it is a constraints file.

    Raises:
        Problem: requirements-file-invalid, requirements-file-missing, requirements-file-cycle; what ``read`` raises.
    """
    reader = _Reader(read, variables or {})
    reader.file(path, (), "", bounds=constraints)
    return RequirementsFile(
        tuple(reader.requirements),
        tuple(reader.constraints),
        reader.settings,
        tuple(dict.fromkeys(reader.files)),
        tuple(dict.fromkeys(reader.remarks)),
    )


class _Reader:
    def __init__(self, read: Callable[[str], bytes], variables: Mapping[str, str]) -> None:
        self._read = read
        self._variables = variables
        self.requirements: list[Item] = []
        self.constraints: list[Item] = []
        self.settings = Settings()
        self.files: list[str] = []
        self.remarks: list[str] = []

    def file(self, path: str, chain: tuple[str, ...], named: str, *, bounds: bool) -> None:
        """Read one file; ``chain`` are those that led to it, ``named`` is the line that names it."""
        try:
            data = self._read(path)
        except OSError as error:
            kind = "constraints" if bounds else "requirements"
            raise Problem(
                "requirements-file-missing",
                f"The {kind} file {path} cannot be read: {error.strerror or error}.",
                why=f"It is named in {named}." if named else "",
                fix=("Check the name: a file named by -r or -c is looked for beside the file that names it.",)
                if named
                else ("Check the name, and the folder that you are in.",),
                where=named,
            ) from error
        text, remark = requirements_txt_lines.decode(data, path)
        self.files.append(path)
        self.remarks += [remark] if remark else []
        for number, line in requirements_txt_lines.logical_lines(text, self._variables):
            place = f"{path}:{number}"
            try:
                wanted, options = requirements_txt_lines.split(line)
                if not wanted and (options.requirement or options.constraint) and not options.editable:
                    nested = options.requirement or options.constraint
                    self._nested(path, nested, chain, place, bounds=not options.requirement)
                elif wanted or options.editable:
                    item = _understood(wanted or options.editable, editable=not wanted)
                    item = replace(item, file=path, line=number, text=line)
                    self._item(item, options, bounds=bounds)
                else:
                    self._options(options, path, place)
            except requirements_txt_lines.Nonsense as nonsense:
                _refuse(line, place, nonsense)

    def _nested(self, path: str, name: str, chain: tuple[str, ...], place: str, *, bounds: bool) -> None:
        target = beside(path, name)
        met = (*chain, path)
        if target in met:
            round_trip = [*met[met.index(target) :], target]
            raise Problem(
                "requirements-file-cycle",
                "These requirements files name one another in a circle.",
                why=" → ".join(round_trip),
                fix=(f"Take the line out that closes the circle: {place}",),
                where=place,
                data={"chain": round_trip},
            )
        self.file(target, met, place, bounds=bounds)

    def _item(self, item: Item, options: Options, *, bounds: bool) -> None:
        self._ignore(options)
        if bounds:
            _check_constraint(item)
        item = replace(item, hashes=options.hashes, config_settings=options.config_settings)
        (self.constraints if bounds else self.requirements).append(item)

    def _options(self, options: Options, path: str, place: str) -> None:
        had = self.settings
        self.settings = replace(
            had,
            index_url="" if options.no_index else options.index_url or had.index_url,
            extra_index_urls=() if options.no_index else had.extra_index_urls + options.extra_index_urls,
            find_links=had.find_links + tuple(beside(path, link) for link in options.find_links),
            no_index=had.no_index or options.no_index,
            no_binary=_formats(had.no_binary, options.no_binary),
            only_binary=_formats(had.only_binary, options.only_binary),
            trusted_hosts=had.trusted_hosts + options.trusted_hosts,
            pre=had.pre or options.pre,
            prefer_binary=had.prefer_binary or options.prefer_binary,
            require_hashes=had.require_hashes or options.require_hashes,
        )
        if options.hashes:
            self.remarks.append(f"{place} has a --hash but no requirement: pip leaves it out of account too.")
        self._ignore(options)

    def _ignore(self, options: Options) -> None:
        self.settings = replace(self.settings, ignored=self.settings.ignored + options.ignored)


def beside(file: str, name: str) -> str:
    """The path of what a requirements file names, relative to that file, unless it is absolute or an address."""
    if _ADDRESS.match(file):
        return urljoin(file, name)
    if _ADDRESS.match(name):
        return name
    name, folder = name.replace("\\", "/"), posixpath.dirname(file.replace("\\", "/"))
    if re.match(r"[A-Za-z]:", name):
        return posixpath.normpath(name)
    return posixpath.normpath(posixpath.join(folder, name))


def _formats(had: tuple[str, ...], more: Sequence[str]) -> tuple[str, ...]:
    """Names behind --no-binary or --only-binary: ``:all:`` is every one, ``:none:`` takes back all before it."""
    for text in more:
        for name in filter(None, (part.strip() for part in text.split(","))):
            had = () if name == ":none:" else (*had, name)
    return tuple(dict.fromkeys(had))


def _understood(text: str, *, editable: bool) -> Item:
    """What a line asks for, without its place.

    Raises:
        Nonsense: it cannot be understood.
    """
    item = Item(None, "", "", frozenset(), None, editable, (), {}, "", 0, "")
    if _NAMED.match(text):
        requirement = _requirement(text)
        return replace(item, requirement=requirement, extras=frozenset(requirement.extras), marker=requirement.marker)
    if re.match(r"(?:git|hg|svn|bzr)\+[^:/\s]+@", text):
        raise requirements_txt_lines.Nonsense(
            "An address of this form is for ssh itself; behind git+ stands a URL.",
            "Write git+ssh://USER@HOST/PATH with a slash where the colon was.",
            f"Invalid requirement: {text!r}",
        )
    is_url = bool(_URL.match(text))
    body, _, condition = text.partition("; " if is_url else ";")
    body, marker = body.strip(), _marker(condition, text) if condition.strip() else None
    if is_url:
        return _from_url(replace(item, marker=marker), body)
    if editable or _is_path(body):
        path = body.partition("#")[0]
        extras = _EXTRAS.match(path)
        if extras:
            return replace(item, path=extras[1], extras=_extras(extras[2]), marker=marker)
        return replace(item, path=path, marker=marker)
    requirement = _requirement(text)
    return replace(item, requirement=requirement, extras=frozenset(requirement.extras), marker=requirement.marker)


def _is_path(text: str) -> bool:
    """Whether pip would look for a folder or a file: it has a slash, begins with a dot, or ends like an archive."""
    bare = _EXTRAS.sub(r"\1", text)
    return "/" in bare or "\\" in bare or bare.startswith(".") or bool(_ARCHIVE.search(bare))


def _from_url(item: Item, url: str) -> Item:
    extras = _EXTRAS.match(url) if "#" not in url else None
    if extras:
        url, item = extras[1], replace(item, extras=_extras(extras[2]))
    try:
        parts = urlsplit(url)
    except ValueError as error:
        said = f"Invalid requirement: {url!r}: {error}"
        why, fix = (
            "This is not an address.",
            "Write it as https://HOST/PATH, with brackets around a number of IPv6 only.",
        )
        raise requirements_txt_lines.Nonsense(why, fix, said) from error
    fragment = parse_qsl(parts.fragment)
    egg = next((value for key, value in fragment if key == "egg"), "")
    kept = "&".join(f"{key}={value}" for key, value in fragment if key != "egg")
    address = urlunsplit(parts._replace(fragment=kept)) if fragment else url
    if parts.scheme == "file" and not address.startswith("file://"):
        address = f"file://{address[5:]}" if address.startswith("file:/") else url.partition("#")[0]
    name = egg if _EGG.match(egg) else _wheel_name(parts.path)
    if not name:
        return replace(item, url=address)
    shown = name if "[" in name or not item.extras else f"{name}[{','.join(sorted(item.extras))}]"
    requirement = _requirement(f"{shown} @ {address}" + (f" ; {item.marker}" if item.marker else ""))
    return replace(item, requirement=requirement, extras=frozenset(requirement.extras))


def _wheel_name(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.partition("-")[0] if name.endswith(".whl") and name.count("-") >= 4 else ""  # noqa: PLR2004 - PEP 427


def _extras(text: str) -> frozenset[str]:
    return frozenset(filter(None, (part.strip() for part in text.split(","))))


def _marker(text: str, whole: str) -> Marker:
    try:
        return Marker(text)
    except InvalidMarker as error:
        raise requirements_txt_lines.Nonsense(
            "The condition behind the semicolon cannot be understood.",
            """Write it as in "NAME; python_version < '3.12'" or "NAME; sys_platform == 'win32'".""",
            f"Invalid requirement: {whole!r}: {str(error).partition(chr(10))[0]}",
        ) from error


def _requirement(text: str) -> Requirement:
    try:
        return requirements.read(text)
    except InvalidRequirement as error:
        why, fix = requirements.explain(text, error)
        hint = "\nHint: = is not a valid operator. Did you mean == ?" if re.match(r"[^=<>!~;@]+=[^=]", text) else ""
        raise requirements_txt_lines.Nonsense(
            why, fix, f"Invalid requirement: {text!r}: {str(error).partition(chr(10))[0]}{hint}"
        ) from error


def _check_constraint(item: Item) -> None:
    if item.editable:
        said = "Editable requirements are not allowed as constraints"
    elif item.requirement is None:
        said = "Unnamed requirements are not allowed as constraints"
    elif item.extras:
        said = "Constraints cannot have extras"
    else:
        return
    raise requirements_txt_lines.Nonsense(
        "A constraints file bounds versions of names; it does not say what to install.",
        "Move the line to a requirements file, or write NAME with bounds only.",
        said,
    )


def _refuse(line: str, place: str, nonsense: requirements_txt_lines.Nonsense) -> NoReturn:
    shown = line if len(line) <= 100 else f"{line[:97]}..."  # noqa: PLR2004 - a line of a terminal
    said = "\n".join(f"  {part}" for part in nonsense.pip.splitlines())
    why = nonsense.why
    if variable := re.search(r"\$\{(\w*)\}", line):
        why = f"There is no environment variable {variable[1]}."
        if variable[1] != variable[1].upper():
            why = f"Only environment variables in capital letters are put in, and {variable[1]} is none."
    raise Problem(
        "requirements-file-invalid",
        f"This line is nothing that a requirements file can hold: {shown}",
        why=f"{why}\npip would say:\n{said}",
        fix=(nonsense.fix,),
        where=place,
    ) from nonsense
