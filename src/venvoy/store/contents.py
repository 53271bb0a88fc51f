"""Is this archive a right wheel? Decided from its names and its ``.dist-info`` before a single file is written."""

from __future__ import annotations

import base64
import binascii

from venvoy.model.names import canonicalize_name
from venvoy.store.names import HERE, Rules, path_fault, reference_fault, same_file, script_fault
from venvoy.store.refusal import Wheel
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from venvoy.model.names import NormalizedName
    from venvoy.store.archive import Archive

_SCHEMES = frozenset({"purelib", "platlib", "headers", "scripts", "data"})
_HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}
# They sign RECORD, so RECORD cannot list them (PEP 427).
_UNRECORDED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_COMMANDS = ("console_scripts", "gui_scripts")
_WHEEL_MAJOR = "1"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What RECORD says of one file: ``algorithm`` as hashlib names it, raw ``digest``, ``size`` in bytes or None."""

    algorithm: str
    digest: bytes
    size: int | None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a wheel's ``.dist-info`` says, found to be right.

    ``record`` says of each file what it must be, None for RECORD and its signatures; ``record_path`` is RECORD's own
    path and ``scripts`` the path prefix of its ready-made commands, with a slash at the end.
    """

    name: NormalizedName
    version: str
    dist_info: str
    purelib: bool
    record: Mapping[str, Recorded | None]
    record_path: str
    scripts: str


def identify(filename: str) -> Wheel:
    """Read name and version off a wheel's file name (PEP 427).

    Raises:
        Problem: ``wheel-invalid``.
    """
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - 24 ms that `get` saves

    try:
        name, version, _, _ = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise Wheel(filename).invalid("Its file name is not NAME-VERSION-PYTHON-ABI-PLATFORM.whl.") from error
    return Wheel(filename, name, str(version))


def examine(archive: Archive, rules: Rules = HERE) -> Contents:
    """Check everything about a wheel that can be checked before its files are read.

    Raises:
        Problem: ``wheel-unsafe`` or ``wheel-invalid``.
    """
    wheel = archive.wheel
    paths = archive.members
    for path in archive.every_path:
        if fault := path_fault(path.removesuffix("/"), rules):
            raise wheel.unsafe(f"Its entry {path!r} {fault}.", path)
    if same := same_file(paths, rules):
        raise wheel.unsafe(f"Its entries {same[0]!r} and {same[1]!r} would be the same file.", same[1])
    dist_info = _dist_info(wheel, paths)
    scripts = _check_data(wheel, paths, dist_info, rules)
    # old tools wrote names of authors in the letters of their own country; what is looked at here is ASCII
    name, version = _check_metadata(wheel, _text(archive, f"{dist_info}/METADATA", "replace"))
    purelib = _check_wheel(wheel, _text(archive, f"{dist_info}/WHEEL"))
    record = _record(wheel, _text(archive, f"{dist_info}/RECORD"))
    _check_record(wheel, paths, record, dist_info)
    if f"{dist_info}/entry_points.txt" in paths:
        _check_commands(wheel, _text(archive, f"{dist_info}/entry_points.txt"), rules)
    return Contents(name, version, dist_info, purelib, record, f"{dist_info}/RECORD", scripts)


def _text(archive: Archive, path: str, errors: str = "strict") -> str:
    if path not in archive.members:
        raise archive.wheel.invalid(f"It has no {path}.", path)
    try:
        return archive.read(path).decode("utf-8", errors)
    except UnicodeDecodeError as error:
        raise archive.wheel.invalid(f"Its {path} is not UTF-8 text.", path) from error


def _dist_info(wheel: Wheel, paths: Iterable[str]) -> str:
    tops = sorted({path.partition("/")[0] for path in paths if "/" in path})
    found = [top for top in tops if top.endswith(".dist-info")]
    if not found:
        raise wheel.invalid("It has no .dist-info folder.")
    if len(found) > 1:
        raise wheel.invalid(f"It has more than one .dist-info folder: {', '.join(found)}.", found[1])
    if not _fits(wheel, found[0].removesuffix(".dist-info")):
        raise wheel.invalid(f"Its folder {found[0]} does not fit its file name.", found[0])
    for path in paths:
        top = path.partition("/")[0]
        if top != found[0] and top.lower().endswith((".dist-info", ".egg-info", ".egg-link")):
            raise wheel.unsafe(f"Its entry {path!r} would say that something else is installed.", path)
    return found[0]


def _fits(wheel: Wheel, stem: str) -> bool:
    """Whether ``name-version`` means the wheel's name and version, however they are spelled (PEP 503, PEP 440)."""
    name, dash, version = stem.partition("-")
    return bool(dash) and canonicalize_name(name) == wheel.name and _same_version(version.replace("_", "-"), wheel)


def _same_version(text: str, wheel: Wheel) -> bool:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - 24 ms that `get` saves

    try:
        return Version(text) == Version(wheel.version)
    except InvalidVersion:
        return False


