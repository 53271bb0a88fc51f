"""From settings to the resolver's policy."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from packaging.requirements import Requirement

from venvoy import settings
from venvoy.errors import Problem
from venvoy.operations.policy import moment, policy
from venvoy.operations.resolving import inputs

NOW = datetime(2026, 5, 10, 12, 30, tzinfo=timezone.utc)


def chosen(**table: object) -> settings.Settings:
    return settings.load({"VENVOY_CACHE_DIR": "cache"}, {key.replace("_", "-"): value for key, value in table.items()})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01", "2026-05-01T23:59:59Z"),
        ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z"),
        ("2026-05-01T12:00:00+02:00", "2026-05-01T10:00:00Z"),
        ("2026-05-01 12:00", "2026-05-01T12:00:00Z"),
        ("7 days", "2026-05-03T12:30:00Z"),
        ("1 Day ago", "2026-05-09T12:30:00Z"),
        ("12hours", "2026-05-10T00:30:00Z"),
        ("2 weeks", "2026-04-26T12:30:00Z"),
        ("48h", "2026-05-08T12:30:00Z"),
        ("P7D", "2026-05-03T12:30:00Z"),
        ("PT12H", "2026-05-10T00:30:00Z"),
    ],
)
def test_a_moment_is_a_day_a_time_or_how_long_ago(text: str, expected: str) -> None:
    assert moment(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["soon", "2026-13-01", "P7H", "PT7D", "99999 weeks", "7 months", "0001-01-01T00:00:00+09:00"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        policy(chosen(exclude_newer=text), NOW)
    assert str(caught.value) == (
        f"exclude-newer cannot be {text!r}.\n"
        "It takes a day, a moment, or how long ago.\n"
        '→ Write it as 2026-05-01, 2026-05-01T12:00:00Z, "12 hours", "7 days" or "2 weeks".'
    )
    assert caught.value.code == "setting-invalid"


def test_every_setting_reaches_the_policy() -> None:
    found = policy(
        chosen(
            prereleases=True,
            prerelease_names=["Foo_Bar"],
            only_binary=[":all:"],
            no_binary=["A.b"],
            resolution="lowest",
            exclude_newer="2026-05-01",
            constraints=["a<2; sys_platform == 'win32'"],
            overrides=["b @ https://files.example/b.whl"],
            exclude=["C"],
        ),
        NOW,
    )
    assert found.prereleases
    assert found.prerelease_names == {"foo-bar"}
    assert found.only_binary == {":all:"}
    assert found.no_binary == {"a-b"}
    assert found.resolution == "lowest"
    assert found.exclude_newer == "2026-05-01T23:59:59Z"
    assert found.constraints == (Requirement("a<2; sys_platform == 'win32'"),)
    assert found.overrides == (Requirement("b @ https://files.example/b.whl"),)
    assert found.exclude == {"c"}
    assert found.allow_source


@pytest.mark.parametrize(
    ("setting", "text", "why"),
    [
        ("constraints", "a[x]<2", "It has extras, and these are never about extras."),
        ("constraints", "a @ https://files.example/a.whl", "It names an address; an override can do that."),
        ("overrides", "a; extra == 'x'", "Its marker is about an extra."),
        ("overrides", "a b", "Expected semicolon (after name with no version specifier) or end."),
    ],
)
def test_a_requirement_that_cannot_stand_there_is_refused(setting: str, text: str, why: str) -> None:
    with pytest.raises(Problem) as caught:
        policy(chosen(**{setting: [text]}), NOW)
    assert str(caught.value) == (f'{setting} cannot hold {text!r}.\n{why}\n→ Write it as in: {setting} = ["numpy<2.3"]')


@pytest.mark.parametrize(
    "table", [{"constraints": ["a<2"]}, {"overrides": ["a<2"]}, {"exclude": ["a"]}, {"exclude_newer": "7 days"}]
)
def test_the_lockfile_depends_on_what_changes_a_resolution(table: dict[str, object]) -> None:
    assert inputs.of(chosen(**table)) == {key.replace("_", "-"): value for key, value in table.items()}
    assert inputs.of(chosen()) == {}
