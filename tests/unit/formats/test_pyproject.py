from __future__ import annotations

import pytest

from venvoy.errors import Problem
from venvoy.formats import pyproject
from venvoy.model.requirement import Origin

FULL = """
[build-system]
requires = ["hatchling"]

[project]
name = "My.Project"
version = "1.2"
requires-python = ">=3.10, <4"
dependencies = [
    "requests>=2",
    'tomli; python_version < "3.11"',
]
[project.optional-dependencies]
Cli_Tools = ["click>8"]
all = ["my-project[cli-tools,web]; sys_platform == 'linux'", "my-project[all]"]
web = ["flask; os_name == 'nt' or os_name == 'posix'"]

[dependency-groups]
test = ["pytest"]
Dev_Tools = [{ include-group = "Test" }, "ruff", "My_Project[web]", "my-project"]

[tool.venvoy]
offline = true
"""


@pytest.mark.parametrize("text", [FULL, "\ufeff" + FULL, FULL.replace("\n", "\r\n")])
def test_a_full_file_is_read(text: str) -> None:
    project = pyproject.parse(text, "pyproject.toml")
    assert (project.name, project.written_name, project.version) == ("my-project", "My.Project", "1.2")
    assert str(project.requires_python) == "<4,>=3.10"
    assert project.settings == {"offline": True}
    assert project.has_project
    assert project.has_build_system
    shown = [(str(root.origin), [str(item.requirement) for item in root.dependencies]) for root in project.roots()]
    flask = 'flask; os_name == "nt" or os_name == "posix"'
    assert shown == [
        ("your project", ["requests>=2", 'tomli; python_version < "3.11"']),
        (
            "extra 'all'",
            [
                'click>8; sys_platform == "linux"',
                'flask; sys_platform == "linux" and (os_name == "nt" or os_name == "posix")',
            ],
        ),
        ("extra 'cli-tools'", ["click>8"]),
        ("extra 'web'", [flask]),
        ("group 'dev-tools'", ["pytest", "ruff", flask]),
        ("group 'test'", ["pytest"]),
    ]
    assert all(item.origin == root.origin for root in project.roots() for item in root.dependencies)


def test_a_file_without_a_project_works_as_far_as_it_can() -> None:
    project = pyproject.parse('[tool.other]\nx = 1\n[dependency-groups]\ndev = ["ruff"]\n', "pyproject.toml")
    assert (project.name, project.has_project, project.has_build_system) == (None, False, False)
    assert [root.origin for root in project.roots()] == [Origin("project"), Origin("group", "dev")]
    with pytest.raises(Problem) as caught:
        project.require_project("to add a dependency")
    assert str(caught.value) == (
        "pyproject.toml: This file does not describe a project yet: it has no [project] table.\n"
        "A [project] table with a name is needed to add a dependency.\n"
        "→ Run `venvoy init` in this folder: it adds what is missing and keeps the rest."
    )


def test_a_project_without_a_name_says_so_when_it_needs_one() -> None:
    project = pyproject.parse("[project]\n", "pyproject.toml")
    with pytest.raises(Problem) as caught:
        project.require_project("to lock")
    assert caught.value.what == "This file does not describe a project yet: its [project] table has no name."
    pyproject.parse('[project]\nname = "x"\n', "pyproject.toml").require_project("to lock")


def test_dynamic_dependencies_cannot_be_resolved() -> None:
    project = pyproject.parse('[project]\nname = "x"\ndynamic = ["version", "dependencies"]\n', "pyproject.toml")
    with pytest.raises(Problem) as caught:
        project.roots()
    assert caught.value.code == "needs-build"
    assert str(caught.value) == (
        "pyproject.toml: What this project needs is not written down: its build backend computes it.\n"
        '[project] has dynamic = ["dependencies", "version"].\n'
        '→ Write the list as dependencies = [...] in [project], and take "dependencies" out of dynamic.'
    )


