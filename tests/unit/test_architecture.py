"""The house keeps its shape: floors, seams, one place for each kind of thing, nothing that belongs to one machine."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import tomli

from venvoy import __version__
from venvoy.environment import stamp
from venvoy.errors import CODES
from venvoy.system import answers, observed

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "venvoy"
MOST_LINES = 500
AT_THE_TOP = {
    *("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "src", "tests", "examples", "docs", "benchmarks"),
    *(".ci", ".github", ".gitattributes", ".gitignore", ".pre-commit-config.yaml"),
}


class Import(NamedTuple):
    """One module of ours imports another; ``inside`` tells whether the statement stands in a function."""

    importer: str
    imported: str
    line: int
    inside: bool


@cache
def settings() -> Any:
    return tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def file_of(module: str) -> str:
    path = ROOT / "src" / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return file.relative_to(ROOT).as_posix()


def exempt(module: str, rule: str) -> bool:
    """Whether pyproject.toml lets ruff overlook a rule in this module: the exceptions stand there, once."""
    table = settings()["ruff"]["lint"]["per-file-ignores"]
    return any(rule in rules and fnmatch.fnmatch(file_of(module), pattern) for pattern, rules in table.items())


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for module, tree in modules().items() for found in _imports(module, tree, inside=False))


def _imports(module: str, node: ast.AST, *, inside: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[0] == "venvoy":
                yield Import(module, alias.name, node.lineno, inside)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, f"{file_of(module)}:{node.lineno}: relative import"
        if node.module and node.module.split(".")[0] == "venvoy":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield Import(module, inner if inner in modules() else node.module, node.lineno, inside)
    inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from _imports(module, child, inside=inside)


def show(found: Import) -> str:
    return f"{file_of(found.importer)}:{found.line} imports {found.imported}"


@cache
def floors() -> tuple[tuple[str, ...], ...]:
    contract = next(one for one in settings()["importlinter"]["contracts"] if one["type"] == "layers")
    (container,) = contract["containers"]
    return tuple(tuple(f"{container}.{part.strip()}" for part in layer.split("|")) for layer in contract["layers"])


def floor_of(module: str) -> tuple[int, str] | None:
    for number, parts in enumerate(floors()):
        for part in parts:
            if module == part or module.startswith(part + "."):
                return number, part
    return None


def test_every_module_stands_on_a_floor() -> None:
    homeless = [name for name in modules() if floor_of(name) is None]
    assert set(homeless) <= {"venvoy", "venvoy.__main__"}


def test_a_module_imports_only_from_floors_below_its_own() -> None:
    wrong = []
    for found in imports():
        importer, imported = floor_of(found.importer), floor_of(found.imported)
        if importer is None or imported is None or importer[1] == imported[1]:
            continue
        if importer[0] >= imported[0]:
            wrong.append(show(found))
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for found in imports():
        graph[found.importer].add(found.imported)
    done: set[str] = set()

    def cycle(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if name in path:
            return (*path[path.index(name) :], name)
        if name in done:
            return ()
        for other in sorted(graph.get(name, ())):
            if round_trip := cycle(other, (*path, name)):
                return round_trip
        done.add(name)
        return ()

    assert list(filter(None, (cycle(name, ()) for name in sorted(graph)))) == []


def test_own_modules_are_imported_at_the_top() -> None:
    late = [show(found) for found in imports() if found.inside and not exempt(found.importer, "PLC0415")]
    assert late == []


def names_used(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield dotted names as they are written, and what is imported by name, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node), node.lineno
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno
                yield str(node.module), node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno


def uses(pattern: str) -> dict[str, list[int]]:
    """Which modules use a name that matches the pattern, and on which lines."""
    wanted = re.compile(pattern)
    found = {
        name: sorted({line for used, line in names_used(tree) if wanted.fullmatch(used)})
        for name, tree in modules().items()
    }
    return {name: lines for name, lines in found.items() if lines}


def test_environment_variables_are_read_in_one_place() -> None:
    assert [name for name in uses(r"os\.(environb?|getenvb?|putenv)") if not exempt(name, "TID251")] == []


def test_processes_start_in_one_place() -> None:
    modules_that_start = r"(subprocess|multiprocessing)(\..*)?"
    functions = r"os\.(system|popen|fork|forkpty|exec\w+|spawn\w+|posix_spawnp?|startfile)"
    used = uses(f"{modules_that_start}|{functions}")
    # the fast way of "venvoy run" cannot afford the import of the other place
    assert used.keys() <= {"venvoy.system.process", "venvoy.entry"}
    assert len(used.get("venvoy.entry", ())) <= 1


def test_only_the_command_line_prints() -> None:
    printing = uses(r"print|sys\.__?std(out|err)__?(\..*)?|sys\.std(out|err)\.write|click\.echo")
    assert [name for name in printing if not name.startswith(("venvoy.cli", "venvoy.entry"))] == []


def codes_raised() -> dict[str, str]:
    """The code of every ``Problem("code", …)`` that is spelled out, with a place that raises it."""
    raised = {}
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Problem":
                values = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "code")]
                for value in values:
                    if isinstance(value, ast.Constant):
                        raised[str(value.value)] = f"{file_of(module)}:{node.lineno}"
    return raised


def test_every_code_that_is_raised_is_in_the_table() -> None:
    assert {code: place for code, place in codes_raised().items() if code not in CODES} == {}


def test_every_code_of_the_table_is_raised() -> None:
    # a code may travel through a variable on its way to the Problem: its text somewhere outside the table is enough
    texts = {
        node.value
        for module, tree in modules().items()
        if module != "venvoy.errors"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(CODES.keys() - texts) == []


def test_every_code_is_explained_and_no_other() -> None:
    page = ROOT / "docs" / "errors.md"
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    sections = set(re.findall(r"^#{2,4} `?([a-z]+(?:-[a-z]+)*)`?\s*$", text, re.MULTILINE))
    assert {"missing": sorted(CODES.keys() - sections), "no code": sorted(sections - CODES.keys())} == {
        "missing": [],
        "no code": [],
    }


def test_modules_stay_short() -> None:
    lengths = {name: (ROOT / file_of(name)).read_text(encoding="utf-8").count("\n") for name in modules()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_every_package_opens_with_its_idea_and_imports_nothing() -> None:
    for name, tree in modules().items():
        if file_of(name).endswith("__init__.py") and name != "venvoy":
            assert ast.get_docstring(tree), f"{name} says nothing about itself"
            assert len(tree.body) == 1, f"{name}/__init__.py holds more than its idea"


@cache
def tracked() -> tuple[str, ...]:
    try:
        listing = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a checkout, or there is no git")
    return tuple(name for name in listing.decode("utf-8").split("\0") if name and (ROOT / name).is_file())


def containing(needles: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in tracked():
        data = (ROOT / name).read_bytes().lower()
        for needle, label in needles.items():
            if needle.lower().encode() in data:
                found.setdefault(label, []).append(name)
    return found


def test_the_top_of_the_repository_holds_only_what_belongs_there() -> None:
    assert {name.split("/")[0] for name in tracked()} - AT_THE_TOP == set()


def test_no_registry_is_named_anywhere() -> None:
    """The test names them by what others' code says, so as not to name them itself."""
    hosts = set()
    for code in (
        "from distlib.index import DEFAULT_INDEX; print(DEFAULT_INDEX)",
        "from pip._internal.models.index import PyPI, TestPyPI; print(PyPI.url, TestPyPI.url)",
        "from pip._internal.models.index import PyPI as p; print('https://' + p.file_storage_domain)",
    ):
        # in a process of its own: both import what warns
        asked = subprocess.run([sys.executable, "-I", "-W", "ignore", "-c", code], capture_output=True, check=False)
        hosts |= {str(urlsplit(url).hostname) for url in asked.stdout.decode().split()}
    assert hosts
    assert containing(dict.fromkeys(hosts, "a registry")) == {}


