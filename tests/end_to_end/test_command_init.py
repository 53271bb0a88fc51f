"""``venvoy init``, in empty folders and in those that hold something already."""

from __future__ import annotations

from support.command_line import MINOR, CommandLine, expect


def test_an_empty_folder_becomes_a_project(venvoy: CommandLine) -> None:
    venvoy("init").says("""
        exit 0
        err Wrote pyproject.toml, .gitignore, pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err project is ready. Next: venvoy add requests
    """)
    expect(
        venvoy.filtered((venvoy.project / "pyproject.toml").read_text(encoding="utf-8")),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = []
        """,
    )
    expect(
        (venvoy.project / ".gitignore").read_text(encoding="utf-8"),
        """
        .venv/
        """,
    )
    venvoy("init").says("""
        exit 0
        err Nothing to do: .venv is up to date
        err project is ready. Next: venvoy add requests
    """)


def test_a_folder_that_is_named_is_made(venvoy: CommandLine) -> None:
    venvoy("init", "my app").says("""
        exit 0
        err Wrote pyproject.toml, .gitignore, pylock.toml
        err Made an environment in my app/.venv with Python [PYTHON]
        err my-app is ready. Next:
        err   cd 'my app'
        err   venvoy add requests
    """)
    venvoy("list", "--project", "my app").says("""
        exit 0
        err Nothing is installed in my app/.venv yet
    """)


def test_what_stands_in_a_folder_is_kept(venvoy: CommandLine) -> None:
    text = (
        "# ours\n[project]\nname = 'Old.Name' # kept\nversion = \"3\"\ndependencies = [\n  'demo', # the demo\n]\n"
        "[dependency-groups]\ndev = ['paint']\n"
    )
    (venvoy.project / "pyproject.toml").write_text(text, encoding="utf-8")
    (venvoy.project / ".gitignore").write_text("*.log", encoding="utf-8")
    venvoy("init").says("""
        exit 0
        err Wrote .gitignore, pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err  + demo 2.0
        err  + helper 1.6
        err  + paint 4.1
        err Installed 3 in .venv
        err Old.Name is ready. Next: venvoy run python
    """)
    assert (venvoy.project / "pyproject.toml").read_text(encoding="utf-8") == text
    assert (venvoy.project / ".gitignore").read_text(encoding="utf-8") == "*.log\n.venv/\n"


def test_a_file_with_settings_of_other_tools_only_gets_a_project_table(venvoy: CommandLine) -> None:
    (venvoy.project / "pyproject.toml").write_text("# ours\n[tool.other]\nx = 1\n", encoding="utf-8")
    venvoy("init").says("""
        exit 0
        err Wrote pyproject.toml, .gitignore, pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err project is ready. Next: venvoy add requests
    """)
    expect(
        venvoy.filtered((venvoy.project / "pyproject.toml").read_text(encoding="utf-8")),
        """
        [project]
        name = "project"
        version = "0.1.0"
        requires-python = ">=[MINOR]"
        dependencies = []

        # ours
        [tool.other]
        x = 1
        """,
    )


def test_the_python_that_is_asked_for_is_written_down(venvoy: CommandLine) -> None:
    venvoy("init", "--python", MINOR).says("""
        exit 0
        err Wrote pyproject.toml, .python-version, .gitignore, pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err project is ready. Next: venvoy add requests
    """)
    assert (venvoy.project / ".python-version").read_text(encoding="utf-8") == f"{MINOR}\n"


def test_the_result_is_there_as_json(venvoy: CommandLine) -> None:
    venvoy("init", "--json").says("""
        exit 0
        out {
        out   "schema": 1, "command": "init", "ok": true,
        out   "result": {
        out     "directory": "[PROJECT]", "name": "project",
        out     "written": ["pyproject.toml", ".gitignore", "pylock.toml"],
        out     "sync": {
        out       "environment": "[PROJECT]/.venv", "python": "[PYTHON]", "created": true,
        out       "lockfile_changed": true, "lockfile_moves": [], "changes": [], "dry_run": false,
        out       "applied": null
        out     },
        out     "importable": []
        out   },
        out   "warnings": []
        out }
    """)


def test_a_name_that_no_project_can_have_is_refused(venvoy: CommandLine) -> None:
    venvoy("init", "…").says("""
        exit 2
        err error: No project name can be made of the folder's name, '…'. [name-invalid]
        err   A project's name consists of the letters a to z, digits, hyphens, dots and underscores.
        err   → Give the project a folder with such a name: venvoy init my-project
    """)
    assert list(venvoy.project.iterdir()) == []


def test_a_python_that_is_not_there_is_a_clear_error(venvoy: CommandLine) -> None:
    venvoy("init", "--python", "3.99").says("""
        exit 30
        err error: No Python 3.99 was found on this computer. [python-not-found]
        err   These were found:
        err     [PYTHON]  [BASE]: it is not 3.99
        err   → Take one that is here: --python [PYTHON]
        err   → Install Python 3.99, then run the command again.
    """)
    venvoy("init", "--python", "2.7").says("""
        exit 30
        err error: Python 2.7 is too old for venvoy. [python-too-old]
        err   venvoy locks and installs for Python 3.9 and newer. Older ones get no security fixes any more, and new packages no longer run on them.
        err   → Ask for a newer one, for instance: --python 3.12
    """)
    assert list(venvoy.project.iterdir()) == []


def test_files_of_other_tools_are_pointed_to(venvoy: CommandLine) -> None:
    (venvoy.project / "requirements.txt").write_text("helper\n", encoding="utf-8")
    (venvoy.project / "setup.cfg").write_text("[flake8]\n", encoding="utf-8")
    venvoy("init").says("""
        exit 0
        err Wrote pyproject.toml, .gitignore, pylock.toml
        err Made an environment in .venv with Python [PYTHON]
        err project is ready. Next: venvoy import requirements.txt
    """)


def test_a_file_without_a_project_that_asks_for_nothing_is_told(venvoy: CommandLine) -> None:
    file = venvoy.project / "pyproject.toml"
    file.write_text('[tool.poetry.dependencies]\nhelper = "*"\n', encoding="utf-8")
    venvoy("lock").says("""
        exit 0
        err warning: [PROJECT]/pyproject.toml has no [project] table, so it asks for nothing. venvoy import pyproject.toml takes over what stands there.
        err Wrote pylock.toml: 0 distributions
    """)
    file.write_text("[tool.other]\n", encoding="utf-8")
    venvoy("sync").says("""
        exit 0
        err warning: [PROJECT]/pyproject.toml has no [project] table, so it asks for nothing. venvoy init makes it one.
        err Made an environment in .venv with Python [PYTHON]
    """)
