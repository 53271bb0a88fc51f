from __future__ import annotations

import pytest
import tomli
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.formats import pyproject_edit, pyproject_settings
from venvoy.formats.foreign import requirements_files, writing
from venvoy.formats.foreign.found import DEV, PROJECT, Basket, Found
from venvoy.formats.foreign.writing import Row
from venvoy.model.requirement import Origin

PYPROJECT = """\
[project]
name = "shop"
version = "1"
"""


def basket(*requirements: str, file: str = "x.txt") -> Basket:
    made = Basket("pip", file)
    for text in requirements:
        made.add(PROJECT, text, text)
    return made


def write(*found: Found | Basket, text: str = PYPROJECT) -> tuple[str, list[Row]]:
    all_found = [one if isinstance(one, Found) else one.done() for one in found]
    text, rows = writing.write(text, all_found, "pyproject.toml")
    assert tomli.loads(text)
    return text, list(rows)


def dependencies(text: str) -> object:
    return tomli.loads(text)["project"]["dependencies"]


@pytest.mark.parametrize(
    ("texts", "written", "change"),
    [
        (("a>=1", "A<3"), "a>=1,<3", "named twice: all bounds hold"),
        (("a==1.5", "a>=1"), "a==1.5", "named twice: all bounds hold"),
        (("a>=2", "a==1.5"), "a==1.5,>=2", "named twice: all bounds hold"),
        (("a[x]", "a[y]>=1"), "a[x,y]>=1", "named twice: all bounds hold"),
        (("a>=1", "a>=1"), "a>=1", ""),
        (
            ("a", "a @ https://x.example/a.zip"),
            "a @ https://x.example/a.zip",
            "named twice: a and a @ https://x.example/a.zip",
        ),
    ],
)
def test_what_is_named_twice_becomes_one(texts: tuple[str, str], written: str, change: str) -> None:
    text, rows = write(basket(*texts))
    assert dependencies(text) == [written]
    assert [(row.action, row.after, row.why) for row in rows] == [("changed" if change else "taken", written, change)]


def test_the_same_name_under_other_conditions_stays_apart() -> None:
    text, rows = write(basket("a<2; os_name == 'nt'", "a>=2; os_name != 'nt'"))
    assert dependencies(text) == ['a<2; os_name == "nt"', 'a>=2; os_name != "nt"']
    assert [row.action for row in rows] == ["taken", "taken"]


def test_a_password_in_an_address_stays_behind() -> None:
    made = basket("a @ https://me:secret@x.example/a.zip", "b @ git+ssh://git@x.example/b.git")
    made.index("https://token@x.example/simple/", first=True)
    text, rows = write(made)
    assert "secret" not in text
    assert "token" not in text
    assert dependencies(text) == ["a @ https://x.example/a.zip", "b @ git+ssh://git@x.example/b.git"]
    assert [(row.action, row.why) for row in rows] == [
        ("changed", "without the password in its address"),
        ("taken", ""),
        ("taken", ""),
        ("left", "passwords belong in .netrc or the keyring, not in pyproject.toml"),
    ]


def test_variables_have_no_place_in_pyproject() -> None:
    made = basket("a @ https://${USER}:${PASSWORD}@x.example/a.zip", "b @ https://${HOST}/b.zip")
    made.index("https://${TOKEN}@x.example/simple/", first=True)
    made.index("https://${HOST}/simple/", first=False)
    text, rows = write(made)
    assert dependencies(text) == ["a @ https://x.example/a.zip"]
    assert [
        row.before for row in rows if row.why == "pyproject.toml knows no variables; write the address without one"
    ] == [
        "b @ https://${HOST}/b.zip",
        "https://${HOST}/simple/",
    ]
    assert tomli.loads(text)["tool"]["venvoy"] == {"index-url": "https://x.example/simple/"}


