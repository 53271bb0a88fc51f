"""Modules that were compiled once serve every environment they are linked into."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from support.wheels import WheelSpec
from venvoy.events import Silent
from venvoy.model.stored import StoredWheel
from venvoy.store.bytecode import Job, compile_with
from venvoy.store.store import Store
from venvoy.system import fs
from venvoy.system.fs import LinkMode

LABEL = "cpython-9.9.9"
SPEC = WheelSpec(
    "Demo",
    files={
        "demo/__init__.py": "value = 1\n",
        "demo/sub/deep.py": "value = 2\n",
        "demo/broken.py": "print 'Python 2'\n",
        "demo/données.py": "value = 3\n",
        "demo/data.txt": "",
        "single.py": "value = 4\n",
    },
    data={"scripts/tool.py": "#!python\n"},
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", Silent())


@pytest.fixture
def wheel(store: Store, tmp_path: Path) -> StoredWheel:
    path = SPEC.write(tmp_path / "wheels")
    return store.add(path, SPEC.file_name, hashlib.sha256(path.read_bytes()).hexdigest())


def compile_all(store: Store, wheel: StoredWheel, scratch: Path) -> StoredWheel:
    def compiler(jobs: Sequence[Job]) -> None:
        compile_with(jobs, sys.executable, scratch=scratch, environ=os.environ, work=map, shares=2)

    return store.add_bytecode([wheel], LABEL, compiler)[wheel.sha256]


def test_what_can_be_compiled_is_kept_beside_the_wheel(store: Store, wheel: StoredWheel, tmp_path: Path) -> None:
    assert store.bytecode(wheel, LABEL) is None
    compiled = compile_all(store, wheel, tmp_path)
    tag = sys.implementation.cache_tag
    assert [file.path for file in compiled.files] == [
        f"__pycache__/single.{tag}.pyc",
        f"demo/__pycache__/__init__.{tag}.pyc",
        f"demo/__pycache__/données.{tag}.pyc",
        f"demo/sub/__pycache__/deep.{tag}.pyc",
    ]
    assert store.bytecode(wheel, LABEL) == compiled
    assert store.bytecode(wheel, "cpython-9.9.8") is None
    assert Path(compiled.root).parent.parent == Path(wheel.root).parent
    assert store.verify(wheel.sha256) == ()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store", "wheels"]
    if sys.platform != "win32":
        assert {stat.S_IMODE(Path(compiled.root, file.path).stat().st_mode) for file in compiled.files} == {0o444}


@pytest.mark.parametrize("mode", [LinkMode.HARDLINK, LinkMode.COPY])
def test_it_is_used_where_it_is_linked_and_made_anew_where_its_source_is_edited(
    mode: LinkMode, store: Store, wheel: StoredWheel, tmp_path: Path
) -> None:
    compiled = compile_all(store, wheel, tmp_path)
    site = tmp_path / "site"
    for one in (wheel, compiled):
        for file in one.files:
            (site / file.path).parent.mkdir(parents=True, exist_ok=True)
            fs.place(f"{one.root}/{file.path}", str(site / file.path), mode)

    def run() -> tuple[str, str]:
        code = "import sys; sys.path.insert(0, sys.argv[1]); import demo.sub.deep as it; print(it.value, it.__file__)"
        code += "; print((lambda: 0).__code__.co_filename, demo.sub.deep.__spec__.cached)"
        done = subprocess.run(
            [sys.executable, "-v", "-I", "-c", code.replace("it;", "it, demo;"), str(site)],
            capture_output=True,
            check=True,
            encoding="utf-8",
        )
        return done.stdout, done.stderr

    out, said = run()
    assert out.splitlines()[0] == f"2 {site / 'demo/sub/deep.py'}"
    cached = next((site / "demo/sub/__pycache__").iterdir())
    assert f"{cached} matches {site / 'demo/sub/deep.py'}" in said
    source = site / "demo/sub/deep.py"
    source.unlink()
    source.write_text("value = 55\n", encoding="utf-8")
    out, _ = run()
    assert out.splitlines()[0] == f"55 {source}"
    assert store.bytecode(wheel, LABEL) == compiled
    original = Path(compiled.root, "demo/sub/__pycache__", cached.name)
    assert original.read_bytes() != cached.read_bytes()


def test_what_is_damaged_counts_as_absent_and_is_replaced(store: Store, wheel: StoredWheel, tmp_path: Path) -> None:
    compiled = compile_all(store, wheel, tmp_path)
    (Path(compiled.root).parent / "manifest").write_bytes(b"")
    assert store.bytecode(wheel, LABEL) is None
    again = compile_all(store, wheel, tmp_path)
    assert [file.path for file in again.files] == [file.path for file in compiled.files]
    store.discard_bytecode(wheel.sha256)
    assert store.bytecode(wheel, LABEL) is None
    assert store.get(wheel.sha256) == wheel
    store.discard_bytecode("0" * 64)
