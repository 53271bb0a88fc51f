from __future__ import annotations

import difflib
from dataclasses import dataclass

import pytest
import tomli
from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from venvoy.errors import Problem
from venvoy.formats import pyproject
from venvoy.formats.pyproject_edit import add, new, remove
from venvoy.model.requirement import Origin

PROJECT, DEV, CLI = Origin("project"), Origin("group", "dev"), Origin("extra", "cli")


def dependencies(items: str) -> str:
    return f'[project]\nname = "x"\ndependencies = {items}  # the list\n\n[tool.other]\nkey = 1\n'


@pytest.mark.parametrize(
    ("before", "requirement", "after"),
    [
        ("[]", "b", '[\n    "b",\n]'),
        ("[\n  # none yet\n]", "b", '[\n  # none yet\n    "b",\n]'),
        ('["a", "c"]', "b", '["a", "b", "c"]'),
        ('["a", "c"]', "d", '["a", "c", "d"]'),
        ('["a", "c",]', "d", '["a", "c", "d",]'),
        ('["a","c"]', "b", '["a","b","c"]'),
        ('["a","c"]', "d", '["a","c","d"]'),
        ("[ 'a', 'c' ]", "b>1", "[ 'a', 'b>1', 'c' ]"),
        ("['a']", "b; os_name=='nt'", "['a', \"b; os_name=='nt'\"]"),
        ('["c", "a"]', "b", '["c", "a", "b"]'),
        ('["A", "c"]', "B", '["A", "B", "c"]'),
        ('[\n  "a",\n  "c",\n]', "b", '[\n  "a",\n  "b",\n  "c",\n]'),
        ('[\n\t"a",\n\t"c"\n]', "d", '[\n\t"a",\n\t"c",\n\t"d"\n]'),
        (
            '[\n  "a", # why\n  # about c\n  "c", # last\n  # end\n]',
            "b",
            '[\n  "a", # why\n  "b",\n  # about c\n  "c", # last\n  # end\n]',
        ),
        ('[\n  "a", # why\n  "c" # last\n]', "d", '[\n  "a", # why\n  "c", # last\n  "d"\n]'),
        ('["a",\n "c"]', "b", '["a",\n "b",\n "c"]'),
        ('["a",\n "c"]', "d", '["a",\n "c",\n "d"]'),
        ('[\n  "a", "c",\n  "e", "g",\n]', "f", '[\n  "a", "c",\n  "e", "f", "g",\n]'),
        ('[\n  "requests >= 2", # pinned\n  "z",\n]', "Requests<3", '[\n  "Requests<3", # pinned\n  "z",\n]'),
        ('["b; os_name == \'nt\'", "b>1"]', "b>2", '["b; os_name == \'nt\'", "b>2"]'),
        ('["b>1", "a", "B>0"]', "b>2", '["b>2", "a"]'),
    ],
)
def test_adding_keeps_the_style_of_the_list(before: str, requirement: str, after: str) -> None:
    for newline in ("\n", "\r\n"):
        old, expected = dependencies(before).replace("\n", newline), dependencies(after).replace("\n", newline)
        assert add(old, [requirement], PROJECT) == expected


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        ('["a"]', "a", "[]"),
        ('[\n  "a",\n]', "a", "[]"),
        ('[\n  # keep\n  "a",\n]', "a", "[\n  # keep\n]"),
        ('["a", "b", "c"]', "a", '["b", "c"]'),
        ('["a", "b", "c"]', "b", '["a", "c"]'),
        ('["a", "b", "c"]', "c", '["a", "b"]'),
        ('["a", "b",]', "b", '["a",]'),
        ('[\n  "a",\n  "b", # gone with it\n  "c"\n]', "b", '[\n  "a",\n  "c"\n]'),
        ('[\n  "a", # why\n  "b"\n]', "b", '[\n  "a" # why\n]'),
        ('[\n  "a",\n  "b",\n]', "b", '[\n  "a",\n]'),
        ('["a",\n "b"]', "a", '[\n "b"]'),
        ('["a",\n "b"]', "b", '["a"]'),
        ('["a", # why\n "b"]', "b", '["a" # why\n ]'),
        ('["b", "a", "B>1; os_name == \'nt\'", { include-group = "b" }]', "b", '["a", { include-group = "b" }]'),
    ],
)
def test_removing_keeps_the_style_of_the_list(before: str, name: str, after: str) -> None:
    for newline in ("\n", "\r\n"):
        old, expected = dependencies(before).replace("\n", newline), dependencies(after).replace("\n", newline)
        assert remove(old, [name.upper(), "absent"], PROJECT) == (expected, frozenset({canonicalize_name(name)}))


