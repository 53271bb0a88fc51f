"""What a failed build said: the few lines that matter, and what is missing on this computer. Pure.

The causes are a table: a pattern, what it means in words, and which package of which system brings what is missing.
"""

from __future__ import annotations

import re

from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST = 12
_WIDTH = 100
_ANSI = pattern(r"\x1b\[[0-9;?]*[A-Za-z]")
_MATTERS = pattern(
    r"\berror\b|error:|\bfatal\b|not found|no such file|cannot find|undefined reference|No module named", re.IGNORECASE
)
# What every failed build says, and what says nothing.
_NOISE = pattern(
    r"^\s*(?:running |copying |creating |adding |writing |reading |removing |byte-compiling |warning:|\*{5,}|!!|-{5,}"
    r'|~+\^*~*$|\^+$|File ".*(?:pyproject_hooks|_in_process)|(?:[\w/.-]*-)?(?:gcc|g\+\+|cc|c\+\+|clang)\b.* -[cIo]\b)'
)


class Told(NamedTuple):
    """What a log tells: the cause's id (empty: unknown), why in words, the lines that matter, and what would help."""

    cause: str
    why: str
    lines: tuple[str, ...]
    fix: tuple[str, ...]


class Cause(NamedTuple):
    """A kind of failure: its pattern, what it means (``{0}`` is what was found), and what helps."""

    name: str
    pattern: str
    why: str
    fix: tuple[str, ...]


_TRY_A_WHEEL = "Or choose a version, or a Python, for which there is a ready-made wheel."
_SYSTEMS = (
    "Debian, Ubuntu: sudo apt install {}",
    "Fedora: sudo dnf install {}",
    "Alpine: sudo apk add {}",
    "macOS: brew install {}",
)


