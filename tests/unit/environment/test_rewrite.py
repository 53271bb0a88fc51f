"""The paths in an environment that lies elsewhere than where it was made."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from venvoy.environment import record, rewrite
from venvoy.errors import Problem
from venvoy.system import fs

posix = pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")


def rewritten(root: Path, content: bytes, origin: str = "/old/env") -> bytes:
    scripts = root / "bin"
    scripts.mkdir()
    (scripts / "tool").write_bytes(content)
    rewrite.rewrite(root, scripts, origin)
    return (scripts / "tool").read_bytes()


@posix
def test_a_command_starts_the_python_that_is_here(tmp_path: Path) -> None:
    found = rewritten(tmp_path, b"#!/old/env/bin/python3.12 -E\nprint(1)\n")
    assert found == b"#!%s/bin/python3.12 -E\nprint(1)\n" % os.fsencode(tmp_path)


@posix
@pytest.mark.parametrize("quote", [b'"', b"'", b""])
def test_a_command_that_goes_through_the_shell_does_too(tmp_path: Path, quote: bytes) -> None:
    first = b"#!/bin/sh\n'''exec' " + quote + b"/old/env/bin/python" + quote + b" \"$0\" \"$@\"\n' '''\n"
    found = rewritten(tmp_path, first + b"print(1)\n")
    assert found == b"#!%s/bin/python\nprint(1)\n" % os.fsencode(tmp_path)


@posix
def test_a_script_names_the_place_that_it_is_in_and_no_other_is_touched(tmp_path: Path) -> None:
    text = b"VIRTUAL_ENV=/old/env\nPATH=/old/env/bin\n# /old/env2 /old/env-2 /old/env.bak '/old/env'\n"
    here = os.fsencode(tmp_path)
    assert rewritten(tmp_path, text) == (
        b"VIRTUAL_ENV=%s\nPATH=%s/bin\n# /old/env2 /old/env-2 /old/env.bak '%s'\n" % (here, here, here)
    )


@posix
@pytest.mark.parametrize(
    "content", [b"#!/usr/bin/env python3\n", b"#!/old/env2/bin/python\n", b"\x7fELF\0/old/env\0", b"no path\n"]
)
def test_what_does_not_start_this_python_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    assert rewritten(tmp_path, content) == content


def test_a_windows_launcher_gets_the_new_line_and_keeps_the_rest(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as script:
        script.writestr("__main__.py", "print('#!')")
    origin = str(tmp_path / "old")
    python = str(tmp_path / "old" / "Scripts" / "python.exe")
    content = b"MZ#!not this one\n" + b"#!" + os.fsencode(python) + b"\r\n" + archive.getvalue()
    found = rewritten(tmp_path, content, origin)
    here = str(tmp_path / "Scripts" / "python.exe")
    assert found.startswith(b"MZ#!not this one\n#!" + (b"" if " " not in here else b'"') + os.fsencode(here))
    assert found.endswith(archive.getvalue())
    with zipfile.ZipFile(io.BytesIO(found)) as script:
        assert script.read("__main__.py") == b"print('#!')"


@posix
def test_a_path_that_would_have_to_be_quoted_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "my env"
    root.mkdir()
    with pytest.raises(Problem) as caught:
        rewritten(root, b"#!/old/env/bin/python\n")
    assert caught.value.code == "environment-path"
    assert (root / "bin" / "tool").read_bytes() == b"#!/old/env/bin/python\n"


@posix
def test_what_failed_halfway_can_be_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "bin"
    scripts.mkdir()
    for name in ("activate", "tool"):
        (scripts / name).write_bytes(b"#!/bin/sh\nVIRTUAL_ENV=/old/env\n")
    write, done = fs.write_atomic, list[str]()

    def fail_at_second(path: Path, data: bytes) -> None:
        if done:
            raise Problem("disk-full", "full")
        done.append(path.name)
        write(path, data)

    monkeypatch.setattr(fs, "write_atomic", fail_at_second)
    with pytest.raises(Problem):
        rewrite.rewrite(tmp_path, scripts, "/old/env")
    assert done == ["tool"], "the script that names the place comes last: it still says that there is work to do"
    monkeypatch.undo()
    assert rewrite.rewrite(tmp_path, scripts, "/old/env") == ("activate",)


@posix
def test_what_record_says_of_a_command_is_brought_up_to_date(tmp_path: Path) -> None:
    scripts, home = tmp_path / "bin", tmp_path / "lib" / "python3.12" / "site-packages"
    information = home / "demo-1.0.dist-info"
    for folder in (scripts, information):
        folder.mkdir(parents=True)
    (scripts / "demo").write_bytes(b"#!/old/env/bin/python\nprint(1)\n")
    (scripts / "other").write_bytes(b"#!/old/env/bin/python\nprint(2)\n")
    before = "demo.py,sha256=x,3\n../../../bin/demo,sha256=old,9\ndemo-1.0.dist-info/RECORD,,\n"
    (information / "RECORD").write_text(before, encoding="utf-8")
    assert rewrite.rewrite(tmp_path, scripts, "/old/env", [home]) == ("demo", "other")
    data = (scripts / "demo").read_bytes()
    assert (information / "RECORD").read_text(encoding="utf-8") == before.replace(
        "sha256=old,9", f"sha256={record.digest(data)},{len(data)}"
    )