def test_removing_what_is_not_there_changes_nothing() -> None:
    text = dependencies('["a"]')
    assert remove(text, ["b"], PROJECT) == (text, frozenset())
    assert remove(text, ["a"], DEV) == (text, frozenset())


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        (
            PROJECT,
            '[project]\nname = "x"\n\n[tool.t]\n',
            '[project]\nname = "x"\ndependencies = [\n    "a",\n]\n\n[tool.t]\n',
        ),
        (PROJECT, "[project]", '[project]\ndependencies = [\n    "a",\n]\n'),
        (PROJECT, "project.name = 'x'\n", "project.name = 'x'\nproject.dependencies = [\n    \"a\",\n]\n"),
        (PROJECT, "project = { name = 'x' }\n", "project = { name = 'x', dependencies = [\"a\"] }\n"),
        (DEV, "", '[dependency-groups]\ndev = [\n    "a",\n]\n'),
        (
            DEV,
            "[project]\nname = 'x'\n[project.urls]\na = 'b'\n# end\n[tool.t]\n",
            (
                "[project]\nname = 'x'\n[project.urls]\na = 'b'\n"
                '\n[dependency-groups]\ndev = [\n    "a",\n]\n\n# end\n[tool.t]\n'
            ),
        ),
        (
            DEV,
            "[build-system]\nrequires = []\n\n[tool.t]\n",
            '[build-system]\nrequires = []\n\n[dependency-groups]\ndev = [\n    "a",\n]\n\n[tool.t]\n',
        ),
        (
            DEV,
            "  [dependency-groups]\n  test = []\n",
            '  [dependency-groups]\n  test = []\n  dev = [\n      "a",\n  ]\n',
        ),
        (DEV, "[dependency-groups]\nDEV = ['b']\n", "[dependency-groups]\nDEV = ['a', 'b']\n"),
        (DEV, "[dependency-groups]\n[tool.t]\n", '[dependency-groups]\ndev = [\n    "a",\n]\n[tool.t]\n'),
        (DEV, "dependency-groups = {}\n", 'dependency-groups = { dev = ["a"] }\n'),
        (
            CLI,
            "[project]\nname = 'x'\n[dependency-groups]\ndev = []\n",
            (
                "[project]\nname = 'x'\n"
                '\n[project.optional-dependencies]\ncli = [\n    "a",\n]\n\n[dependency-groups]\ndev = []\n'
            ),
        ),
        (
            CLI,
            "[project]\noptional-dependencies.web = []\n",
            '[project]\noptional-dependencies.web = []\noptional-dependencies.cli = [\n    "a",\n]\n',
        ),
        (
            CLI,
            "project = { name = 'x' }\n",
            "project = { name = 'x', optional-dependencies.cli = [\"a\"] }\n",
        ),
    ],
)
def test_what_is_missing_is_made_in_its_natural_place(table: Origin, before: str, after: str) -> None:
    for newline in ("\n", "\r\n"):
        if newline in before or newline == "\n":
            assert add(before.replace("\n", newline), ["a"], table) == after.replace("\n", newline)


def test_a_byte_order_mark_stays() -> None:
    text = add("\ufeff[project]\nname = 'x'\n", ["a"], PROJECT)
    assert text.startswith("\ufeff[project]\n")
    assert remove(text, ["a"], PROJECT)[0].startswith("\ufeff[project]\n")


def test_a_new_file_is_a_project() -> None:
    text = new("demo", ">=3.10")
    assert text == '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.10"\ndependencies = []\n'
    assert pyproject.parse(text, "pyproject.toml").name == "demo"


@pytest.mark.parametrize(
    "rest", ["[tool.t]\r\nkey = 1\r\n", "\ufeff# mine\n[tool.t]\nkey = 1", "tool.t.key = 1\n", "tool.t.key = 1"]
)
def test_a_new_project_keeps_what_was_there(rest: str) -> None:
    text = new("demo", ">=3.10", rest)
    assert rest.removeprefix("\ufeff") in text
    assert text.startswith("\ufeff") == rest.startswith("\ufeff")
    assert ("\r\n" in text) == ("\r\n" in rest)
    assert tomli.loads(text.removeprefix("\ufeff"))["tool"] == {"t": {"key": 1}}
    assert pyproject.parse(text, "pyproject.toml").name == "demo"


