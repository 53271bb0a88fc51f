"""``venvoy import``: what files of other tools say goes into pyproject.toml and pylock.toml, and is told line by line."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
import tomli

from support.command_line import CommandLine, expect

HASH = "0" * 64


@pytest.fixture
def folder(venvoy: CommandLine) -> Path:
    """An empty folder."""
    return venvoy.project


def write(project: Path, **files: str) -> None:
    """Write files; in their names ``__`` is a dot and ``___`` a slash."""
    for name, text in files.items():
        path = project / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8", newline="\n")


def read(project: Path) -> str:
    return (project / "pyproject.toml").read_text(encoding="utf-8")


def test_requirements_files_become_a_project(folder: Path, venvoy: CommandLine) -> None:
    write(
        folder,
        requirements__txt=f"""\
        # what the program needs
        demo[color]>=1 ; python_version >= "3"
        helper == 1.5 --hash=sha256:{HASH}
        -c bounds.txt
        --trusted-host inner.example
        """,
        requirements_dev__txt="-r requirements.txt\ntester\n-e .[all]\n",
        bounds__txt="paint<5\n",
    )
    (folder / "requirements_dev.txt").rename(folder / "requirements-dev.txt")
    venvoy("import", "requirements.txt", "requirements-dev.txt").says("""
        exit 0
        out requirements.txt
        out   taken   demo[color]>=1 ; python_ver…  demo[color]>=1; python_version >= "3"
        out                                         (dependencies)
        out   taken   helper == 1.5                 helper==1.5 (dependencies)
        out   taken   constraints: paint<5          constraints = ["paint<5"]
        out   left    --hash                        pylock.toml holds the hashes
        out   left    --trusted-host inner.example  certificates are always checked
        out requirements-dev.txt
        out   taken   tester                        group dev
        out   left    -e .[all]                     it is the project itself, which is
        out                                         installed anyway if it can be built; its
        out                                         extras: venvoy sync --extra all
        err 4 taken, 3 left
        err Kept 1 of 1 version from the other lockfile
        err Wrote pyproject.toml, .gitignore, pylock.toml: 4 distributions locked
        err Next: venvoy sync
    """)
    expect(
        venvoy.filtered(read(folder)),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = [
            'demo[color]>=1; python_version >= "3"',
            "helper==1.5",
        ]

        [dependency-groups]
        dev = [
            "tester",
        ]

        [tool.venvoy]
        constraints = ["paint<5"]
        """,
    )
    venvoy("lock", "--check").says("""
        exit 0
        err pylock.toml is up to date
    """)
    assert sorted(path.name for path in folder.iterdir()) == [
        ".gitignore",
        "bounds.txt",
        "pylock.toml",
        "pyproject.toml",
        "requirements-dev.txt",
        "requirements.txt",
    ]


POETRY = """\
# kept as it is
[tool.poetry]
name = "shop"
version = "0.3.0"
description = "Sells things"
authors = ["A <a@b.example>"]

[tool.poetry.dependencies]
python = "^3.9"
demo = "^1.0 || ^2"  # the best
helper = { version = "*", python = "<4" }
paint = { version = "~4.1", optional = true }

[tool.poetry.extras]
colour = ["paint"]

[tool.poetry.group.test.dependencies]
tester = ">=8"
"""
LOCK = """\
[[package]]
name = "demo"
version = "1.0"
[[package]]
name = "helper"
version = "1.4"
[metadata]
lock-version = "2.1"
"""