def test_nothing_names_a_folder_of_one_machine(machine: Mapping[str, str]) -> None:
    homes = {machine.get("HOME", ""), machine.get("USERPROFILE", ""), os.sep + "root"}
    # a checkout in /src, say, has a name that may stand anywhere
    homes |= {str(ROOT)} if len(ROOT.parts) > 2 else set()
    needles = {home.rstrip("/\\") + os.sep: "a folder of this machine" for home in homes if len(home) > 1}
    assert containing(needles) == {}


def brought_along(code: str, folder: Path = ROOT) -> set[str]:
    """The modules that a child process has when it ends, or becomes another program, beyond those of a bare start."""
    program = f"""
import os, sys
before = set(sys.modules)
leave = os._exit
def tell(*_):
    sys.stdout.flush()
    os.write(2, ("\\n" + " ".join(sorted(set(sys.modules) - before))).encode())
    leave(0)
os.execvpe = os._exit = tell
try:
    {code}
except SystemExit:
    pass
tell()
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=True, text=True, cwd=folder)
    return set(done.stderr.splitlines()[-1].split())


# the standard library's os and sys are there from the start
AT_START = {"__future__", "venvoy", "venvoy.entry"}
OBSERVED = {"venvoy.system", "venvoy.system.boot", "venvoy.system.observed"}
TO_RUN = {"venvoy.environment", "venvoy.environment.stamp", "venvoy.environment.variables"} | OBSERVED
TO_ANSWER = {"venvoy.system.answers", "venvoy.system.program", "venvoy.digests", "_blake2"} | OBSERVED


def test_starting_up_imports_next_to_nothing() -> None:
    assert brought_along("import venvoy.entry") <= AT_START


def test_the_version_is_printed_without_click() -> None:
    assert brought_along("sys.argv = ['venvoy', '--version']; import venvoy.entry; venvoy.entry.main()") <= AT_START


@pytest.mark.parametrize("command", ["lock", "sync"])
def test_nothing_to_do_is_said_without_click(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project, cache = tmp_path / "project", str(tmp_path / "cache")
    project.mkdir()
    (project / "pyproject.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("VENVOY_CACHE_DIR", cache)
    monkeypatch.chdir(project)
    lines = observed.observe([str(project / "pyproject.toml")])
    answers.remember(cache, str(project), [command], os.environ, __version__, lines, "")
    code = f"sys.argv = ['venvoy', {command!r}]; import venvoy.entry; venvoy.entry.main()"
    assert brought_along(code, project) <= AT_START | TO_ANSWER
    (project / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert "venvoy.cli" in brought_along(code, project), "a changed project needs the long way: this test sees nothing"


def test_a_hook_is_printed_without_click() -> None:
    """Every new shell waits for it."""
    code = "sys.argv = ['venvoy', 'hook', 'bash', '--auto']; import venvoy.entry; venvoy.entry.main()"
    found = brought_along(code)
    assert "venvoy.environment.activation.posix" in found
    assert found.isdisjoint(
        {"click", "typing", "inspect", "re", "pathlib", "psutil", "venvoy.settings", "venvoy.errors"}
    )


def test_an_environment_is_made_with_next_to_nothing_loaded() -> None:
    found = brought_along("import venvoy.cli.at_once")
    assert "venvoy.environment.stamping" in found
    known = {name for name in found if not name.startswith("venvoy")}
    assert known <= {"__future__", "errno", "fcntl", "msvcrt", "_sha2", "_sha256"}
    assert found.isdisjoint({"venvoy.settings", "venvoy.errors", "venvoy.values", "venvoy.cli.main"})


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot replace a process, so nothing is won there")
def test_run_with_nothing_to_do_never_imports_click(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    root = str(tmp_path / ".venv")
    lines = observed.observe([str(tmp_path / "pyproject.toml")])
    assert stamp.write(root, __version__, stamp.selection((), ()), lines)
    code = "sys.argv = ['venvoy', 'run', 'python']; import venvoy.entry; venvoy.entry.main()"
    for folder in (tmp_path, tmp_path / "sub"):
        assert brought_along(code, folder) <= AT_START | TO_RUN, folder
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert "venvoy.cli" in brought_along(code, tmp_path), "a changed project needs the long way: this test sees nothing"