def test_settings_are_added_to_lists_and_else_left_as_they_are() -> None:
    made = basket()
    made.extend("constraints", "b<2", "c")
    made.index("https://x.example/simple/", first=True)
    made.settings["prereleases"] = True
    text, rows = write(
        made, text=PYPROJECT + '[tool.venvoy]\nindex-url = "https://own.example/"\nconstraints = ["a<1"] # bounds\n'
    )
    assert text.endswith(
        '[tool.venvoy]\nprereleases = true\nindex-url = "https://own.example/"\n'
        'constraints = ["a<1", "b<2", "c"] # bounds\n'
    )
    assert [(row.action, row.before, row.why) for row in rows] == [
        ("taken", "constraints: b<2, c", ""),
        ("kept", 'index-url = "https://x.example/simple/"', '[tool.venvoy] says index-url = "https://own.example/"'),
        ("taken", "prereleases = true", ""),
    ]


def test_groups_that_are_not_there_are_no_default_groups() -> None:
    made = basket()
    made.add(Origin("group", "test"), "pytest", "pytest")
    made.extend("default-groups", "dev", "test")
    text, _ = write(made)
    assert tomli.loads(text)["tool"]["venvoy"]["default-groups"] == ["test"]


def test_python_is_put_below_name_and_version_or_stays() -> None:
    found = Found("Poetry", "p", requires_python=">=3.9,<4", python_before='python = "^3.9"')
    text, rows = write(found)
    assert text == PYPROJECT + 'requires-python = ">=3.9,<4"\n'
    assert write(found, text=text)[0] == text
    assert rows[0].after == 'requires-python = ">=3.9,<4"'
    _, rows = write(found, text=PYPROJECT + 'requires-python = ">=3.12"\n')
    assert (rows[0].action, rows[0].why) == ("kept", 'pyproject.toml says requires-python = ">=3.12"')
    _, rows = write(Found("x", "p", requires_python="three", python_before="python_requires = three"))
    assert (rows[0].action, rows[0].why) == ("left", "these bounds cannot be understood")


def test_long_lists_are_written_at_once_and_others_item_by_item() -> None:
    wanted = [f"a{number}>=1" for number in range(40)]
    text = pyproject_edit.extend(PYPROJECT, wanted, PROJECT)
    assert text == PYPROJECT + "dependencies = [\n" + "".join(f'    "{one}",\n' for one in wanted) + "]\n"
    text = pyproject_edit.extend(PYPROJECT + 'dependencies = ["b"] # mine\n', ["c", "a"], PROJECT)
    assert text == PYPROJECT + 'dependencies = ["a", "b", "c"] # mine\n'
    text = pyproject_edit.extend(PYPROJECT + "dependencies = [\n  # none yet\n]\n", ["a"], PROJECT)
    assert text == PYPROJECT + 'dependencies = [\n  # none yet\n    "a",\n]\n'
    text = pyproject_edit.extend(PYPROJECT.replace("\n", "\r\n"), ["a"], DEV)
    assert text.endswith('[dependency-groups]\r\ndev = [\r\n    "a",\r\n]\r\n')
    dynamic = PYPROJECT + 'dynamic = ["dependencies"]\n'
    with pytest.raises(Problem, match="the build backend computes it"):
        pyproject_edit.extend(dynamic, ["a"], PROJECT)


def test_rows_of_sources_follow_one_another() -> None:
    text = pyproject_settings.put_source(PYPROJECT, "b", {"path": "../b", "editable": True})
    text = pyproject_settings.put_source(text, "a", {"index": "https://x.example/"})
    assert text == (
        PYPROJECT
        + '\n[tool.venvoy.sources]\nb = { path = "../b", editable = true }\na = { index = "https://x.example/" }\n'
    )
    inline = PYPROJECT + "[tool]\nvenvoy = { sources = {} }\n"
    with pytest.raises(Problem, match="cannot edit safely"):
        pyproject_settings.put_source(inline, "a", {"path": "a"})
    between = PYPROJECT + '[tool.venvoy.sources]\nb = { path = "b" } # last\n\n[tool.other]\nx = 1'
    assert pyproject_settings.put_source(between, "a", {"path": "a"}).endswith(
        '[tool.venvoy.sources]\nb = { path = "b" } # last\na = { path = "a" }\n\n[tool.other]\nx = 1'
    )


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("requirements.txt", "project"),
        ("requirements/base.txt", "project"),
        ("requirements/prod.in", "project"),
        ("requirements-dev.txt", "dev"),
        ("dev-requirements.txt", "dev"),
        ("requirements_development.txt", "dev"),
        ("requirements.test.txt", "test"),
        ("requirements/Tests.txt", "test"),
        ("requirements/ipython.txt", "ipython"),
        ("docs/requirements.txt", "docs"),
        ("doc/requirements.in", "docs"),
        ("backend/requirements.txt", "project"),
        ("dev.txt", "dev"),
        ("old.txt", "project"),
        ("test_reqs.txt", "test"),
        ("requirements/lint & more.txt", "lint-more"),
    ],
)
def test_the_name_of_a_requirements_file_says_what_it_is_for(path: str, table: str) -> None:
    found = requirements_files.table_of(path)
    assert (found.name or found.kind) == table