def test_poetry_keeps_its_tables_and_its_versions(folder: Path, venvoy: CommandLine) -> None:
    write(folder, pyproject__toml=POETRY, poetry__lock=LOCK)
    venvoy("import", "pyproject.toml").says("""
        exit 0
        out pyproject.toml
        out   taken   python = "^3.9"               requires-python = ">=3.9,<4"
        out   taken   demo = "^1.0 || ^2"           demo>=1.0,<3 (dependencies)
        out   taken   helper = { version = "*", p…  helper; python_version < "4"
        out                                         (dependencies)
        out   taken   paint = { version = "~4.1",…  paint>=4.1,<4.2 (extra colour)
        out   taken   tester = ">=8"                tester>=8 (group test)
        out   taken   groups that are installed     default-groups = ["test"]
        out   left    authors in [tool.poetry]      they say nothing about dependencies;
        out                                         they stay there
        err 6 taken, 1 left
        err Kept 1 of 2 versions from the other lockfile; not: helper 1.4 → 1.5
        err Wrote pyproject.toml, pylock.toml: 4 distributions locked
        err Next: venvoy sync
    """)
    text = read(folder)
    assert POETRY in text
    expect(
        venvoy.filtered(text.replace(POETRY, "[...]\n")),
        """
        [project]
        name = "shop"
        version = "0.3.0"
        description = "Sells things"
        requires-python = ">=3.9,<4"
        dependencies = [
            "demo>=1.0,<3",
            'helper; python_version < "4"',
        ]

        [project.optional-dependencies]
        colour = [
            "paint>=4.1,<4.2",
        ]

        [dependency-groups]
        test = [
            "tester>=8",
        ]

        [...]

        [tool.venvoy]
        default-groups = ["test"]
        """,
    )
    assert 'name = "demo"\nversion = "1.0"\n' in (folder / "pylock.toml").read_text(encoding="utf-8")
    venvoy("undo").says("""
        exit 0
        err Undone: venvoy import pyproject.toml
        err Restored pyproject.toml
        err Deleted pylock.toml
    """)
    assert read(folder) == POETRY
    assert not (folder / "pylock.toml").exists()


def test_what_stands_there_stays(folder: Path, venvoy: CommandLine) -> None:
    write(
        folder,
        pyproject__toml="""\
        [project]
        name = "shop"
        version = "1"
        requires-python = ">=3.9"
        dependencies = ["demo<2", "helper"]

        [tool.venvoy]
        constraints = ["paint<5"]
        """,
        Pipfile="""\
        [packages]
        demo = "==2.0"
        helper = "*"
        native = {version = "*", index = "inner"}
        here = {path = "lib", editable = true}
        [[source]]
        name = "hub"
        url = "https://hub.example/simple/"
        [[source]]
        name = "inner"
        url = "https://inner.example/simple/"
        [requires]
        python_version = "3.8"
        """,
        lib___pyproject__toml='[project]\nname = "Here"\nversion = "1"\n',
    )
    venvoy("import", "Pipfile", "--no-lock").says("""
        exit 0
        out Pipfile
        out   kept    python_version = "3.8"        pyproject.toml says requires-python =
        out                                         ">=3.9"
        out   kept    demo = "==2.0"                pyproject.toml says demo<2
        out   kept    helper = "*"                  it stands there already
        out   taken   native = {version = "*", in…  native (dependencies); its place:
        out                                         [tool.venvoy.sources]
        out   taken   here = {path = "lib", edita…  here (dependencies); its place:
        out                                         [tool.venvoy.sources]
        out   taken   index-url = "https://hub.ex…  tool.venvoy
        err 3 taken, 3 kept
        err Wrote pyproject.toml
        err Next: venvoy lock
    """)
    expect(
        read(folder),
        """
        [project]
        name = "shop"
        version = "1"
        requires-python = ">=3.9"
        dependencies = ["demo<2", "helper", "here", "native"]

        [tool.venvoy]
        index-url = "https://hub.example/simple/"
        constraints = ["paint<5"]

        [tool.venvoy.sources]
        native = { index = "https://inner.example/simple/" }
        here = { path = "lib", editable = true }
        """,
    )
    venvoy("import", "Pipfile", "--no-lock", "--dry-run").says("""
        exit 0
        out Pipfile
        out   kept    python_version = "3.8"        pyproject.toml says requires-python =
        out                                         ">=3.9"
        out   kept    demo = "==2.0"                pyproject.toml says demo<2
        out   kept    helper = "*"                  it stands there already
        out   kept    native = {version = "*", in…  it stands there already
        out   kept    here = {path = "lib", edita…  it stands there already
        err 5 kept
        err pyproject.toml and pylock.toml say all of it already
    """)


def test_where_there_is_no_solution_nothing_changes(folder: Path, venvoy: CommandLine) -> None:
    write(folder, requirements__txt="demo==2.0\nhelper<1.5\n")
    venvoy("import", "requirements.txt").says("""
        exit 10
        err error: No version of helper that can be installed meets helper<1.5, which your project needs. [no-version]
        err   There are 2 versions of it, 1.5 to 1.6: none is <1.5.
        err   → Ask for a version that can be installed: venvoy add "helper==1.6"
        err   → venvoy import requirements.txt --no-lock   writes pyproject.toml only; correct it there, then: venvoy lock
    """)
    assert [path.name for path in folder.iterdir()] == ["requirements.txt"]


