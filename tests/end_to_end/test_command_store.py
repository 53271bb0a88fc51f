"""``venvoy store``: what is there, whether it is intact, and what can go without harm to anybody."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from support.command_line import CommandLine, expect, tree
from support.index_server import IndexServer
from venvoy.store.manifest import BUCKET


@pytest.fixture
def filled(project: Path, venvoy: CommandLine) -> Path:
    venvoy.hide(BUCKET, "BUCKET")
    venvoy.filters += [
        (r"\d+(?:\.\d)? (?:bytes?|[kMG]B)\b", "[BYTES]"),
        (r"\b20\d\d-\d\d-\d\d\b", "[DAY]"),
        (r"(?m)^((?:out )?[a-z]+(?:-v?\d+)? +)(?:\[BYTES\]) +\d+$", r"\1[BYTES] [FILES]"),
    ]
    assert venvoy("add", "demo", "helper<1.6").code == 0
    return project


def document(venvoy: CommandLine, *words: str) -> dict[str, Any]:
    """The result in JSON, with nothing filtered."""
    result: dict[str, Any] = json.loads(CommandLine(venvoy.project, venvoy.environ)(*words, "--json").stdout)["result"]
    return result


def stored(cache: Path) -> set[str]:
    return {path.name.partition("-")[0] for path in cache.glob("wheels-v*/*/*/files/*.dist-info")}


def entry(cache: Path, name: str) -> Path:
    return next(cache.glob(f"wheels-v*/*/*/files/{name}-*.dist-info")).parents[1]


def age(cache: Path, name: str, days: int) -> None:
    moment = entry(cache, name).stat().st_mtime - days * 86400
    os.utime(entry(cache, name), (moment, moment))


@pytest.fixture
def history_gone(filled: Path, cache: Path) -> None:
    """Nothing to undo: only what environments hold is needed."""
    for path in cache.glob("history-v*"):
        shutil.rmtree(path)
    (filled / ".venv" / ".venvoy" / "wheels").unlink()


def test_what_the_store_holds_and_for_whom(filled: Path, venvoy: CommandLine, cache: Path) -> None:
    lines = venvoy("store", "info").stdout.splitlines()
    expect(
        "\n".join(lines[:3]),
        """
        Store: [CACHE]
        Wheels: 2, [BYTES]
        Needed: 2, [BYTES]; venvoy store prune deletes the others
        """,
    )
    folders = {path.name.replace(BUCKET, "[BUCKET]") for path in cache.iterdir()}
    assert folders <= {line.split()[0] for line in lines[4:] if line}
    expect(
        "\n".join(" ".join(line.split()) for line in lines[-2:]),  # how wide the columns are, the folder's name decides
        """
        environment wheels changed
        [PROJECT]/.venv 2 [DAY]
        """,
    )
    result = document(venvoy, "store", "info")
    assert (result["wheels"], result["needed_wheels"], result["limit"]) == (2, 2, None)
    assert [one["wheels"] for one in result["environments"]] == [2]


def test_an_empty_store(venvoy: CommandLine, tmp_path: Path) -> None:
    empty = str(tmp_path / "nothing")
    assert venvoy("store", "info", "--cache-dir", empty).stdout.splitlines()[1] == "Wheels: 0, 0 bytes"
    venvoy("store", "prune", "--cache-dir", empty).says("""
        exit 0
        err Nothing to delete
        err 0 wheels left, 0 bytes
    """)
    venvoy("store", "verify", "--cache-dir", empty).says("""
        exit 0
        err The store is intact (0 wheels, 0 files)
    """)


def test_what_an_environment_or_its_history_needs_stays(filled: Path, venvoy: CommandLine, cache: Path) -> None:
    assert venvoy("add", "paint").code == 0
    assert venvoy("remove", "paint").code == 0
    venvoy("store", "prune").says("""
        exit 0
        err Nothing to delete
        err 3 wheels left, [BYTES]
    """)
    assert stored(cache) == {"demo", "helper", "paint"}
    assert venvoy("undo", "--offline").code == 0
    assert "paint" in venvoy("list").stdout


@pytest.mark.usefixtures("history_gone")
def test_what_nobody_needs_goes(filled: Path, venvoy: CommandLine, cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert venvoy("init", directory=other).code == 0
    assert venvoy("add", "paint", "tester", directory=other).code == 0
    assert stored(cache) == {"demo", "helper", "paint", "tester"}
    before = tree(filled)
    shutil.rmtree(other)
    venvoy("store", "prune", "--dry-run").says("""
        exit 0
        out  - paint 4.1  [BYTES]
        out  - tester 8.0  [BYTES]
        err Would delete 2 wheels, [BYTES]
        err 2 wheels would be left, [BYTES]
    """)
    assert stored(cache) == {"demo", "helper", "paint", "tester"}
    venvoy("store", "prune").says("""
        exit 0
        out  - paint 4.1  [BYTES]
        out  - tester 8.0  [BYTES]
        err Deleted 2 wheels, [BYTES]
        err 2 wheels left, [BYTES]
    """)
    assert stored(cache) == {"demo", "helper"}
    assert tree(filled) == before
    result = document(venvoy, "store", "prune", "--all")
    assert [one["name"] for one in result["deleted"]] == ["demo", "helper"]
    assert stored(cache) == set()
    assert tree(filled) == before
    assert venvoy("run", "demo").stdout == "demo\n"


@pytest.mark.usefixtures("history_gone")
def test_the_least_recently_used_goes_first_and_only_as_much_as_has_to(
    filled: Path, venvoy: CommandLine, cache: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert venvoy("init", directory=other).code == 0
    assert venvoy("add", "paint", "tester", directory=other).code == 0
    shutil.rmtree(other)
    age(cache, "tester", 2)
    age(cache, "paint", 1)
    age(cache, "demo", 9)
    size = document(venvoy, "store", "info")["size"]
    venvoy("store", "prune", "--max-size", str(size - 1)).says("""
        exit 0
        out  - tester 8.0  [BYTES]
        err Deleted 1 wheel, [BYTES]
        err 3 wheels left, [BYTES]
    """)
    assert stored(cache) == {"demo", "helper", "paint"}
    venvoy("store", "prune", "--max-size", "0").says("""
        exit 0
        out  - paint 4.1  [BYTES]
        err Deleted 1 wheel, [BYTES]
        err 2 wheels left, [BYTES]
        err That is more than [BYTES], and environments need it: --all deletes it too
    """)
    assert stored(cache) == {"demo", "helper"}
    venvoy("store", "prune", "--max-size", "large").says("""
        exit 2
        err error: --max-size cannot be 'large'. [setting-invalid]
        err   It takes a size such as [BYTES] or [BYTES], or a number of bytes.
        err   → Correct --max-size.
    """)


@pytest.mark.usefixtures("history_gone")
def test_a_cap_in_the_settings_holds_by_itself(filled: Path, venvoy: CommandLine, cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert venvoy("init", directory=other).code == 0
    assert venvoy("add", "paint", directory=other).code == 0
    shutil.rmtree(other)
    assert stored(cache) == {"demo", "helper", "paint"}
    assert venvoy("add", "native", VENVOY_MAX_STORE_SIZE="10 B").code == 0
    assert stored(cache) == {"demo", "helper", "native"}


def test_pages_of_indexes_go_when_nobody_has_asked_for_them_in_a_month(
    filled: Path, venvoy: CommandLine, cache: Path
) -> None:
    pages = sorted(cache.glob("simple-v*/*/*.page"))
    assert [page.stem for page in pages] == ["demo", "helper"]
    os.utime(pages[0], (0, 0))
    size = pages[0].stat().st_size
    venvoy("store", "prune", "--dry-run").says("""
        exit 0
        err Would delete 1 page of indexes, [BYTES]
        err 2 wheels would be left, [BYTES]
    """)
    result = document(venvoy, "store", "prune")
    assert (result["pages"], result["pages_size"]) == (1, size)
    assert [page.exists() for page in pages] == [False, True]
    assert document(venvoy, "store", "prune", "--all")["pages"] == 1
    assert venvoy("lock", "--upgrade").code == 0
    assert [page.exists() for page in pages] == [True, True]


def test_a_bucket_of_another_version_goes_by_name_only(filled: Path, venvoy: CommandLine, cache: Path) -> None:
    (cache / "wheels-v0" / "3f").mkdir(parents=True)
    (cache / "wheels-v0" / "3f" / "x").write_bytes(bytes(1000))
    venvoy("store", "prune", "--all").says("""
        exit 0
        out  - helper 1.5  [BYTES]
        out  - demo 2.0  [BYTES]
        err Deleted 2 wheels, [BYTES]
        err Deleted 2 pages of indexes, [BYTES]
        err 0 wheels left, [BYTES]
        err Left alone, of other versions of venvoy: wheels-v0. --bucket NAME deletes one
    """)
    assert (cache / "wheels-v0").is_dir()
    assert "wheels-v0" in venvoy("store", "info").stdout
    venvoy("store", "prune", "--bucket", "wheels-v7").says("""
        exit 2
        err error: There is no bucket 'wheels-v7' that another version of venvoy left. [usage]
        err   There is: wheels-v0.
        err   → venvoy store info   shows what is there
    """)
    venvoy("store", "prune", "--bucket", "wheels-v0").says("""
        exit 0
        err Deleted wheels-v0, [BYTES]
        err 0 wheels left, [BYTES]
    """)
    assert not (cache / "wheels-v0").exists()
    venvoy("store", "prune", "--bucket", "locks").says("""
        exit 2
        err error: There is no bucket 'locks' that another version of venvoy left. [usage]
        err   There is none at all.
        err   → venvoy store info   shows what is there
    """)


def test_damage_in_the_store_is_found_said_and_thrown_away(
    filled: Path, venvoy: CommandLine, cache: Path, index: IndexServer
) -> None:
    venvoy("store", "verify").says("""
        exit 0
        err The store is intact (2 wheels, 7 files)
    """)
    file = entry(cache, "helper") / "files" / "helper.py"
    status = file.stat()
    file.chmod(0o644)
    file.write_bytes(bytes(reversed(file.read_bytes())))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    (entry(cache, "demo") / "manifest").unlink()
    venvoy("store", "verify").says("""
        exit 22
        out helper 1.5
        out   [CACHE]/[BUCKET]/[DIGEST]/files/helper.py
        out [DIGEST]
        out   [CACHE]/[BUCKET]/[DIGEST]/manifest
        err 2 wheels of 2 were damaged and thrown away, to be fetched again when needed. Environments that were filled from them may have the same fault: venvoy verify
    """)
    assert stored(cache) == set()
    venvoy("store", "verify").says("""
        exit 0
        err The store is intact (0 wheels, 0 files)
    """)
    index.forget()
    shutil.rmtree(filled / ".venv")
    assert venvoy("sync", "--locked").code == 0
    assert [path.rpartition("/")[2] for path in sorted(index.paths("/files/"))] == [
        "demo-2.0-py3-none-any.whl",
        "helper-1.5-py3-none-any.whl",
    ]
    assert venvoy("verify").code == 0


def test_prune_waits_for_a_command_that_is_at_work(filled: Path, venvoy: CommandLine, index: IndexServer) -> None:
    import threading
    import time

    gate = index.behaviour.gates["/simple/paint/"] = threading.Event()
    first = venvoy.start("add", "paint")
    while "/simple/paint/" not in index.arrived:
        assert first.poll() is None
        time.sleep(0.005)
    try:
        ran = venvoy("store", "prune", "--lock-timeout", "0")
        assert (ran.code, "[busy]" in ran.stderr, "a project that uses the store" in ran.stderr) == (32, True, True)
    finally:
        gate.set()
        assert venvoy.finish(first).code == 0
    assert venvoy("store", "prune").code == 0


def test_the_group_says_what_it_holds(venvoy: CommandLine) -> None:
    venvoy("store", "purge").says("""
        exit 2
        err error: There is no command 'store purge'. [usage]
        err   There is: store info, store verify, store prune.
        err   → venvoy store --help   says what they do
    """)