COMPILED = f"""\
#
# This file is autogenerated by pip-compile with Python 3.12
# by the following command:
#
#    pip-compile --generate-hashes --output-file=requirements/main.txt requirements/main.in
#
alembic==1.18.5 \\
    --hash=sha256:{"a" * 64}
    # via
    #   -r requirements/main.in
    #   alembic-postgresql-enum
alembic-postgresql-enum==1.10.0
    # via -r requirements/main.in
mako==1.3.2
    # via alembic
typing-extensions==4.12
    # via
    #   alembic
    #   mako
"""


def test_a_compiled_file_tells_what_came_along_with_what_as_in_warehouse() -> None:
    found = requirements_files.read("requirements/main.txt", lambda _: COMPILED.encode())
    assert [entry.requirement for entry in found.entries] == ["alembic==1.18.5", "alembic-postgresql-enum==1.10.0"]
    assert [(one.what, one.why) for one in found.left] == [
        ("mako==1.3.2", "it comes along with alembic; its version is kept"),
        ("typing-extensions==4.12", "it comes along with alembic; its version is kept"),
        ("--hash", "pylock.toml holds the hashes"),
    ]
    assert found.versions["mako"] == (Version("1.3.2"),)  # type: ignore[index]
    assert requirements_files.compiled_from(COMPILED) == "requirements/main.in"


def tables(path: str, *named: str, **files: str) -> dict[str, str]:
    texts = {f"{name}.txt": text.encode() for name, text in files.items()}
    found = requirements_files.read(path, texts.__getitem__, named=named)
    return {entry.requirement: entry.table.name or entry.table.kind for entry in found.entries}


def test_a_nested_file_is_for_what_the_file_is_for_that_names_it() -> None:
    files = {"dev": "-r base.txt\n-r test.txt\na", "base": "-r more.txt\nb", "more": "c", "test": "-r redis.txt\nd"}
    everything = {**files, "redis": "e"}
    assert tables("dev.txt", **everything) == {"c": "project", "b": "project", "e": "dev", "d": "dev", "a": "dev"}
    both = tables("dev.txt", "dev.txt", "test.txt", **everything)
    assert both == {"c": "project", "b": "project", "e": "test", "d": "test", "a": "dev"}


def test_a_compiled_file_names_its_input_at_its_top() -> None:
    head = "# This file was autogenerated by uv via the following command:\n#    uv pip compile {} -o out.txt\n"
    assert requirements_files.compiled_from(head.format("requirements/dev.in") + "a==1 # via -r requirements/x.in") == (
        "requirements/dev.in"
    )
    assert requirements_files.compiled_from("a==1\n# pip-compile x.in") == ""
    made = "# This file was autogenerated by uv via the following command:\n#    make upgrade\na==1"
    assert requirements_files.compiled_from(made, "requirements/dev.pip") == "requirements/dev.in"


def test_what_was_dynamic_is_so_no_longer() -> None:
    dynamic = PYPROJECT + 'dynamic = ["dependencies", "optional-dependencies", "version"] # by Poetry\n'
    made = basket("a", "b")
    made.add(Origin("extra", "x"), "c", "c")
    text, rows = write(made, text=dynamic)
    assert tomli.loads(text)["project"]["dynamic"] == ["version"]
    assert "# by Poetry" in text
    assert [(row.action, row.before, row.after) for row in rows if row.file == "pyproject.toml"] == [
        ("changed", 'dynamic = ["dependencies"]', "dynamic, without dependencies"),
        ("changed", 'dynamic = ["optional-dependencies"]', "dynamic, without optional-dependencies"),
    ]
    assert dependencies(text) == ["a", "b"]
