"""Whole lockfiles from a loopback index, judged on many machines by code that is not venvoy's."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli
from packaging.pylock import Pylock

from support.index_server import IndexServer
from support.notes import Notes
from support.soundness import claims, faults, machines, metadata_in
from support.wheels import SdistSpec, WheelSpec, core_metadata
from venvoy import settings
from venvoy.errors import Problem
from venvoy.operations import lock
from venvoy.operations.context import Context
from venvoy.operations.inspection import coverage
from venvoy.operations.project import Located
from venvoy.operations.resolving.fixes import Wish

MINOR = sys.version_info[1]
PYTHONS = [f"3.{minor}.{patch}" for minor in (9, 11, 13, 15) for patch in (0, 1, 3, 4, 5)] + [
    "3.10.2",
    "3.12.7",
    "3.14.0",
]


class Workbench:
    """A project, and an index behind which ``files`` lie."""

    def __init__(self, folder: Path, files: Path, index: IndexServer) -> None:
        self.folder, self.files, self.index = folder, files, index
        self.warnings: list[str] = []
        self.located: Located | None = None

    def put(self, *specs: WheelSpec | SdistSpec) -> None:
        for spec in specs:
            spec.write(self.files)

    def lock(self, text: str, apply: int | None = None, **flags: object) -> Pylock:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "pyproject.toml").write_text(text, encoding="utf-8")
        self.located = located = Located.of(self.folder, text)
        environ = {"VENVOY_CACHE_DIR": str(self.folder.parent / "cache"), "PIP_INDEX_URL": self.index.url}
        chosen = settings.load(
            environ, located.file.settings, {"python": sys.executable, **flags}, str(located.pyproject)
        )
        reporter = Notes()
        with Context(chosen, environ, reporter) as context:
            answer = lock.lock(context, located, wish=None if apply is None else Wish(number=apply))
            self.coverage = coverage.coverage(context, Located.of(self.folder, self.text), answer.found)
        self.warnings = reporter.warnings
        return Pylock.from_dict(tomli.loads((self.folder / "pylock.toml").read_text(encoding="utf-8")))

    @property
    def text(self) -> str:
        """What pyproject.toml says now."""
        return (self.folder / "pyproject.toml").read_text(encoding="utf-8")

    def proposed(self, text: str, **flags: object) -> list[str]:
        """What is proposed where there is no solution."""
        with pytest.raises(Problem) as caught:
            self.lock(text, 0, **flags)
        return list(caught.value.fix)

    def faults(self, lock: Pylock, *apart: set[str], **roots: list[str]) -> list[str]:
        named = {
            re.sub(r"^(extra|group)_", r"\1 ", name) if name != "project" else "": of for name, of in roots.items()
        }
        return faults(lock, named, machines(*PYTHONS), metadata_in(self.files), apart)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    files = tmp_path / "files"
    files.mkdir()
    with IndexServer(files) as index:
        yield Workbench(tmp_path / "project", files, index)


def pyproject(*dependencies: str, python: str = ">=3.9", more: str = "") -> str:
    head = f'[project]\nname = "demo"\nversion = "1"\nrequires-python = "{python}"\n'
    return f"{head}dependencies = {list(dependencies)}\n{more}"


def markers(lock: Pylock) -> dict[str, str]:
    return {f"{one.name} {one.version}": str(one.marker or "") for one in lock.packages}


def test_what_only_some_platforms_need_has_the_shortest_marker(bench: Workbench) -> None:
    bench.put(
        WheelSpec("app", "1.0", requires=['color; platform_system == "Windows"', 'term; os_name == "posix"', "core"]),
        WheelSpec("color", "1.0"),
        WheelSpec("term", "1.0", requires=['loop; python_version < "3.11"', 'arm; platform_machine == "aarch64"']),
        *(WheelSpec(name, "1.0") for name in ("loop", "arm", "core", "check", "shine")),
    )
    more = '[project.optional-dependencies]\ncli = ["shine", "color"]\n[dependency-groups]\ndev = ["check", "loop"]\n'
    lock = bench.lock(pyproject("app", more=more))
    assert markers(lock) == {
        "app 1.0": "",
        "arm 1.0": 'platform_machine == "aarch64"',
        "check 1.0": '"dev" in dependency_groups',
        "color 1.0": 'sys_platform == "win32" or "cli" in extras',
        "core 1.0": "",
        "loop 1.0": 'python_version < "3.11" and sys_platform != "win32" or "dev" in dependency_groups',
        "shine 1.0": '"cli" in extras',
        "term 1.0": 'sys_platform != "win32"',
    }
    assert [str(marker) for marker in lock.environments or ()] == [
        f'sys_platform == "{system}" and platform_machine == "{machine}" and implementation_name == "cpython"'
        for system, machine in (
            ("linux", "x86_64"),
            ("linux", "aarch64"),
            ("darwin", "arm64"),
            ("darwin", "x86_64"),
            ("win32", "AMD64"),
            ("win32", "ARM64"),
        )
    ]
    assert all(claims(lock, machine) for machine in machines("3.9.0", "3.15.2", "3.21.0"))
    assert not any(claims(lock, machine) for machine in machines("3.8.20"))
    assert bench.faults(lock, project=["app"], extra_cli=["shine", "color"], group_dev=["check", "loop"]) == []
    assert bench.coverage.gaps == ()


def test_a_requirement_finer_than_a_minor_version_divides_it(bench: Workbench) -> None:
    bench.put(
        WheelSpec("soup", "1.0", requires=['back; python_full_version < "3.11.4"']),
        WheelSpec("soup", "2.0", requires_python=">=3.11.5", requires=["sieve"]),
        WheelSpec("back", "1.0", requires_python="<3.15,>=3.9.1"),
        WheelSpec("sieve", "1.0", requires_python="!=3.13.4"),
        WheelSpec("sieve", "0.9"),
        WheelSpec("odd", "1.0", requires_python=">3.11"),
        WheelSpec("odd", "0.5"),
    )
    lock = bench.lock(pyproject("soup", 'odd; python_version >= "3.11"', python=">=3.11"))
    assert bench.faults(lock, project=["soup", 'odd; python_version >= "3.11"']) == []
    assert all(claims(lock, machine) for machine in machines("3.11.0", "3.11.5", "3.13.4", "3.15.0"))


def test_forks_where_no_version_fits_all(bench: Workbench) -> None:
    bench.put(
        WheelSpec("old", "1.0", requires_python="<3.12", requires=["base<2"]),
        WheelSpec("old", "2.0", requires_python=">=3.12", requires=["base>=2"]),
        WheelSpec("base", "1.0", requires_python="<3.12"),
        WheelSpec("base", "2.0"),
        WheelSpec("split", "1.0", tag="py3-none-win_amd64.win_arm64", requires=['base; sys_platform == "win32"']),
        WheelSpec("split", "2.0", tag="py3-none-manylinux_2_17_x86_64.manylinux_2_17_aarch64"),
        WheelSpec("split", "2.0", tag="py3-none-macosx_11_0_universal2"),
    )
    lock = bench.lock(pyproject("old", "split"))
    assert markers(lock) == {
        "base 1.0": 'python_version < "3.12"',
        "base 2.0": 'python_version >= "3.12"',
        "old 1.0": 'python_version < "3.12"',
        "old 2.0": 'python_version >= "3.12"',
        "split 1.0": 'sys_platform == "win32"',
        "split 2.0": 'sys_platform != "win32"',
    }
    assert bench.faults(lock, project=["old", "split"]) == []


FORKED = (
    WheelSpec("soup", "1.0", requires=["sieve>=1"]),
    WheelSpec("sieve", "1.0"),
    WheelSpec("sieve", "1.1"),
    WheelSpec("sieve", "2.0", requires_python=">=3.11.5"),
    WheelSpec("split", "1.0", tag="py3-none-manylinux_2_17_x86_64.manylinux_2_17_aarch64.macosx_11_0_universal2"),
    WheelSpec("split", "2.0", tag="py3-none-win_amd64.win_arm64"),
)
FORKS = {
    "sieve 1.1": 'python_full_version < "3.11.5"',
    "sieve 2.0": 'python_full_version >= "3.11.5"',
    "soup 1.0": "",
    "split 1.0": 'sys_platform != "win32"',
    "split 2.0": 'sys_platform == "win32"',
}


def test_what_is_locked_in_several_versions_keeps_each_where_it_is(bench: Workbench) -> None:
    bench.put(*FORKED)
    assert markers(bench.lock(pyproject("soup", "split", python=">=3.11"))) == FORKS
    bench.put(WheelSpec("app", "2.0"), WheelSpec("split", "1.0"))  # which would do for all by now
    shutil.rmtree(bench.folder.parent / "cache")  # where nobody knows of that
    lock = bench.lock(pyproject("soup", "split", "app", python=">=3.11"))
    assert markers(lock) == {"app 2.0": "", **FORKS}
    assert bench.faults(lock, project=["soup", "split", "app"]) == []


def test_what_no_longer_divides_a_target_divides_it_no_more(bench: Workbench) -> None:
    bench.put(*FORKED)
    assert markers(bench.lock(pyproject("soup", python=">=3.11"))) == {
        name: marker for name, marker in FORKS.items() if not name.startswith("split")
    }
    lock = bench.lock(pyproject("soup", "sieve<2", python=">=3.11"))
    assert markers(lock) == {"sieve 1.1": "", "soup 1.0": ""}
    assert not any("full" in str(marker) for marker in lock.environments or ())


def test_a_target_that_nothing_serves_is_left_out_and_named(bench: Workbench) -> None:
    bench.put(
        WheelSpec("native", "1.0", tag=f"cp3{MINOR}-cp3{MINOR}-manylinux_2_17_x86_64.win_amd64.macosx_10_9_universal2"),
        WheelSpec("native", "1.0", tag=f"cp3{MINOR}-cp3{MINOR}-manylinux_2_17_aarch64"),
        WheelSpec("pure", "1.0"),
    )
    here = pyproject("native", "pure", python=f">=3.{MINOR},<3.{MINOR + 1}")
    lock = bench.lock(here)
    assert not any(claims(lock, one) for one in machines(f"3.{MINOR}.1") if one.machine == "ARM64")
    assert sum(claims(lock, one) for one in machines(f"3.{MINOR}.1")) == 5
    assert bench.faults(lock, project=["native", "pure"]) == []
    assert len(bench.warnings) == 1
    assert bench.warnings[0].startswith(
        f"pylock.toml is not for Windows on ARM64 with Python 3.{MINOR}: there is no solution.\n"
    )
    assert bench.coverage.left_out == (f"Windows on ARM64 with Python 3.{MINOR}",)
    for setting in (
        "strict-targets = true",
        """required-environments = ["platform_machine == 'ARM64'"]""",
    ):
        with pytest.raises(Problem) as caught:
            bench.lock(f"{here}[tool.venvoy]\n{setting}\n")
        assert caught.value.code == "no-version"
    bench.lock(f'{here}[tool.venvoy]\ntargets = ["linux", "macos", "windows-amd64"]\nstrict-targets = true\n')
    assert bench.warnings == []


def test_a_source_distribution_serves_where_there_is_no_wheel(bench: Workbench) -> None:
    bench.put(
        WheelSpec("native", "1.0", tag="py3-none-manylinux_2_17_x86_64", requires=["helper"]),
        SdistSpec("native", "1.0", requires=["helper"]),
        WheelSpec("helper", "1.0"),
        # Only building it would tell what this one needs.
        SdistSpec("mystery", "2.0", files={"PKG-INFO": core_metadata("mystery", "2.0"), "pyproject.toml": ""}),
        WheelSpec("mystery", "1.0"),
    )
    lock = bench.lock(pyproject("native", "mystery"))
    assert markers(lock) == {"helper 1.0": "", "native 1.0": "", "mystery 1.0": ""}
    assert bench.faults(lock, project=["native", "mystery"]) == []
    (gap,) = bench.coverage.gaps
    assert (gap.name, gap.version, gap.kind, len(gap.targets)) == ("native", "1.0", "build", 35)
    assert gap.where == (
        "Linux on aarch64, macOS on arm64, macOS on x86_64, Windows on AMD64 and Windows on ARM64 "
        "with Python 3.9 to 3.15"
    )


def test_the_lockfile_does_not_depend_on_the_machine_or_on_the_run(bench: Workbench) -> None:
    bench.put(WheelSpec("a", "1.0", requires=['b; sys_platform == "win32"']), WheelSpec("b", "1.0"))
    bench.lock(pyproject("a"))
    first = (bench.folder / "pylock.toml").read_bytes()
    asked = len(bench.index.paths())
    bench.lock(pyproject("a"))
    assert len(bench.index.paths()) == asked
    (bench.folder / "pylock.toml").unlink()
    bench.lock(pyproject("a"))
    assert (bench.folder / "pylock.toml").read_bytes() == first
    assert sys.version.split()[0].encode() not in first
    bench.lock(pyproject("a") + '[tool.venvoy]\ntargets = ["default"]\n')
    assert (bench.folder / "pylock.toml").read_bytes() == first
    bench.lock(pyproject("a"), targets=["default", "pypy-linux-x86_64"])
    assert b'"pypy"' in (bench.folder / "pylock.toml").read_bytes()


def test_the_project_itself_is_what_others_mean_by_its_name(bench: Workbench) -> None:
    bench.put(WheelSpec("plug", "1.0", requires=["Demo[y]>=2", "demo; extra == 'x'"]), WheelSpec("demo", "3.0"))
    build = '[build-system]\nrequires = []\nbuild-backend = "made"\nbackend-path = ["."]\n'
    assert markers(bench.lock(pyproject("plug", more=build))) == {"plug 1.0": ""}
    assert bench.warnings == [
        "plug 1.0 needs demo[y], and that is this project.\n→ venvoy sync --extra y   installs what it takes",
        "plug 1.0 needs demo>=2, and that is this project, which says that it is 1.",
    ]
    (bench.folder / "pylock.toml").unlink()
    assert markers(bench.lock(pyproject("plug"))) == {"demo 3.0": "", "plug 1.0": ""}, "it is not installed"


def test_a_target_that_is_none_is_refused(bench: Workbench) -> None:
    with pytest.raises(Problem) as caught:
        bench.lock(pyproject() + '[tool.venvoy]\ntargets = ["linux-arm64"]\n')
    assert str(caught.value) == (
        "There is no target 'linux-arm64'.\n"
        "The targets are: linux-x86_64, linux-aarch64, macos-arm64, macos-x86_64, windows-amd64, windows-arm64, "
        "linux-musl-x86_64, linux-musl-aarch64, linux, macos, windows, default, current, "
        "and each of them after pypy-.\n"
        "→ Did you mean 'linux-aarch64' or 'linux-x86_64' or 'linux-musl-aarch64'?"
    )
    with pytest.raises(Problem) as caught:
        bench.lock(pyproject() + '[tool.venvoy]\nrequired-environments = ["sys_platform == win32"]\n')
    assert caught.value.code == "setting-invalid"
    with pytest.raises(Problem) as caught:
        bench.lock(pyproject(), required_environments=["platform_machine == 'riscv64'"])
    assert str(caught.value) == (
        "required-environments cannot hold \"platform_machine == 'riscv64'\".\n"
        "It is true on none of the targets.\n"
        """→ Write it as in: required-environments = ["sys_platform == 'win32'"]"""
    )


def test_the_files_of_every_target_have_hash_and_size(bench: Workbench) -> None:
    kinds = ("py3-none-win_amd64", "py3-none-manylinux_2_17_x86_64", "py3-none-macosx_11_0_arm64", "py2-none-any")
    bench.put(*(WheelSpec("native", "1.0", tag=tag) for tag in kinds), SdistSpec("native", "1.0"))
    bench.index.behaviour.sizes = False
    lock = bench.lock(pyproject("native"))
    (package,) = lock.packages
    sizes = {file.filename: file.size for file in (*(package.wheels or ()), package.sdist) if file}
    assert sizes == {path.name: None if "-py2-" in path.name else path.stat().st_size for path in bench.files.iterdir()}
    asked = len(bench.index.paths())
    bench.lock(pyproject("native", python=">=3.10"))
    assert [path for path in bench.index.paths()[asked:] if path.startswith("/files/")] == []


PARTS = """[project.optional-dependencies]
cpu = ["engine<2", "gauge"]
gpu = ["engine>=2", "gauge"]
[dependency-groups]
old = ["shell<2"]
dev = ["shell>1"]
"""
APART = """[tool.venvoy]
conflicts = [[{ extra = "gpu" }, { extra = "cpu" }], [{ group = "old" }, { group = "dev" }]]
"""


def test_parts_that_conflict_are_locked_each_for_itself(bench: Workbench) -> None:
    bench.put(
        WheelSpec("app", "1.0", requires=["engine", "shell"]),
        WheelSpec("engine", "1.0", requires=['coal; sys_platform == "win32"']),
        WheelSpec("engine", "2.0", requires=["oil"]),
        *(WheelSpec(name, "1.0") for name in ("coal", "oil", "gauge", "shell")),
        WheelSpec("shell", "2.0"),
    )
    with pytest.raises(Problem) as caught:
        bench.lock(pyproject("app", more=PARTS))
    assert caught.value.code == "no-solution"
    lock = bench.lock(pyproject("app", more=PARTS + APART))
    assert markers(lock) == {
        "app 1.0": "",
        "coal 1.0": 'sys_platform == "win32" and "cpu" in extras',
        "engine 1.0": '"cpu" in extras',
        "engine 2.0": '"cpu" not in extras',
        "gauge 1.0": '"cpu" in extras or "gpu" in extras',
        "oil 1.0": '"cpu" not in extras',
        "shell 1.0": '"old" in dependency_groups',
        "shell 2.0": '"old" not in dependency_groups',
    }
    assert (lock.tool or {})["venvoy"]["conflicts"] == [
        [{"extra": "cpu"}, {"extra": "gpu"}],
        [{"group": "dev"}, {"group": "old"}],
    ]
    apart = {"extra cpu", "extra gpu"}, {"group old", "group dev"}
    wanted = {
        "extra_cpu": ["engine<2", "gauge"],
        "extra_gpu": ["engine>=2", "gauge"],
        "group_old": ["shell<2"],
        "group_dev": ["shell>1"],
    }
    assert bench.faults(lock, *apart, project=["app"], **wanted) == []
    assert bench.lock(pyproject("app", more=PARTS + APART)) == lock


def test_parts_that_clash_can_be_declared_to_conflict(bench: Workbench) -> None:
    bench.put(
        WheelSpec("engine", "1.0"),
        WheelSpec("engine", "2.0"),
        WheelSpec("coal", "1.0", requires=["engine<2"]),
        WheelSpec("oil", "1.0", requires=["engine>=2"]),
    )
    text = pyproject("engine", more='[project.optional-dependencies]\ncpu = ["coal"]\ngpu = ["oil"]\n')
    assert bench.proposed(text) == [
        (
            "1. Never install the extra 'cpu' and the extra 'gpu' together: conflicts in [tool.venvoy]: "
            "venvoy lock --apply 1"
        ),
        "2. Leave out coal (extra 'cpu'): venvoy lock --apply 2",
        "3. Leave out oil (extra 'gpu'): venvoy lock --apply 3",
    ]
    lock = bench.lock(text, 1)
    assert bench.text == f'{text}\n[tool.venvoy]\nconflicts = [[{{ extra = "cpu" }}, {{ extra = "gpu" }}]]\n'
    assert markers(lock)["engine 1.0"] == '"cpu" in extras'


def test_three_parts_that_clash_take_three_lists(bench: Workbench) -> None:
    bench.put(*(WheelSpec("engine", f"{number}.0") for number in (1, 2, 3)))
    parts = "".join(f'{name} = ["engine=={number}"]\n' for number, name in enumerate(["a", "b", "c"], 1))
    text = pyproject(more=f"[project.optional-dependencies]\n{parts}")
    assert bench.proposed(text)[0].startswith(
        "1. Never install the extra 'a', the extra 'b' and the extra 'c' together"
    )
    assert set(markers(bench.lock(text, 1)).values()) == {f'"{name}" in extras' for name in "abc"}


def test_a_target_can_be_left_out(bench: Workbench) -> None:
    bench.put(
        WheelSpec("native", "1.0", tag="py3-none-manylinux_2_17_x86_64.manylinux_2_17_aarch64"),
        WheelSpec("native", "1.0", tag="py3-none-macosx_11_0_universal2"),
        WheelSpec("native", "1.0", tag="py3-none-win_amd64"),
    )
    text = pyproject("native") + "[tool.venvoy]\nstrict-targets = true\n"
    assert bench.proposed(text) == [
        "1. Leave out the target windows-arm64: targets in [tool.venvoy]: venvoy lock --apply 1",
        "2. Leave out native (your project): venvoy lock --apply 2",
    ]
    bench.lock(text, 1)
    kept = '["linux-x86_64", "linux-aarch64", "macos-arm64", "macos-x86_64", "windows-amd64"]'
    assert bench.text == text.replace("strict", f"targets = {kept}\nstrict")
    assert bench.coverage.left_out == ()
    assert bench.proposed(text, targets=["windows-arm64"])[-1].endswith(
        "Leave out native (your project): venvoy lock --apply 1"
    )


@pytest.mark.skipif(MINOR > 13, reason="the interpreter that runs the tests has to lie between the bounds")
def test_a_bound_of_requires_python_can_move_at_either_end(bench: Workbench) -> None:
    bench.put(WheelSpec("new", "1.0", requires_python=">=3.9"), WheelSpec("old", "1.0", requires_python="<3.14"))
    assert bench.proposed(pyproject("new", python=">=3.7")) == [
        '1. Write requires-python = ">=3.9" instead of ">=3.7": venvoy lock --apply 1',
        "2. Leave out new (your project): venvoy lock --apply 2",
    ]
    text = pyproject("old") + "[tool.venvoy]\nstrict-targets = true\n"
    assert bench.proposed(text) == [
        '1. Write requires-python = ">=3.9,<3.14" instead of ">=3.9": venvoy lock --apply 1',
        "2. Leave out old (your project): venvoy lock --apply 2",
    ]
    bench.lock(text, 1)
    assert 'requires-python = ">=3.9,<3.14"' in bench.text


def test_nothing_is_said_to_have_been_tried_that_was_not(bench: Workbench) -> None:
    bench.put(WheelSpec("only", "1.0"))
    text = pyproject("only>1")
    assert bench.proposed(text) == [
        "1. Write only>=1.0 instead of only>1 (your project); that gives only 1.0: venvoy lock --apply 1"
    ]


@pytest.mark.parametrize("hashes", [True, False])
def test_only_files_that_may_be_installed_are_locked(bench: Workbench, *, hashes: bool) -> None:
    names = ("binary", "late", "partly")
    for name in names:
        bench.put(WheelSpec(name), SdistSpec(name))
    behaviour = bench.index.behaviour
    behaviour.hashes = hashes
    behaviour.upload_times = {path.name: "2024-01-01T00:00:00Z" for path in bench.files.iterdir()}
    behaviour.upload_times["late-1.0-py3-none-any.whl"] = "2024-03-01T00:00:00Z"
    behaviour.yanked = {"partly-1.0-py3-none-any.whl": "broken"}
    rules = '[tool.venvoy]\nonly-binary = ["binary"]\nexclude-newer = "2024-02-01"\n'
    lock = bench.lock(pyproject(*names, more=rules))
    locked = {one.name: [file.filename for file in (*(one.wheels or ()), one.sdist) if file] for one in lock.packages}
    assert locked == {
        "binary": ["binary-1.0-py3-none-any.whl"],
        "late": ["late-1.0.tar.gz"],
        "partly": ["partly-1.0.tar.gz"],
    }


def test_what_was_divided_because_of_a_failure_stays_as_it_was(bench: Workbench) -> None:
    bench.put(
        WheelSpec("short", "1.0", requires_python="<3.15.3"),
        SdistSpec("rock", "1.0"),
        WheelSpec("rock", "2.0", requires_python="==3.15.0"),
        WheelSpec("other", "1.0"),
    )
    lock = bench.lock(pyproject("short", "rock"))
    expected = {
        "rock 1.0": 'python_version < "3.15" or python_full_version >= "3.15.1"',
        "rock 2.0": 'python_version >= "3.15" and python_full_version < "3.15.1"',
        "short 1.0": "",
    }
    assert markers(lock) == expected
    assert all(claims(lock, machine) for machine in machines("3.9.0", "3.15.0", "3.15.2"))
    assert not any(claims(lock, machine) for machine in machines("3.15.3"))
    assert markers(bench.lock(pyproject("short", "rock", "other"))) == {**expected, "other 1.0": ""}


def test_the_wheel_with_the_highest_build_comes_first(bench: Workbench) -> None:
    bench.put(
        WheelSpec("app", "1.0", build="1", requires=["old"]),
        WheelSpec("app", "1.0", build="2", requires=["old"]),
        WheelSpec("app", "1.0", build="10b", requires=["new"]),
        WheelSpec("app", "1.0", requires=["old"]),
        WheelSpec("app", "1.0", tag="py2.py3-none-any", requires=["old"]),
        WheelSpec("old", "1.0"),
        WheelSpec("new", "1.0"),
    )
    lock = bench.lock(pyproject("app"))
    assert markers(lock) == {"app 1.0": "", "new 1.0": ""}
    assert [wheel.filename for wheel in lock.packages[0].wheels or ()] == [
        "app-1.0-10b-py3-none-any.whl",
        "app-1.0-2-py3-none-any.whl",
        "app-1.0-1-py3-none-any.whl",
        "app-1.0-py2.py3-none-any.whl",
        "app-1.0-py3-none-any.whl",
    ]
    assert bench.faults(lock, project=["app"]) == []