def test_the_table_as_json(folder: Path, venvoy: CommandLine) -> None:
    write(folder, dev__in="tester\nhttps://files.example/x.tar.gz\n")
    ran = venvoy("import", "dev.in", "--group", "check", "--dry-run", "--json")
    result = json.loads(ran.stdout)["result"]
    assert result["rows"] == [
        {
            "action": "taken",
            "before": "tester",
            "after": "tester",
            "table": "group check",
            "why": "",
            "file": "dev.in",
        },
        {
            "action": "left",
            "before": "https://files.example/x.tar.gz",
            "after": "",
            "table": "",
            "why": "its name stands nowhere; `venvoy add --group check https://files.example/x.tar.gz` finds it out",
            "file": "dev.in",
        },
    ]
    assert (result["written"], result["dry_run"]) == (["pyproject.toml", ".gitignore", "pylock.toml"], True)
    assert [path.name for path in folder.iterdir()] == ["dev.in"]


def test_files_that_cannot_be_imported(folder: Path, venvoy: CommandLine) -> None:
    write(folder, what__cfg="[x]\n", pylock__dev__toml='lock-version = "1.0"\n', empty__txt="\n")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    venvoy("import", "missing.txt").says("""
        exit 2
        err error: There is no file missing.txt. [import-missing]
        err   at missing.txt
        err   → Check the name, and the folder that you are in.
    """)
    venvoy("import", "what.cfg").says("""
        exit 2
        err error: venvoy does not know what kind of file what.cfg is. [import-unknown]
        err   at what.cfg
        err   It knows:
        err     requirements.txt and requirements.in of pip
        err     constraints.txt
        err     Pipfile and Pipfile.lock of pipenv
        err     pyproject.toml with [tool.poetry], [tool.pdm] or [tool.uv]
        err     poetry.lock, pdm.lock and uv.lock
        err     setup.cfg and setup.py
        err     environment.yml of conda
        err   → Give the file its usual name, and try again.
    """)
    venvoy("import", "pylock.dev.toml").says("""
        exit 2
        err error: venvoy does not know what kind of file pylock.dev.toml is. [import-unknown]
        err   at pylock.dev.toml
        err   → This is a lockfile already: rename it to pylock.toml, and venvoy sync --frozen installs from it.
    """)
    venvoy("import", "empty.txt").says("""
        exit 2
        err error: empty.txt is empty. [import-invalid]
        err   at empty.txt
        err   → Name a file that says something.
    """)
    venvoy("import", "picture.txt").says("""
        exit 2
        err error: picture.txt is not a text file. [import-invalid]
        err   at picture.txt
        err   → Name a text file.
    """)


def test_a_fault_in_a_file_is_shown_with_its_line(folder: Path, venvoy: CommandLine) -> None:
    write(
        folder,
        requirements__txt="demo\n-r more.txt\n",
        more__txt="-r requirements.txt\n",
        nonsense__txt="demo\n\nhelper=1\n",
        Pipfile='[packages]\ndemo = "*\n',
        setup__cfg="[metadata\n",
    )
    venvoy("import", "requirements.txt").says("""
        exit 2
        err error: These requirements files name one another in a circle. [requirements-file-cycle]
        err   at more.txt:1
        err   requirements.txt → more.txt → requirements.txt
        err   → Take the line out that closes the circle: more.txt:1
    """)
    venvoy("import", "nonsense.txt").says("""
        exit 2
        err error: This line is nothing that a requirements file can hold: helper=1 [requirements-file-invalid]
        err   at nonsense.txt:3
        err   One version is asked for with two equals signs.
        err   pip would say:
        err     Invalid requirement: 'helper=1': Expected semicolon (after name with no version specifier) or end
        err     Hint: = is not a valid operator. Did you mean == ?
        err   → Write "helper==1".
    """)
    venvoy("import", "Pipfile").says("""
        exit 3
        err error: This file cannot be read, because it is not valid TOML. [toml-invalid]
        err   at Pipfile:2:10
        err   A text in quotes is not closed: the closing quotation mark is missing.
        err       demo = "*
        err                ^
        err   → Correct line 2, then run the command again.
    """)
    venvoy("import", "setup.cfg").says(r"""
        exit 2
        err error: setup.cfg cannot be read as a setup.cfg. [import-invalid]
        err   at setup.cfg:1
        err   File contains no section headers. file: 'setup.cfg', line: 1 '[metadata\n'
        err   → Correct the line, then try again.
    """)


