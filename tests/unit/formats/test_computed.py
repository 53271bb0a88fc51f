"""What only a build backend knows about a project, put into what its pyproject.toml says."""

from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.formats import computed, pyproject
from venvoy.model.artifact import CoreMetadata

NAME = canonicalize_name("mine")


def told(*requires: str, extras: tuple[str, ...] = ()) -> CoreMetadata:
    return CoreMetadata(NAME, Version("1"), requires, provides_extra=frozenset(map(canonicalize_name, extras)))


def completed(dynamic: list[str], metadata: CoreMetadata, more: str = "") -> dict[str, list[str]]:
    file = pyproject.parse(f'[project]\nname = "mine"\nversion = "1"\ndynamic = {dynamic}\n{more}', "pyproject.toml")
    found = computed.completed(file, metadata)
    assert not found.needs_backend
    return {str(root.origin): [str(one.requirement) for one in root.dependencies] for root in found.roots()}


def test_dependencies_and_extras_come_from_the_backend() -> None:
    metadata = told(
        "a>=1",
        'b; python_version < "3.12"',
        'c; extra == "one"',
        'd; python_version < "3.12" and extra == "one"',
        'e; (os_name == "nt" or os_name == "java") and extra == "one"',
        extras=("one", "two"),
    )
    assert completed(["dependencies", "optional-dependencies"], metadata) == {
        "your project": ["a>=1", 'b; python_version < "3.12"'],
        "extra 'one'": ["c", 'd; python_version < "3.12"', 'e; os_name == "nt" or os_name == "java"'],
        "extra 'two'": [],
    }


def test_what_is_written_down_counts_and_not_what_the_backend_says() -> None:
    more = '[project.optional-dependencies]\none = ["mine-own"]\n'
    assert completed(["dependencies"], told("a", 'b; extra == "one"', extras=("one",)), more) == {
        "your project": ["a"],
        "extra 'one'": ["mine-own"],
    }
    assert completed(["version", "optional-dependencies"], told("a", 'b; extra == "x"', extras=("x",))) == {
        "your project": [],
        "extra 'x'": ["b"],
    }


def test_without_a_project_table_all_of_it_comes_from_the_backend() -> None:
    metadata = CoreMetadata(NAME, Version("1"), ("a",), ">=3.11", frozenset())
    legacy = '[build-system]\nrequires = ["setuptools"]\n[dependency-groups]\ndev = ["b"]\n'
    file = pyproject.parse(legacy, "pyproject.toml")
    assert file.needs_backend
    found = computed.completed(file, metadata)
    assert (found.name, str(found.requires_python), found.needs_backend) == (NAME, ">=3.11", False)
    assert [str(one.requirement) for root in found.roots() for one in root.dependencies] == ["a", "b"]
    with pytest.raises(Problem) as caught:
        file.require_project("to add a dependency")
    assert caught.value.fix == (
        "venvoy import FILE   writes one from setup.cfg, setup.py, or Poetry's part of this file",
    )
    own_files_only = pyproject.parse(f"{legacy}[tool.venvoy]\npackage = false\n", "pyproject.toml")
    assert not own_files_only.needs_backend


def test_nonsense_of_a_backend_is_told() -> None:
    with pytest.raises(Problem) as caught:
        completed(["dependencies"], told("no good!"))
    assert str(caught.value) == (
        "pyproject.toml: The build backend of this project says that it needs 'no good!', which nobody understands."
    )
