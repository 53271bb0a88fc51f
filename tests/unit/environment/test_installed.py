"""What others installed is read too, whatever state it is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from venvoy.environment import installed
from venvoy.environment.layout import Environment
from venvoy.errors import Problem


def put(environment: Environment, path: str, text: str = "") -> Path:
    place = environment.purelib / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def test_a_distribution_of_another_installer(environment: Environment) -> None:
    put(environment, "Some_Name-1.0rc1+local.5.dist-info/INSTALLER", "pip\n")
    put(environment, "Some_Name-1.0rc1+local.5.dist-info/REQUESTED")
    put(environment, "Some_Name-1.0rc1+local.5.dist-info/direct_url.json", '{"url": "file:///x"}')
    record = put(environment, "Some_Name-1.0rc1+local.5.dist-info/RECORD")
    (found,) = installed.read(environment)
    assert (found.name, found.version, found.installer) == ("some-name", "1.0rc1+local.5", "pip")
    assert (found.requested, found.has_record, found.wheel_sha256) == (True, True, "")
    assert found.direct_url == '{"url": "file:///x"}'
    assert found.dist_info == str(record.parent)


def test_metadata_is_read_when_the_folder_does_not_say(environment: Environment) -> None:
    text = "Metadata-Version: 2.1\nName: real.name\nVersion: 2.0-1\n\nName: not this\nVersion: 9\n"
    put(environment, "odd-name-2.0_1.dist-info/METADATA", text)
    put(environment, "broken.dist-info/RECORD")
    assert [(found.name, found.version) for found in installed.read(environment)] == [
        ("broken", ""),
        ("real-name", "2.0-1"),
    ]


def test_duplicates_debris_and_old_kinds_are_noticed(environment: Environment, tmp_path: Path) -> None:
    put(environment, "demo-1.0.dist-info/RECORD")
    put(environment, "demo-2.0.dist-info/RECORD")
    debris = put(environment, "~emo-1.0.dist-info/RECORD").parent
    put(environment, "old_one-3.0-py3.11.egg-info/PKG-INFO", "Name: old-one\nVersion: 3.0\n")
    put(environment, "flat-1.5-py3.11.egg-info", "Name: flat\nVersion: 1.5\n")
    put(environment, "linked-name.egg-link", f"{tmp_path}/project\n../\n")
    (tmp_path / "project/linked_name.egg-info").mkdir(parents=True)
    (tmp_path / "project/linked_name.egg-info/PKG-INFO").write_text("Name: linked-name\nVersion: 4\n")
    put(environment, "not-a-folder-1.0.dist-info")
    found = installed.scan(environment)
    assert [(one.name, one.version, one.has_record) for one in found.installed] == [
        ("demo", "1.0", True),
        ("demo", "2.0", True),
        ("flat", "1.5", False),
        ("linked-name", "4", False),
        ("old-one", "3.0", False),
    ]
    assert found.debris == (str(debris),)


def test_a_folder_that_vanished_is_a_problem(environment: Environment) -> None:
    environment.purelib.rmdir()
    with pytest.raises(Problem) as caught:
        installed.read(environment)
    assert (caught.value.code, caught.value.what) == ("file-error", "Could not see what is installed.")