@pytest.mark.parametrize(
    ("text", "table", "message"),
    [
        (
            "[tool.t]\n",
            PROJECT,
            (
                "pyproject.toml: There is no [project] table that project.dependencies could stand in.\n"
                "→ Run `venvoy init` in this folder: it adds what is missing and keeps the rest."
            ),
        ),
        (
            '[project]\ndynamic = ["dependencies"]\n',
            PROJECT,
            (
                "pyproject.toml:1:1: project.dependencies cannot be edited here: "
                "dynamic in [project] says that the build backend computes it.\n"
                '→ Edit it where the build backend reads it, or take "dependencies" out of dynamic.'
            ),
        ),
        (
            "[dependency-groups]\ndev = 'a'\n",
            DEV,
            'pyproject.toml:2:7: dependency-groups.dev must be a list.\n→ Write it as a list: ["…"]',
        ),
        (
            "[project\n",
            PROJECT,
            (
                "pyproject.toml:1:9: This file cannot be read, because it is not valid TOML.\n"
                "The name of a table must be closed with a bracket ].\n    [project\n            ^\n"
                "→ Correct line 1, then run the command again."
            ),
        ),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, table: Origin, message: str) -> None:
    with pytest.raises(Problem) as caught:
        add(text, ["a"], table)
    assert str(caught.value) == message


def test_an_invalid_requirement_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        add(new("x", ">=3.10"), ["fine", "a=1"], PROJECT)
    assert caught.value.code == "requirement-invalid"


@dataclass(frozen=True)
class Written:
    """A file with a list in some style: one item a line, all on one line, or anyhow."""

    text: str
    names: list[str]
    tidy: bool


NAMES = st.lists(st.sampled_from(["Alpha", "beta", "g_amma", "delta.x", "eps", "zeta"]), unique=True, max_size=5)
BOUNDS = st.sampled_from(["", ">=1", " < 2", "[x]>=1,<2"])


@st.composite
def files(draw: st.DrawFn) -> Written:
    names = draw(NAMES)
    quote = draw(st.sampled_from("\"'"))
    items = [f"{quote}{name}{draw(BOUNDS)}{quote}" for name in names]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    trailing = "," if draw(st.booleans()) else ""
    style = draw(st.sampled_from(["one", "line", "any"]))
    comment = st.sampled_from(["", "  # about, it ]", " #"])
    if style == "one":
        inner = ", ".join(items) + (trailing if items else "")
    elif style == "line":
        indent = draw(st.sampled_from(["", "  ", "    ", "\t"]))
        lines = []
        for index, item in enumerate(items):
            if draw(st.booleans()):
                lines.append(f"{indent}# {index}")
            lines.append(f"{indent}{item}{trailing if index + 1 == len(items) else ','}{draw(comment)}")
        inner = newline + newline.join(lines) + (newline if lines else "")
    else:
        gap = st.sampled_from(["", " ", newline, f" # c{newline}  ", f"{newline}{newline}"])
        inner = "".join(draw(gap) + item + draw(gap) + "," for item in items)
        inner = (inner if trailing else inner[:-1]) + draw(gap)
    head = f"# top{newline}[project]{newline}name = 'x' # n{newline}"
    tail = f"{draw(comment)}{newline}{newline}[tool.x]{newline}k = [ 1,{newline}]"
    return Written(f"{head}dependencies = [{inner}]{tail}", names, style != "any")


def changed(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came."""
    lines = list(difflib.ndiff(old.splitlines(), new.splitlines()))
    return [line[2:] for line in lines if line.startswith("- ")], [line[2:] for line in lines if line.startswith("+ ")]


@given(files(), st.sampled_from(["alpha>=3", "Beta", "mu; os_name == 'nt'", "aaa", "zz[x]<9"]))
def test_adding_to_any_style_is_right_and_touches_only_its_line(written: Written, requirement: str) -> None:
    edited = add(written.text, [requirement], PROJECT)
    wanted = Requirement(requirement)
    found = pyproject.parse(edited, "x").dependencies
    before = pyproject.parse(written.text, "x").dependencies
    assert wanted in [item.requirement for item in found]
    others = [item for item in before if item.name != canonicalize_name(wanted.name) or wanted.marker]
    assert [item for item in found if item.requirement != wanted] == [
        item for item in others if item.requirement != wanted
    ]
    assert add(edited, [requirement], PROJECT) == edited
    assert ("\r\n" in edited) == ("\r\n" in written.text)
    if written.tidy and written.names:
        gone, came = changed(written.text, edited)
        assert len(came) <= 2
        assert len(gone) <= 1


@given(files(), st.sampled_from(["nu", "aaa>1"]))
def test_removing_what_was_added_gives_the_file_back(written: Written, requirement: str) -> None:
    assume(written.tidy and written.names)
    edited = add(written.text, [requirement], PROJECT)
    assert remove(edited, [Requirement(requirement).name], PROJECT)[0] == written.text


@given(files(), st.data())
def test_removing_from_any_style_is_right_and_touches_only_its_lines(written: Written, data: st.DataObject) -> None:
    assume(written.names)
    gone = data.draw(st.lists(st.sampled_from(written.names), min_size=1, unique=True))
    edited, removed = remove(written.text, gone, PROJECT)
    assert removed == set(map(canonicalize_name, gone))
    left = [item for item in pyproject.parse(written.text, "x").dependencies if item.name not in removed]
    assert list(pyproject.parse(edited, "x").dependencies) == left
    if written.tidy and left:
        went, came = changed(written.text, edited)
        assert len(went) <= len(gone) + 1
        assert len(came) <= 1