def _check_data(wheel: Wheel, paths: Iterable[str], dist_info: str, rules: Rules) -> str:
    folder = f"{dist_info.removesuffix('.dist-info')}.data"
    for path in paths:
        top, _, rest = path.partition("/")
        if not top.endswith(".data") or not _fits(wheel, top.removesuffix(".data")):
            continue
        key, _, inside = rest.partition("/")
        if top != folder or not inside or key not in _SCHEMES:
            kinds = ", ".join(sorted(_SCHEMES))
            raise wheel.unsafe(f"Its entry {path!r} is not for a place that is known: {folder} with {kinds}.", path)
        name = inside.rpartition("/")[2]
        if key == "scripts" and (fault := script_fault(name, rules)):
            raise wheel.unsafe(f"Its command {name!r} {fault}.", path)
    return f"{folder}/scripts/"


def _headers(text: str) -> Iterator[tuple[str, str]]:
    """The fields at the head of a file in e-mail form; ``email`` itself would cost 30 ms to import."""
    for line in text.split("\n"):
        if not line.strip():
            return
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            yield name.strip().lower(), value.strip()


def _check_metadata(wheel: Wheel, text: str) -> tuple[NormalizedName, str]:
    fields = dict(reversed(list(_headers(text))))
    name, version = fields.get("name", ""), fields.get("version", "")
    if not name or canonicalize_name(name) != wheel.name:
        raise wheel.invalid(f"Its METADATA says that it is {name!r}, its file name says {wheel.name!r}.", "METADATA")
    if not _same_version(version, wheel):
        raise wheel.invalid(
            f"Its METADATA says that it is version {version!r}, its file name says {wheel.version!r}.", "METADATA"
        )
    return canonicalize_name(name), wheel.version


def _check_wheel(wheel: Wheel, text: str) -> bool:
    fields = dict(reversed(list(_headers(text))))
    version = fields.get("wheel-version", "")
    if not version:
        raise wheel.invalid("Its WHEEL file does not say which version of the wheel format it has.", "WHEEL")
    if version.partition(".")[0] != _WHEEL_MAJOR:
        raise wheel.invalid(
            f"It has version {version!r} of the wheel format. This venvoy knows version 1; a newer one may know it.",
            "WHEEL",
        )
    return fields.get("root-is-purelib", "").lower() == "true"


def _record(wheel: Wheel, text: str) -> dict[str, Recorded | None]:
    import csv  # noqa: PLC0415 - 3 ms that `get` saves

    record: dict[str, Recorded | None] = {}
    try:
        for row in csv.reader(text.splitlines(keepends=True), strict=True):
            if not row:
                continue
            path, digest, size = row
            recorded = _recorded(wheel, path, digest, size) if digest else None
            known = record.setdefault(path, recorded)
            if known is not recorded and known != recorded:
                raise wheel.invalid(f"Its RECORD says two things about {path!r}.", path)
    except (csv.Error, ValueError) as error:
        raise wheel.invalid("Its RECORD is not a table of path, hash and size.", "RECORD") from error
    return record


def _recorded(wheel: Wheel, path: str, digest: str, size: str) -> Recorded:
    algorithm, _, encoded = digest.partition("=")
    if algorithm not in _HASHES:
        raise wheel.invalid(f"Its RECORD has {path!r} with a hash of kind {algorithm!r}, which is too weak.", path)
    encoded = encoded.rstrip("=")
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != _HASHES[algorithm]:
        raise wheel.invalid(f"Its RECORD has {path!r} with a hash that cannot be read.", path)
    if size and not (size.isascii() and size.isdigit()):
        raise wheel.invalid(f"Its RECORD has {path!r} with a size that is not a number.", path)
    return Recorded(algorithm, raw, int(size) if size else None)


def _check_record(wheel: Wheel, paths: Iterable[str], record: Mapping[str, Recorded | None], dist_info: str) -> None:
    exempt = {f"{dist_info}/{name}" for name in _UNRECORDED}
    there = set(paths)
    for path in sorted(there - exempt):
        if path not in record:
            raise wheel.invalid(f"Its RECORD does not list its entry {path!r}.", path)
        if record[path] is None:
            raise wheel.invalid(f"Its RECORD has no hash for {path!r}.", path)
    if missing := min(record.keys() - there - exempt, default=""):
        raise wheel.invalid(f"Its RECORD lists {missing!r}, which is not in the wheel.", missing)


def _check_commands(wheel: Wheel, text: str, rules: Rules) -> None:
    import configparser  # noqa: PLC0415 - 8 ms that `get` saves

    # As the entry points specification reads the file: names keep their case, only "=" separates.
    parser = configparser.RawConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise wheel.invalid("Its entry_points.txt cannot be read.", "entry_points.txt") from error
    for group in _COMMANDS:
        for name, reference in parser.items(group) if parser.has_section(group) else ():
            if fault := script_fault(name, rules) or reference_fault(reference):
                raise wheel.unsafe(f"Its command {name!r} {fault}.", "entry_points.txt")