@pytest.mark.parametrize(
    ("code", "text", "message"),
    [
        (
            "pyproject-invalid",
            '[project]\nname = "x"\ndependancies = ["requests"]\n',
            "3:16: project.dependancies is a name that the standard does not know.\n→ Did you mean dependencies?",
        ),
        (
            "pyproject-invalid",
            '[dependency_groups]\ndev = ["requests"]\n',
            "1:1: dependency_groups is a name that the standard does not know.\n→ Did you mean dependency-groups?",
        ),
        (
            "pyproject-invalid",
            '[project]\ndependencies = "requests"\n',
            (
                "2:16: project.dependencies must be a list, and it is a text.\n"
                '→ Write it as a list: dependencies = ["…"]'
            ),
        ),
        (
            "pyproject-invalid",
            "project = 3\n",
            "1:11: project must be a table, and it is a number.\n→ Write it as a table: [project]",
        ),
        (
            "pyproject-invalid",
            "[project]\nversion = 1.0\n",
            '2:11: project.version must be a text, and it is a number.\n→ Write it as a text: version = "…"',
        ),
        (
            "pyproject-invalid",
            "[[project]]\nname = 'x'\n",
            "1:1: project must be a table, and it is a list.\n→ Write it as a table: [project]",
        ),
        (
            "pyproject-invalid",
            "[project]\ndependencies = [1979-05-27]\n",
            (
                "2:17: Item 1 of project.dependencies must be a text, and it is a date.\n"
                '→ Write "NAME" or "NAME>=VERSION".'
            ),
        ),
        (
            "pyproject-invalid",
            '[project]\ndependencies = [\n  "a", # fine\n  "requests=2.0",\n]\n',
            (
                '4:3: Item 2 of project.dependencies is not a requirement: "requests=2.0".\n'
                'One version is asked for with two equals signs.\n→ Write "requests==2.0".'
            ),
        ),
        (
            "pyproject-invalid",
            '[dependency-groups]\ndev = ["a b"]\n',
            (
                '2:8: Item 1 of dependency-groups.dev is not a requirement: "a b".\n'
                "Expected semicolon (after name with no version specifier) or end.\n    a b\n      ^\n"
                '→ Write it as NAME, or with bounds, as in "requests>=2.31,<3".'
            ),
        ),
        (
            "pyproject-invalid",
            '[project]\nname = "Grüße an alle"\n',
            (
                "2:8: 'Grüße an alle' cannot be the name of a project.\n"
                "A name consists of letters, digits, and - _ . between them.\n"
                '→ Write, for example, name = "gr-e-an-alle".'
            ),
        ),
        (
            "pyproject-invalid",
            '[project]\nrequires-python = "3.10"\n',
            (
                '2:19: requires-python = "3.10" is not a range of Python versions.\n'
                "A range consists of a sign such as >= and a version; several are joined with commas.\n"
                '→ Write, for example, requires-python = ">=3.10".'
            ),
        ),
        (
            "pyproject-invalid",
            '[dependency-groups]\n"a b" = []\n',
            "2:9: 'a b' cannot be the name of a group.\nA name consists of letters, digits, and - _ . between them.",
        ),
        (
            "pyproject-invalid",
            "[project.optional-dependencies]\na-b = []\nA_b = []\n",
            (
                "3:7: There are two extras that are both called 'a-b'.\n"
                "Upper and lower case and the signs - _ . make no difference in such a name.\n"
                "→ Put the two lists together, or rename one."
            ),
        ),
        (
            "pyproject-invalid",
            "[dependency-groups]\ndev = [{ group = 'x' }]\n",
            (
                "2:8: Item 1 of the group 'dev' is a table that does not name a group.\n"
                '→ Write { include-group = "NAME" }, or a requirement in quotes.'
            ),
        ),
        (
            "group-cycle",
            '[dependency-groups]\na = [{ include-group = "b" }]\nb = [\n  { include-group = "A" }]\n',
            "4:3: The group 'a' includes itself: a → b → a.\n→ Take one of these include-group entries out.",
        ),
        (
            "group-unknown",
            '[dependency-groups]\ndev = [{ include-group = "tset" }]\ntest = []\n',
            "2:8: The group 'dev' includes the group 'tset', which is not there.\n→ Did you mean 'test'?",
        ),
        (
            "group-unknown",
            '[dependency-groups]\ndev = [{ include-group = "x" }]\n',
            (
                "2:8: The group 'dev' includes the group 'x', which is not there.\n"
                "→ Add it to [dependency-groups], or take this entry out."
            ),
        ),
        (
            "extra-unknown",
            '[project]\nname = "f"\noptional-dependencies.cli = []\noptional-dependencies.all = ["f[cly]"]\n',
            "4:30: \"f[cly]\" asks for the extra 'cly', which this project does not have.\n→ Did you mean 'cli'?",
        ),
        (
            "pyproject-invalid",
            '[project]\nname = "flask"\ndependencies = ["Flask"]\n',
            (
                "3:17: This project is called 'flask', and it requires a distribution of the same name: itself.\n"
                "→ If you mean the distribution on the index, give your project another name in [project].\n"
                "→ If you mean the project, take this entry out: it is always there."
            ),
        ),
    ],
)
def test_a_fault_is_shown_at_its_place(code: str, text: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        pyproject.parse(text, "pyproject.toml")
    assert caught.value.code == code
    assert str(caught.value) == f"pyproject.toml:{message}"
