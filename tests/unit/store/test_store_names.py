"""Names out of archives: which may become files, and which commands a wheel may bring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvoy.store.names import Rules, path_fault, reference_fault, same_file, script_fault

POSIX = Rules(windows=False, folding=False)
MAC = Rules(windows=False, folding=True)
WINDOWS = Rules(windows=True, folding=True)


@pytest.mark.parametrize(
    "path", ["a.py", "a/b/c.py", "a/...b", "..a/b", "a b/é.py", ".hidden/x", "a/.b", "aux.py", "ab:c", "a./b ", "x?"]
)
def test_honest_paths_pass_on_posix(path: str) -> None:
    assert path_fault(path, POSIX) == ""


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("", "has an empty part in its name"),
        ("/etc/passwd", "names an absolute place on your disk"),
        ("//host/share", "names an absolute place on your disk"),
        ("C:/x", "names an absolute place on your disk"),
        ("c:x", "names an absolute place on your disk"),
        ("..", "leads out of its own folder"),
        ("a/../../b", "leads out of its own folder"),
        ("a/..", "leads out of its own folder"),
        ("a//b", "has an empty part in its name"),
        ("./a", "has an empty part in its name"),
        ("a/.", "has an empty part in its name"),
        ("a/", "has an empty part in its name"),
        ("a\\b", "has a backslash in its name"),
        ("..\\a", "has a backslash in its name"),
        ("a\x00.py", "has a control character in its name"),
        ("a\n.py", "has a control character in its name"),
    ],
)
@pytest.mark.parametrize("rules", [POSIX, MAC, WINDOWS])
def test_paths_that_lead_elsewhere_are_faults_everywhere(path: str, fault: str, rules: Rules) -> None:
    assert path_fault(path, rules) == fault


@pytest.mark.parametrize("part", ["NUL", "nul.txt", "Con", "aux.py", "aux .py", "com1", "LPT9.x", "com¹", "CONIN$"])
def test_device_names_are_faults_on_windows_only(part: str) -> None:
    assert path_fault(f"demo/{part}", WINDOWS) == "has the name of a Windows device"
    assert path_fault(f"demo/{part}", POSIX) == ""


@pytest.mark.parametrize("part", ["x:stream", "a?", "a*", "a|b", "a<b", 'a"b', "dot.", "space "])
def test_what_windows_does_not_allow_is_a_fault_there(part: str) -> None:
    assert path_fault(f"demo/{part}/x.py", WINDOWS) == "has a name that Windows does not allow"


@pytest.mark.parametrize("part", ["auxiliary.py", "com10", "console.py", "nul_", "conftest.py", "prnt"])
def test_names_that_only_begin_like_a_device_pass_on_windows(part: str) -> None:
    assert path_fault(part, WINDOWS) == ""


@given(st.text(max_size=12))
def test_a_path_that_passes_stays_below_its_folder_on_both_kinds_of_system(path: str) -> None:
    import ntpath
    import posixpath

    if path_fault(path, POSIX) == "":
        assert posixpath.normpath(posixpath.join("/r", path)) == f"/r/{path}"
    if path_fault(path, WINDOWS) == "":
        assert ntpath.normpath(ntpath.join("C:\\r", path)) == "C:\\r\\" + path.replace("/", "\\")


@pytest.mark.parametrize(
    ("paths", "folding_only"),
    [
        (["x.py", "X.py"], True),
        (["straße.py", "STRASSE.py"], True),
        (["e\u0301.py", "\u00e9.py"], True),
        (["A/b", "a"], True),
        (["x", "x/y.py"], False),
        (["x/y/z", "x"], False),
    ],
)
def test_two_names_for_one_file_are_found(paths: list[str], *, folding_only: bool) -> None:
    assert set(same_file(paths, MAC) or ()) == set(paths)
    assert set(same_file(paths, POSIX) or ()) == (set() if folding_only else set(paths))


def test_names_that_share_folders_and_beginnings_are_different_files() -> None:
    assert same_file(["a/b.py", "a/c.py", "a/b/c.py", "ab", "a.py"], MAC) is None


@pytest.mark.parametrize(
    "name", ["flask", "pip3.12", "my-tool_2", "Étoile", "pythonista", "ipython3", "python-config", "run me"]
)
def test_honest_commands_pass(name: str) -> None:
    assert script_fault(name, WINDOWS) == ""


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "has no proper name"),
        ("..", "has no proper name"),
        ("../evil", "would be written outside the folder for commands"),
        ("sub/evil", "would be written outside the folder for commands"),
        ("..\\evil", "would be written outside the folder for commands"),
        ("C:evil", "would be written outside the folder for commands"),
        ("evil\x07", "has a control character in its name"),
        ("python", "would take the place of Python itself"),
        ("Python3", "would take the place of Python itself"),
        ("python3.13t", "would take the place of Python itself"),
        ("pythonw.exe", "would take the place of Python itself"),
    ],
)
def test_commands_that_would_do_harm_are_faults(name: str, fault: str) -> None:
    assert script_fault(name, POSIX) == fault


@pytest.mark.parametrize(
    "reference", ["demo:main", "demo.cli:App.run", "demo : main", "demo:main [fast,slow]", "été:étoile"]
)
def test_honest_references_pass(reference: str) -> None:
    assert reference_fault(reference) == ""


@pytest.mark.parametrize(
    "reference",
    ["", "demo", "demo:", ":main", "demo:main()", "os; import x:main", "a.b.:c", "a:b:c", "demo:1x", "a-b:c"],
)
def test_references_that_are_not_dotted_names_are_faults(reference: str) -> None:
    assert reference_fault(reference) == "does not name a function as module:function"
