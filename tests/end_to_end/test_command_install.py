"""``venvoy install`` and ``freeze``: into an environment without a project."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from support.alone import lock_of, locked, put_by_another_tool
from support.command_line import WINDOWS, CommandLine, Ran
from support.sources import TinySource


def test_it_installs_locks_and_tells_what_was_asked_for(active: Callable[..., Ran], tools: Path) -> None:
    active("install", "demo").says("""
        exit 0
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in tools
    """)
    assert locked(tools) == ["demo 2.0", "helper 1.6"]
    tool = lock_of(tools).tool or {}
    assert tool["venvoy"]["asked"] == ["demo"]
    listed = json.loads(active("list", "--json").stdout)["result"]["distributions"]
    assert {one["name"]: one["requested"] for one in listed} == {"demo": True, "helper": False}
    active("install", "demo").says("""
        exit 0
        err Nothing to do: all of it is in tools already
    """)
    active("freeze").says("""
        exit 0
        out demo==2.0
        out helper==1.6
    """)
    active("show", "helper").says("""
        exit 0
        out Name          helper
        out Version       1.6
        out Location      [PROJECT]/tools/[SITE]
        out Installed by  venvoy
        out Asked for     no, it came along
        out Requires      nothing
        out Required by   demo
        out Wheel         sha256:[DIGEST]
    """)


def test_what_was_asked_for_before_stays_whole(active: Callable[..., Ran], tools: Path) -> None:
    assert active("install", "tester").code == 0  # needs helper<1.6
    assert active("install", "demo").code == 0
    assert locked(tools) == ["demo 2.0", "helper 1.5", "tester 8.0"]
    active("install", "helper>=1.6").says("""
        exit 10
        err error: No set of versions meets all requirements. [no-solution]
        err   - You ask for helper>=1.6.
        err   - This environment needs tester.
        err   - tester 8.0 needs helper<1.6.
        err   → Loosen or remove one of these: helper>=1.6 (the command line) and tester (this environment)
    """)
    assert locked(tools) == ["demo 2.0", "helper 1.5", "tester 8.0"]


def test_upgrading_what_is_named_or_everything(active: Callable[..., Ran], tools: Path) -> None:
    assert active("install", "demo==1.0", "helper==1.5").code == 0
    assert active("install", "demo>=1", "helper>=1").code == 0
    assert locked(tools) == ["demo 1.0", "helper 1.5"]
    active("install", "--upgrade", "demo").says("""
        exit 0
        err  ~ demo 1.0 → 2.0
        err Replaced 1 in tools
    """)
    active("install", "--upgrade").says("""
        exit 0
        err  ~ helper 1.5 → 1.6
        err Replaced 1 in tools
    """)


def test_what_is_built_from_source_is_as_it_should_be_afterwards(active: Callable[..., Ran], wheels: Path) -> None:
    TinySource("helper", "1.6").write(wheels)
    active("install", "helper", "--no-binary", "helper").says("""
        exit 0
        err  + helper 1.6
        err Installed 1 in tools
    """)
    active("verify").says("""
        exit 0
        err tools is as it should be (1 distribution, 6 files)
    """)


def test_what_another_tool_installed_is_left_alone_and_taken_into_account(
    active: Callable[..., Ran], tools: Path
) -> None:
    put_by_another_tool(tools, "helper", "1.5")
    put_by_another_tool(tools, "guard", "3.0", "paint<4", "absent>=1")
    active("install", "demo").says("""
        exit 0
        err  + demo 2.0
        err Installed 1 in tools
        err There already, from another tool, and left alone: helper 1.5
    """)
    assert locked(tools) == ["demo 2.0"]
    active("install", "paint").says("""
        exit 10
        err error: No set of versions meets all requirements. [no-solution]
        err   - You ask for paint.
        err   - A constraint allows only paint<4, but the only version is 4.1.
        err   guard 3.0 was installed by pip, and it needs paint<4.
        err   → venvoy uninstall guard   if it is no longer needed
        err   → Loosen or remove one of these: paint (the command line) and paint<4 (a constraint)
    """)
    active("install", "helper").says("""
        exit 0
        err  ~ helper 1.5 (again)
        err Replaced 1 in tools
        err Took over what another tool had installed: helper
    """)
    assert locked(tools) == ["demo 2.0", "helper 1.5"]
    assert active("undo").code == 0
    active("list").says("""
        exit 0
        out demo    2.0
        out guard   3.0
        out helper  1.5
    """)


def test_what_another_tool_installed_is_taken_over_when_asked(active: Callable[..., Ran], tools: Path) -> None:
    put_by_another_tool(tools, "helper", "1.4")
    active("install", "demo").says("""
        exit 0
        err  + demo 1.0
        err Installed 1 in tools
        err There already, from another tool, and left alone: helper 1.4
    """)
    active("install", "demo", "--adopt").says("""
        exit 0
        err  ~ helper 1.4 → 1.6
        err Replaced 1 in tools
        err Took over what another tool had installed: helper
        err venvoy undo cannot bring back what another tool had installed: helper
    """)
    assert locked(tools) == ["demo 1.0", "helper 1.6"]


def test_everything_is_taken_over_at_once(active: Callable[..., Ran], tools: Path) -> None:
    put_by_another_tool(tools, "demo", "1.0", "helper")
    put_by_another_tool(tools, "helper", "1.5")
    (next(tools.rglob("helper-1.5.dist-info")) / "REQUESTED").unlink()
    active("install", "--adopt").says("""
        exit 0
        err  ~ demo 1.0 (again)
        err  ~ helper 1.5 (again)
        err Replaced 2 in tools
        err Took over what another tool had installed: demo, helper
    """)
    tool = lock_of(tools).tool or {}
    assert tool["venvoy"]["asked"] == ["demo"]


def test_outside_of_an_environment_it_says_what_is_right(venvoy: CommandLine) -> None:
    venvoy("install", "demo").says("""
        exit 30
        err error: No environment is active here. [environment-missing]
        err   Without one it would go into the Python of your system, where it can break other programs.
        err   → venvoy venv   makes an environment in .venv; then activate it: venvoy activate
        err   → venvoy install demo --user   installs for you alone, beside all environments
    """)
    conda = venvoy("install", "demo", CONDA_PREFIX="/opt/conda").stderr
    assert "\n  /opt/conda is an environment of conda, which conda alone can keep in order. Without one" in conda
    venvoy("install").says("""
        exit 2
        err error: Nothing is named to be installed. [usage]
        err   → venvoy install NAME
        err   → venvoy install -r FILE
        err   → venvoy install --upgrade   everything, anew
    """)


def test_in_a_project_it_points_to_add(project: Path, venvoy: CommandLine) -> None:
    venvoy("install", "demo").says("""
        exit 30
        err error: No environment is active here. [environment-missing]
        err   Without one it would go into the Python of your system, where it can break other programs.
        err   → venvoy add demo   adds it to this project, and installs it into the project's environment
        err   → venvoy install demo --env .venv   only installs it there
        err   → venvoy install demo --user   installs for you alone, beside all environments
    """)
    assert "→ venvoy import needs.txt   makes" in venvoy("install", "-r", "needs.txt").stderr
    for words in (["."], ["-e", "."]):
        assert "→ venvoy sync   installs this project" in venvoy("install", *words).stderr
    venvoy("install", "demo", "--env", ".venv").says("""
        exit 0
        err  + demo 2.0
        err  + helper 1.6
        err Installed 2 in .venv
        err This environment belongs to the project in [PROJECT], whose next venvoy sync takes it out.
        err   → venvoy add demo   is the lasting way
    """)
    assert not (project / ".venv" / "pylock.toml").exists()
    venvoy("uninstall", "--yes", "demo", VIRTUAL_ENV=str(project / ".venv")).says("""
        exit 0
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in .venv
        err This environment belongs to the project in [PROJECT], whose next venvoy sync brings it back.
        err   → venvoy remove demo   is the lasting way
    """)
    assert venvoy("undo").code == 0
    venvoy("sync").says("""
        exit 0
        err  - demo 2.0
        err  - helper 1.6
        err Removed 2 in .venv
    """)


def test_another_environment_by_name_or_python(venvoy: CommandLine, tools: Path) -> None:
    assert venvoy("install", "helper", "--env", "tools").code == 0
    python = next(tools.rglob("python.exe")) if WINDOWS else tools / "bin" / "python"
    assert venvoy("install", "paint", "--python", str(python)).code == 0
    assert locked(tools) == ["helper 1.6", "paint 4.1"]
    assert venvoy("list", "--env", "tools").stdout == "helper  1.6\npaint   4.1\n"
    venvoy("install", "paint", "--env", "tolls").says("""
        exit 30
        err error: There is no environment 'tolls'. [environment-missing]
        err   Those that are here: tools.
        err   → venvoy activate PATH   takes the path of an environment's folder
        err   → venvoy venv PATH   makes one
    """)


def test_requirements_and_constraints_files(active: Callable[..., Ran], tools: Path, venvoy: CommandLine) -> None:
    here = venvoy.project
    (here / "requirements.txt").write_text(
        'demo  # ours\n-r more.txt\nnothing; python_version < "3"\n', encoding="utf-8"
    )
    (here / "more.txt").write_text("paint>=4\n", encoding="utf-8")
    (here / "bounds.txt").write_text("helper<1.6\n", encoding="utf-8")
    active("install", "-r", "requirements.txt", "-c", "bounds.txt").says("""
        exit 0
        err Not needed here, so it was left out: nothing; python_version < "3"
        err  + demo 2.0
        err  + helper 1.5
        err  + paint 4.1
        err Installed 3 in tools
    """)
    (here / "bounds.txt").write_text("demo[color]<3\n", encoding="utf-8")
    active("install", "demo", "-c", "bounds.txt").says("""
        exit 2
        err error: This line is nothing that a requirements file can hold: demo[color]<3 [requirements-file-invalid]
        err   at bounds.txt:1
        err   A constraints file bounds versions of names; it does not say what to install.
        err   pip would say:
        err     Constraints cannot have extras
        err   → Move the line to a requirements file, or write NAME with bounds only.
    """)
    (here / "more.txt").write_text("paint>>4\n", encoding="utf-8")
    active("install", "-r", "requirements.txt").says("""
        exit 2
        err error: This line is nothing that a requirements file can hold: paint>>4 [requirements-file-invalid]
        err   at more.txt:1
        err   Expected semicolon (after name with no version specifier) or end.
        err       paint>>4
        err            ^
        err   pip would say:
        err     Invalid requirement: 'paint>>4': Expected semicolon (after name with no version specifier) or end
        err   → Write it as NAME, or with bounds, as in "requests>=2.31,<3".
    """)
    active("install", "requirements.txt").says("""
        exit 2
        err error: requirements.txt is the name of a file, not of a distribution. [requirement-invalid]
        err   A distribution of that name would be something else than what the file holds.
        err   → Did you mean -r? venvoy install -r requirements.txt
    """)
    active("install", "-r", "missing.txt").says("""
        exit 2
        err error: The requirements file missing.txt cannot be read: No such file or directory. [requirements-file-missing]
        err   → Check the name, and the folder that you are in.
    """)


def test_hashes_of_a_requirements_file_count(active: Callable[..., Ran], tools: Path, venvoy: CommandLine) -> None:
    (venvoy.project / "r.txt").write_text(f"paint==4.1 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    active("install", "-r", "r.txt").says("""
        exit 22
        err error: paint-4.1-py3-none-any.whl is not a file that the requirements file allows. [hash-mismatch]
        err   It demands sha256:[DIGEST].
        err   → Correct the hash, if you trust the file; or ask where it comes from.
    """)
    assert not (tools / "pylock.toml").exists()


def test_a_wheel_by_its_path(active: Callable[..., Ran], tools: Path, venvoy: CommandLine, wheels: Path) -> None:
    name = "paint-4.1-py3-none-any.whl"
    shutil.copy(wheels / name, venvoy.project)
    active("install", f"./{name}").says("""
        exit 0
        err  + paint 4.1
        err Installed 1 in tools
    """)
    archive = lock_of(tools).packages[0].archive
    assert archive is not None
    assert archive.path == f"../{name}"
    active("install", "./missing.whl").says("""
        exit 3
        err error: There is no file [PROJECT]/missing.whl. [source-missing]
        err   → Check the path.
    """)
    active("install", "nonsense=>").says("""
        exit 2
        err error: 'nonsense=>' is not a requirement. [requirement-invalid]
        err   Expected semicolon (after name with no version specifier) or end.
        err       nonsense=>
        err               ^
        err   → Write it as NAME, or with bounds, as in "requests>=2.31,<3".
    """)


def test_folders_and_archives_that_have_to_be_built(
    active: Callable[..., Ran], tools: Path, venvoy: CommandLine, wheels: Path
) -> None:
    folder = TinySource("own", "0.1").unpacked(venvoy.project / "own")
    TinySource("other", "0.2").write(wheels)
    active("install", "-e", "./own").says("""
        exit 0
        err  + own 0.1
        err Installed 1 in tools
    """)
    active("freeze").says("""
        exit 0
        out # Editable install (own==0.1)
        out -e [PROJECT]/own
    """)
    assert active("verify").code == 0
    active("install", "other").says("""
        exit 10
        err error: other 0.2 would have to be built on this computer, and nobody has allowed that yet. [needs-build]
        err   What it needs is known only when its code has run. Building a source distribution runs its code.
        err   → venvoy install other --build other   allows it
        err   → --only-binary other   behind the command takes versions that need not be built, if there are any
    """)
    active("install", "other", "--build", "other").says("""
        exit 0
        err  + other 0.2
        err Installed 1 in tools
    """)
    shutil.rmtree(folder)
    active("install", "helper").says("""
        exit 3
        err error: There is no folder [PROJECT]/own. [source-missing]
        err   → Correct the path.
        err   → venvoy uninstall NAME   if what was installed from there is no longer wanted
    """)
    assert active("uninstall", "own").code == 0
    assert active("install", "helper").code == 0
    assert locked(tools) == ["helper 1.6", "other 0.2"]


def test_nothing_is_changed_by_a_dry_run_or_a_failure(active: Callable[..., Ran], tools: Path) -> None:
    active("install", "demo", "--dry-run").says("""
        exit 0
        err  + demo 2.0
        err  + helper 1.6
        err Would install 2 in tools
    """)
    active("install", "demmo").says("""
        exit 11
        err error: There is no distribution called demmo. [project-unknown]
        err   Asked: [INDEX]/simple/
        err   → Did you mean demo?
    """)
    active("install", "demo>=9").says("""
        exit 10
        err error: No version of demo that can be installed meets demo>=9, which you ask for. [no-version]
        err   There are 2 versions of it, 1.0 to 2.0: none is >=9.
        err   → Ask for a version that can be installed: venvoy install "demo==2.0"
    """)
    assert active("install", "demo").code == 0
    before = (tools / "pylock.toml").read_bytes()
    active("uninstall", "demo", "--yes", "--dry-run").says("""
        exit 0
        err  - demo 2.0
        err  - helper 1.6
        err Would remove 2 in tools
    """)
    assert active("install", "demo", "--offline").code == 0
    assert active("install", "paint", "--offline").code != 0
    assert (tools / "pylock.toml").read_bytes() == before


def test_as_json(active: Callable[..., Ran]) -> None:
    done = json.loads(active("install", "demo", "--json").stdout.replace("[SIZE]", "0"))
    assert done["ok"]
    result = done["result"]
    assert [change["name"] for change in result["changes"]] == ["demo", "helper"]
    assert (result["user"], result["project"], result["dry_run"]) == (False, "", False)
    frozen = json.loads(active("freeze", "--json").stdout)["result"]["requirements"]
    assert [one["requirement"] for one in frozen] == ["demo==2.0", "helper==1.6"]
