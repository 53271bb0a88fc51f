from __future__ import annotations

import pytest

from venvoy.errors import Problem
from venvoy.formats import pyproject_settings

HEAD = '[project]\nname = "demo"  # why not\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[tool.venvoy]\ntargets = ["linux"]\n'),
        (HEAD, f'{HEAD}\n[tool.venvoy]\ntargets = ["linux"]\n'),
        (HEAD.rstrip("\n"), f'{HEAD}\n[tool.venvoy]\ntargets = ["linux"]\n'),
        (
            f"{HEAD}[tool.venvoy]  # ours\nquiet = true\n",
            f'{HEAD}[tool.venvoy]  # ours\ntargets = ["linux"]\nquiet = true\n',
        ),
        (f"{HEAD}[tool.venvoy]", f'{HEAD}[tool.venvoy]\ntargets = ["linux"]\n'),
        (
            f'[tool.venvoy]\ntargets = [\n  "macos",\n]  # for now\nquiet = true\n{HEAD}',
            f'[tool.venvoy]\ntargets = ["linux"]  # for now\nquiet = true\n{HEAD}',
        ),
        ('tool = { venvoy = { targets = ["macos"] } }\n', 'tool = { venvoy = { targets = ["linux"] } }\n'),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_key_is_set_and_the_rest_kept(before: str, after: str, newline: str) -> None:
    before, after = before.replace("\n", newline), after.replace("\n", newline)
    alone = newline == "\r\n" and "\r\n" not in before
    assert pyproject_settings.put(before, "targets", ["linux"]) == (after.replace("\r\n", "\n") if alone else after)
    assert pyproject_settings.put("\ufeff" + before, "targets", ["linux"])[0] == "\ufeff"


def test_a_table_that_cannot_be_edited_is_left_alone() -> None:
    with pytest.raises(Problem) as caught:
        pyproject_settings.put("tool = { venvoy = { quiet = true } }\n", "targets", ["linux"])
    assert str(caught.value) == (
        "pyproject.toml:1:19: This file is written in a way that venvoy cannot edit safely.\n"
        "targets in [tool.venvoy] would not have come out right, so nothing was changed.\n"
        "→ Make this change in your editor, then run `venvoy sync`."
    )


PLAIN = '[project]\nname = "app"\n'
TABLE = f'{PLAIN}\n[tool.venvoy.sources]\ndemo = {{ path = "../demo" }}\n'


@pytest.mark.parametrize(
    ("text", "name", "result"),
    [
        (PLAIN, "demo", TABLE),
        (TABLE, "Demo", TABLE.replace("demo =", "Demo =")),
        (
            TABLE.replace("\n", "\r\n") + "# the end\r\n",
            "other",
            TABLE.replace("\n", "\r\n") + 'other = { path = "../demo" }\r\n# the end\r\n',
        ),
        (
            f'{PLAIN}\n[tool.venvoy.sources.demo]\ngit = "https://host.example/x"\ntag = "v1"\n[tool.other]\nx = 1\n',
            "demo",
            f'{PLAIN}\n[tool.other]\nx = 1\n\n[tool.venvoy.sources]\ndemo = {{ path = "../demo" }}\n',
        ),
    ],
)
def test_a_source_is_put_in_the_place_of_the_one_there_is(text: str, name: str, result: str) -> None:
    assert pyproject_settings.put_source(text, name, {"path": "../demo"}) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (PLAIN, PLAIN),
        (TABLE, PLAIN),
        (f"{TABLE}[tool.other]\nx = 1\n", f"{PLAIN}\n[tool.other]\nx = 1\n"),
        (f'{TABLE}other = {{ path = "o" }}\n', f'{PLAIN}\n[tool.venvoy.sources]\nother = {{ path = "o" }}\n'),
        (f'{PLAIN}[tool.venvoy.sources.demo]\npath = "../demo"\n', PLAIN),
        (f'{PLAIN}[tool.venvoy]\nsources.demo.path = "../demo"\n', None),
    ],
)
def test_a_source_is_taken_out_with_its_table_when_it_was_the_last(text: str, result: str | None) -> None:
    if result is None:
        with pytest.raises(Problem) as caught:
            pyproject_settings.drop_source(text, "demo")
        assert caught.value.code == "pyproject-invalid"
    else:
        assert pyproject_settings.drop_source(text, "demo") == result
