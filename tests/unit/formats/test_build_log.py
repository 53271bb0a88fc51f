"""What a failed build said, in the few lines that matter, and what is missing."""

from __future__ import annotations

import pytest

from venvoy.formats.build_log import explain

GCC = """\
building 'demo' extension
gcc -pthread -Wno-unused-result -fPIC -I/usr/include/python3.11 -c demo.c -o build/demo.o
error: command 'gcc' failed: No such file or directory
"""
OLD_GCC = """\
unable to execute 'x86_64-linux-gnu-gcc': No such file or directory
error: command 'x86_64-linux-gnu-gcc' failed with exit status 1
"""
MESON = "../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]\n"
CMAKE = "CMake Error: CMAKE_CXX_COMPILER not set\n  No CMAKE_CXX_COMPILER could be found.\n"


@pytest.mark.parametrize(
    ("text", "cause", "why", "first"),
    [
        (GCC, "compiler-missing", "the compiler gcc is not on", "Debian, Ubuntu: sudo apt install build-essential"),
        (
            OLD_GCC,
            "compiler-missing",
            "the compiler x86_64-linux-gnu-gcc is not",
            "Debian, Ubuntu: sudo apt install build",
        ),
        (MESON, "compiler-missing", "the compiler cc is not on", "Debian, Ubuntu: sudo apt install build-essential"),
        (
            "error: Microsoft Visual C++ 14.0 or greater is required. Get it with ...\n",
            "build-tools-missing",
            "this computer has no compiler",
            "Windows: install the Build Tools",
        ),
        (
            (
                "demo.c:1:10: fatal error: Python.h: No such file or directory\ncompilation terminated.\n"
                "error: command '/usr/bin/gcc' failed with exit code 1\n"
            ),
            "python-header-missing",
            "The file Python.h is missing",
            "Debian, Ubuntu: sudo apt install python3-dev",
        ),
        (
            (
                "c/_cffi_backend.c:15:10: fatal error: ffi.h: No such file or directory\n"
                "error: command '/usr/bin/gcc' failed with exit code 1\n"
            ),
            "header-missing",
            "The header ffi.h of a library is missing.",
            "Debian, Ubuntu: sudo apt install libffi-dev",
        ),
        (
            "x.c:2:10: fatal error: 'openssl/ssl.h' file not found\n",
            "header-missing",
            "The header openssl/ssl.h of a library is missing.",
            "Debian, Ubuntu: sudo apt install libssl-dev",
        ),
        (
            "x.c:2:10: fatal error: strange.h: No such file or directory\n",
            "header-missing",
            "The header strange.h",
            "Look for the package of your system that brings strange.h",
        ),
        (
            "/usr/bin/ld: cannot find -lpq: No such file\n",
            "library-missing",
            "The library pq",
            "Debian, Ubuntu: sudo apt install libpq-dev",
        ),
        (
            "Error: pg_config executable not found.\n",
            "pg-config-missing",
            "The program pg_config is missing",
            "Debian, Ubuntu: sudo apt install libpq-dev",
        ),
        (
            "/bin/sh: 1: pkg-config: not found\n",
            "pkg-config-missing",
            "pkg-config is missing",
            "Debian, Ubuntu: sudo apt install pkg-config",
        ),
        (
            "Package cairo was not found in the pkg-config search path.\n",
            "library-unknown",
            "The library cairo is missing",
            "Debian, Ubuntu: sudo apt install libcairo2-dev",
        ),
        (
            "error: can't find Rust compiler\n",
            "rust-missing",
            "It holds code in Rust",
            "Debian, Ubuntu: sudo apt install rustc cargo",
        ),
        (CMAKE, "compiler-missing", "no compiler for C or C++", "Debian, Ubuntu: sudo apt install build-essential"),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'cmake'\n",
            "cmake-missing",
            "The program CMake is missing.",
            "Debian, Ubuntu: sudo apt install cmake",
        ),
        (
            "ModuleNotFoundError: No module named 'distutils'\n",
            "distutils-gone",
            "distutils is no longer part of Python 3.12",
            "Choose a newer version",
        ),
        (
            "ModuleNotFoundError: No module named 'imp'\n",
            "distutils-gone",
            "imp is no longer part of Python 3.12",
            "Choose a newer version",
        ),
        (
            "ModuleNotFoundError: No module named 'pkg_resources'\n",
            "pkg-resources-gone",
            "It uses pkg_resources",
            "Build it with an older one: build-constraints",
        ),
        (
            "ModuleNotFoundError: No module named 'Cython'\n",
            "build-requirement-missing",
            "Its build needs Cython",
            "Choose a newer version",
        ),
        ("error: command 'gcc' failed with exit status 1\n", "", "", "Choose another version of it"),
        ("gcc: command not found\n", "compiler-missing", "the compiler gcc is not on", "Debian, Ubuntu: sudo apt"),
        (
            "error: [Errno 2] No such file or directory: 'g++'\n",
            "compiler-missing",
            "the compiler g++",
            "Debian, Ubuntu",
        ),
        ("Something else\n", "", "", "Choose another version of it"),
        ("", "", "", "Choose another version of it"),
    ],
)
def test_the_cause_is_named_with_what_mends_it(text: str, cause: str, why: str, first: str) -> None:
    told = explain(text)
    assert told.cause == cause
    assert why in told.why
    assert told.fix[0].startswith(first)


def test_an_ordinary_build_log_has_no_cause() -> None:
    """What compiles, and then fails for another reason, lacks no compiler."""
    text = (
        "gcc -pthread -fPIC -I/usr/include -c demo.c -o build/demo.o\nchecking for gcc... gcc\n"
        "demo.c:4:5: error: unknown type name 'foo'\nerror: command '/usr/bin/gcc' failed with exit code 1\n"
    )
    assert explain(text).cause == ""
    assert explain(text).lines == (
        "    checking for gcc... gcc",
        "    demo.c:4:5: error: unknown type name 'foo'",
        "    error: command '/usr/bin/gcc' failed with exit code 1",
    )


def test_long_output_is_cut_to_what_matters() -> None:
    lines = [f"copying file {number}" for number in range(300)]
    lines[10] = "fatal: the real reason"
    lines += ['  File "/x/_in_process.py", line 3, in <module>', "ValueError: \x1b[31mbad\x1b[0m " + "x" * 500]
    told = explain("\r\n".join(lines))
    assert told.lines[0] == "    fatal: the real reason"
    assert told.lines[-1].startswith("    ValueError: bad xxx")
    assert told.lines[-1].endswith("…")
    assert len(told.lines) <= 12