def test_when_a_file_cannot_be_written_none_is(folder: Path, venvoy: CommandLine) -> None:
    write(folder, requirements__txt="demo\n", pyproject__toml='[project]\nname = "shop"\nrequires-python = ">=3.9"\n')
    (folder / "pylock.toml").mkdir()
    before = read(folder)
    ran = venvoy("import", "requirements.txt")
    assert ran.code != 0
    assert "venvoy made a mistake" not in ran.stderr
    assert read(folder) == before
    (folder / "pylock.toml").rmdir()
    venvoy("history").says("""
        exit 0
        err No command has changed this project yet.
    """)


def test_what_is_exported_can_be_imported_again(folder: Path, venvoy: CommandLine) -> None:
    write(folder, requirements__txt="demo[color]\nhelper<1.6\n")
    assert venvoy("import", "requirements.txt").code == 0
    assert venvoy("export", "-o", "exported.txt").code == 0
    other = folder / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text('[project]\nname = "other"\nrequires-python = ">=3.9"\n', encoding="utf-8")
    assert venvoy("import", "../exported.txt", directory=other).code == 0
    assert venvoy("export", "-o", "again.txt", directory=other).code == 0
    first, again = (
        (folder / name).read_text(encoding="utf-8").splitlines() for name in ("exported.txt", "other/again.txt")
    )
    assert [line for line in first if not line.startswith("#")] == [line for line in again if not line.startswith("#")]


def test_tables_of_other_tools_that_nobody_has_taken_over_are_told_once(folder: Path, venvoy: CommandLine) -> None:
    table = """
        [project]
        name = "app"
        version = "1"
        dependencies = ["helper", "local"]
        [dependency-groups]
        old = ["demo<2"]
        new = ["demo>=2"]
        [tool.uv]
        managed = true
        exclude-newer = "1h"
        conflicts = [[{ group = "old" }, { group = "new" }]]
        [tool.uv.sources]
        local = { path = "lib/local" }
    """
    write(folder, pyproject__toml=table)
    venvoy("lock").says("""
        exit 11
        err warning: What [tool.uv] says of exclude-newer, conflicts, sources does not count here.
        err → venvoy import pyproject.toml   takes over what it can
        err error: There is no distribution called local. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   → Did you mean tzlocal?
    """)
    venvoy("import", "pyproject.toml").says("""
        exit 3
        err error: There is no folder [PROJECT]/lib/local. [source-missing]
        err   Your project needs local.
        err   → Correct the path.
        err   → venvoy import pyproject.toml --no-lock   writes pyproject.toml only; correct it there, then: venvoy lock
    """)
    write(folder, lib___local___pyproject__toml='[project]\nname = "local"\nversion = "1"\n')
    venvoy("import", "pyproject.toml").says("""
        exit 0
        out pyproject.toml
        out   kept    sources: local                it stands there already
        out   taken   exclude-newer = "1h"          tool.venvoy
        out   taken   conflicts = [[{ group = "ol…  tool.venvoy
        out   left    managed in [tool.uv]          venvoy does not know them; they stay
        out                                         there
        err 2 taken, 1 kept, 1 left
        err Wrote pyproject.toml, pylock.toml: 4 distributions locked
        err Next: venvoy sync
    """)
    venvoy("lock").says("""
        exit 0
        err pylock.toml is up to date: 4 distributions
    """)
    write(folder, further__txt="-e ../away")
    venvoy("import", "further.txt").says("""
        exit 0
        out further.txt
        out   left    -e ../away  its name stands nowhere in there; `venvoy add ../away`
        out                       finds it out
        err 1 left
    """)


def test_versions_that_another_lockfile_has_for_some_pythons_stay_there(folder: Path, venvoy: CommandLine) -> None:
    write(
        folder,
        pyproject__toml='[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["helper"]\n',
        uv__lock="""\
        version = 1
        [[package]]
        name = "helper"
        version = "1.5"
        resolution-markers = ["python_full_version < '3.12'"]
        [[package]]
        name = "helper"
        version = "1.6"
        resolution-markers = ["python_full_version == '3.12.*'", "python_full_version >= '3.13'"]
        """,
    )
    assert venvoy("import", "uv.lock").code == 0
    packages = tomli.loads((folder / "pylock.toml").read_text(encoding="utf-8"))["packages"]
    assert [(one["version"], one["marker"]) for one in packages] == [
        ("1.5", 'python_version < "3.12"'),
        ("1.6", 'python_version >= "3.12"'),
    ]