def _install(*packages: str, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What installs a thing, by the names of its packages with apt, dnf, apk and brew, as far as these have any."""
    return (*(line.format(name) for line, name in zip(_SYSTEMS, packages, strict=False)), *more, _TRY_A_WHEEL)


_C = _install(
    "build-essential python3-dev",
    "gcc gcc-c++ make python3-devel",
    "build-base python3-dev",
    more=(
        "macOS: xcode-select --install",
        "Windows: install the Build Tools for Visual Studio, with “Desktop development with C++”",
    ),
)
_COMPILER = r"(?:[\w-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang\+\+|clang)(?:-\d+)?"
_CAUSES = (
    Cause(
        "build-tools-missing",
        r"Microsoft Visual C\+\+ [\d.]+ or greater is required|Unable to find vcvarsall\.bat",
        "It holds code in C or C++, and this computer has no compiler for it.",
        (_C[4], _TRY_A_WHEEL),
    ),
    Cause(
        "compiler-missing",
        r"No CMAKE_(?:C|CXX)_COMPILER could be found",
        "It holds code in C or C++, and CMake finds no compiler for C or C++ on this computer.",
        _C,
    ),
    Cause(
        "compiler-missing",
        (
            rf"unable to execute ['\"]?({_COMPILER})\b|command ['\"]({_COMPILER})['\"] failed: No such file"
            rf"|No such file or directory: ['\"]({_COMPILER})['\"]|Unknown compiler\(s\): \[\[['\"]({_COMPILER})['\"]"
            rf"|\b({_COMPILER}): (?:command )?not found"
        ),
        "It holds code in C or C++, and the compiler {0} is not on this computer.",
        _C,
    ),
    Cause(
        "python-header-missing",
        r"fatal error: '?(Python\.h)'?",
        "The file {0} is missing: the part of Python that C code is compiled with.",
        _install("python3-dev", "python3-devel", "python3-dev"),
    ),
    Cause(
        "header-missing",
        r"fatal error: '?([\w./+-]+\.h(?:pp)?)'?[^\n]*(?:No such file|file not found)",
        "The header {0} of a library is missing.",
        (),
    ),
    Cause(
        "library-missing",
        r"(?:cannot find -l|library '?-l|ld: library not found for -l)([\w+-]+)",
        "The library {0} is missing.",
        (),
    ),
    Cause(
        "pg-config-missing",
        r"pg_config[^\n]{0,40}(?:not found|No such file)",
        "The program pg_config is missing: it comes with what PostgreSQL's programs are compiled with.",
        _install("libpq-dev", "libpq-devel", "libpq-dev", "libpq"),
    ),
    Cause(
        "pkg-config-missing",
        r"(?:pkg-config|pkgconf)[^\n]{0,60}(?:not found|No such file|could not be found|is required)",
        "The program pkg-config is missing: builds ask it where libraries are.",
        _install("pkg-config", "pkgconf-pkg-config", "pkgconf", "pkgconf"),
    ),
    Cause(
        "library-unknown",
        r"(?:Package ['\"]?([\w.+-]+)['\"]?,? (?:required by|was not found)|No package '([\w.+-]+)' found)",
        "The library {0} is missing, or the part of it that C code is compiled with.",
        (),
    ),
    Cause(
        "rust-missing",
        (
            r"(?i:can't find Rust compiler|rustc[^\n]{0,40}not (?:found|installed)"
            r"|cargo[^\n]{0,60}(?:not (?:found|installed)|No such file))"
        ),
        "It holds code in Rust, and this computer has no Rust.",
        _install("rustc cargo", "rust cargo", "rust cargo", "rust", more=("Windows: install Rust with rustup",)),
    ),
    Cause(
        "cmake-missing",
        (
            r"(?i:cmake)[^\n]{0,60}(?:not found|No such file|must be installed|is required|could not be found)"
            r"|(?:not found|No such file)[^\n]{0,40}'cmake'"
        ),
        "The program CMake is missing.",
        _install("cmake", "cmake", "cmake", "cmake", more=("Windows: winget install Kitware.CMake",)),
    ),
    Cause(
        "distutils-gone",
        r"No module named ['\"]?(distutils|imp)['\"]?\s",
        "It was written for an older Python: {0} is no longer part of Python 3.12 and newer.",
        (
            "Choose a newer version of it, or a Python older than 3.12: venvoy sync --python 3.11",
            'Or bring distutils back for builds: build-constraints = ["setuptools<81"] in [tool.venvoy]',
        ),
    ),
    Cause(
        "pkg-resources-gone",
        r"No module named ['\"]?(pkg_resources)['\"]?",
        "It uses {0}, which setuptools no longer brings since its version 82.",
        ('Build it with an older one: build-constraints = ["setuptools<82"] in [tool.venvoy]',),
    ),
    Cause(
        "build-requirement-missing",
        r"No module named ['\"]?((?i:cython|numpy|setuptools|wheel|pybind11|cffi|pip)[\w.]*)['\"]?",
        "Its build needs {0}, and its pyproject.toml does not say so.",
        (
            "Choose a newer version of it; or put what it needs into the environment yourself, and build it there:",
            'no-build-isolation = ["NAME"] in [tool.venvoy]',
        ),
    ),
)
_PACKAGES: Mapping[str, tuple[str, str, str, str]] = {
    "ffi": ("libffi-dev", "libffi-devel", "libffi-dev", "libffi"),
    "ssl": ("libssl-dev", "openssl-devel", "openssl-dev", "openssl"),
    "pq": ("libpq-dev", "libpq-devel", "libpq-dev", "libpq"),
    "mysql": ("default-libmysqlclient-dev", "mariadb-connector-c-devel", "mariadb-dev", "mysql-client"),
    "xml2": ("libxml2-dev", "libxml2-devel", "libxml2-dev", "libxml2"),
    "xslt": ("libxslt1-dev", "libxslt-devel", "libxslt-dev", "libxslt"),
    "z": ("zlib1g-dev", "zlib-devel", "zlib-dev", "zlib"),
    "jpeg": ("libjpeg-dev", "libjpeg-turbo-devel", "jpeg-dev", "jpeg"),
    "yaml": ("libyaml-dev", "libyaml-devel", "yaml-dev", "libyaml"),
    "sqlite3": ("libsqlite3-dev", "sqlite-devel", "sqlite-dev", "sqlite"),
    "curl": ("libcurl4-openssl-dev", "libcurl-devel", "curl-dev", "curl"),
    "ldap": ("libldap-dev", "openldap-devel", "openldap-dev", "openldap"),
    "sasl2": ("libsasl2-dev", "cyrus-sasl-devel", "cyrus-sasl-dev", "cyrus-sasl"),
    "cairo": ("libcairo2-dev", "cairo-devel", "cairo-dev", "cairo"),
    "freetype": ("libfreetype-dev", "freetype-devel", "freetype-dev", "freetype"),
    "hdf5": ("libhdf5-dev", "hdf5-devel", "hdf5-dev", "hdf5"),
    "blas": ("libopenblas-dev", "openblas-devel", "openblas-dev", "openblas"),
    "gmp": ("libgmp-dev", "gmp-devel", "gmp-dev", "gmp"),
    "magic": ("libmagic-dev", "file-devel", "file-dev", "libmagic"),
    "snappy": ("libsnappy-dev", "snappy-devel", "snappy-dev", "snappy"),
    "krb5": ("libkrb5-dev", "krb5-devel", "krb5-dev", "krb5"),
    "portaudio": ("portaudio19-dev", "portaudio-devel", "portaudio-dev", "portaudio"),
    "odbc": ("unixodbc-dev", "unixODBC-devel", "unixodbc-dev", "unixodbc"),
    "dbus": ("libdbus-1-dev", "dbus-devel", "dbus-dev", "dbus"),
    "pcap": ("libpcap-dev", "libpcap-devel", "libpcap-dev", "libpcap"),
    "geos": ("libgeos-dev", "geos-devel", "geos-dev", "geos"),
    "usb": ("libusb-1.0-0-dev", "libusb1-devel", "libusb-dev", "libusb"),
}
"""What brings a library's headers: with apt, dnf, apk and brew."""
_NAMES: Mapping[str, str] = {
    "ffi.h": "ffi",
    "libffi": "ffi",
    "openssl": "ssl",
    "crypto": "ssl",
    "libpq-fe.h": "pq",
    "libpq": "pq",
    "mysql.h": "mysql",
    "mysqlclient": "mysql",
    "mariadb": "mysql",
    "libxml": "xml2",
    "libxml-2.0": "xml2",
    "libxslt": "xslt",
    "zlib.h": "z",
    "zlib": "z",
    "jpeglib.h": "jpeg",
    "libjpeg": "jpeg",
    "yaml.h": "yaml",
    "sqlite3.h": "sqlite3",
    "libcurl": "curl",
    "ldap.h": "ldap",
    "lber.h": "ldap",
    "sasl": "sasl2",
    "cairo.h": "cairo",
    "freetype2": "freetype",
    "ft2build.h": "freetype",
    "hdf5.h": "hdf5",
    "openblas": "blas",
    "lapack": "blas",
    "gmp.h": "gmp",
    "magic.h": "magic",
    "snappy-c.h": "snappy",
    "snappy.h": "snappy",
    "gssapi": "krb5",
    "krb5.h": "krb5",
    "gssapi_krb5": "krb5",
    "portaudio.h": "portaudio",
    "sql.h": "odbc",
    "dbus-1": "dbus",
    "gobject-introspection-1.0": "gobject",
    "girepository-2.0": "gobject",
    "pcap.h": "pcap",
    "geos_c.h": "geos",
    "libusb-1.0": "usb",
    "libusb.h": "usb",
    "sqlite3ext.h": "sqlite3",
    "pq-fe.h": "pq",
}


def explain(text: str) -> Told:
    """What the output of a failed build tells.

    Args:
        text: its end; any encoding faults and colours are fine.
    """
    plain = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = tuple(_important(plain.split("\n")))
    for cause in _CAUSES:
        found = re.search(cause.pattern, plain)
        if found:
            what = next(filter(None, found.groups()), "")
            fix = cause.fix or _packages(what)
            return Told(cause.name, cause.why.format(what), lines, fix)
    return Told("", "", lines, ("Choose another version of it, or a Python, for which there is a ready-made wheel.",))


def _packages(what: str) -> tuple[str, ...]:
    """Which packages bring a header or a library."""
    for name in (what, what.partition("/")[0], what.rpartition("/")[2], what.removeprefix("lib")):
        key = _NAMES.get(name, name)
        if key in _PACKAGES:
            return _install(*_PACKAGES[key])
    look = f"Look for the package of your system that brings {what}; its name often ends in -dev or -devel."
    return look, _TRY_A_WHEEL


def _important(lines: list[str]) -> Iterator[str]:
    """The lines that tell of errors and the last ones, each once, in their order."""
    useful = [at for at, line in enumerate(lines) if line.strip() and not _NOISE.search(line)]
    chosen = [at for at in useful if _MATTERS.search(lines[at])][-_MOST // 2 :]
    chosen = sorted({*chosen, *useful[-_MOST // 2 :]})
    seen: set[str] = set()
    for at in chosen:
        line = lines[at].rstrip()
        if line.strip() not in seen:
            seen.add(line.strip())
            whole = len(line) <= _WIDTH or line.lstrip().startswith('File "')
            yield "    " + (line if whole else line[: _WIDTH - 1] + "…")
