"""Source trees become metadata and wheels, in environments that come from our own resolver and store."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from support.index_server import IndexServer
from support.sources import TinySource
from support.wheels import WheelSpec
from venvoy import settings
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.model.artifact import Artifact
from venvoy.model.interpreter import Interpreter
from venvoy.model.source_tree import Python, SourceTree
from venvoy.operations import supply
from venvoy.operations.building import builder as building
from venvoy.operations.building import making
from venvoy.operations.building.builder import Builder
from venvoy.operations.context import Context
from venvoy.python import discover
from venvoy.store.builds import Builds
from venvoy.system import boot


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


@pytest.fixture
def index(shelf: Path) -> Iterator[IndexServer]:
    with IndexServer(shelf) as server:
        yield server


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("remembered")


@pytest.fixture
def python(remembered: Path) -> Interpreter:
    return discover.find(sys.executable, requires=None, environ=dict(os.environ), cache=remembered / "interpreters")


@pytest.fixture
def made(index: IndexServer, tmp_path: Path) -> Iterator[Callable[..., Context]]:
    contexts: list[Context] = []

    def make(**chosen: Any) -> Context:
        flags = {"cache_dir": tmp_path / "cache", "index_url": index.url, **chosen}
        context = Context(settings.load({}, {}, flags), dict(os.environ), Silent())
        contexts.append(context.__enter__())
        return context

    yield make
    for context in contexts:
        context.__exit__(None, None, None)
    left = [*(tmp_path / "cache" / "tmp").iterdir()] if (tmp_path / "cache" / "tmp").is_dir() else []
    assert left == [], "folders for building were left"


@pytest.fixture
def builder(made: Callable[..., Context], python: Interpreter) -> Builder:
    return building.of(made(build=(":all:",)), Python(python))


def of(source: TinySource, folder: Path, *, own: bool = False, key: str = "") -> SourceTree:
    name, version = canonicalize_name(source.name), Version(source.version)
    return SourceTree(
        source.unpacked(folder), f"{source.name} {source.version}", name, version, own, key or f"test:{folder}"
    )


def artifact(context: Context, name: str) -> Artifact:
    candidate = context.index.project(canonicalize_name(name)).candidates[0]
    return next(one for one in candidate.artifacts if one.kind == "sdist")


FORBIDDEN = dict.fromkeys(("get_requires", "prepare_metadata", "build_wheel"), "raise SystemExit('code has run')")


def counting(folder: Path) -> dict[str, str]:
    """A script that leaves a mark for each build."""
    return {"build_wheel": f"import os; os.mkdir({str(folder)!r} + '/' + os.urandom(8).hex())"}


def test_metadata_that_cannot_change_is_read_without_running_code(builder: Builder, tmp_path: Path) -> None:
    tree = of(TinySource("demo", requires=["helper>=1"], static=True, scripts=FORBIDDEN), tmp_path / "demo")
    assert builder.metadata(tree).requires_dist == ("helper>=1",)


@pytest.mark.parametrize("prepare", [True, False])
def test_metadata_that_only_the_backend_knows_is_computed_once(
    builder: Builder, tmp_path: Path, *, prepare: bool
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    script = counting(marks)["build_wheel"]
    source = TinySource(
        "demo", requires=["helper>=1"], prepare=prepare, scripts={"prepare_metadata": script, "build_wheel": script}
    )
    tree = of(source, tmp_path / "demo")
    for _ in range(2):
        assert builder.metadata(tree).requires_dist == ("helper>=1",)
    assert len(list(marks.iterdir())) == 1
    if not prepare:
        assert builder.wheel(tree).version == "1.0"
        assert len(list(marks.iterdir())) == 1, "the wheel that told the metadata is the one that is wanted"


def test_what_was_built_is_not_built_again(
    builder: Builder, made: Callable[..., Context], python: Interpreter, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    tree = of(TinySource("demo", scripts=counting(marks)), tmp_path / "demo")
    first = builder.wheel(tree)
    assert builder.wheel(tree).sha256 == first.sha256
    assert building.of(made(), Python(python)).wheel(tree).sha256 == first.sha256, "nor by another process"
    assert len(list(marks.iterdir())) == 1
    other = building.of(made(build=(":all:",), config_settings=("a=1", "b=2", "b=3")), Python(python)).wheel(tree)
    assert "SETTINGS = {'a': '1', 'b': ['2', '3']}" in Path(other.root, "demo.py").read_text(encoding="utf-8")
    assert len(list(marks.iterdir())) == 2, "other settings, another wheel"


def test_a_folder_that_may_change_is_built_each_time(builder: Builder, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    folder = TinySource("demo", scripts=counting(marks)).unpacked(tmp_path / "demo")
    tree = SourceTree(folder, "demo", own=True)
    builder.wheel(tree)
    builder.wheel(tree)
    assert len(list(marks.iterdir())) == 2


def test_the_backend_has_what_it_asks_for_and_nothing_else(builder: Builder, shelf: Path, tmp_path: Path) -> None:
    WheelSpec("first-tool", "1.0", requires=["deeper-tool"]).write(shelf)
    WheelSpec("deeper-tool", "1.0").write(shelf)
    WheelSpec("second-tool", "1.0").write(shelf)
    WheelSpec("second-tool", "2.0").write(shelf)
    check = (
        "import first_tool, deeper_tool, second_tool, os, sys\nassert second_tool.VERSION == '1.0'\n"
        "assert sys.prefix != sys.base_prefix and os.environ['VIRTUAL_ENV'] == sys.prefix\n"
        "try:\n    import pytest\nexcept ImportError:\n    pass\nelse:\n    raise SystemExit('not isolated')\n"
        "import tempfile\nopen(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()"
    )
    source = TinySource(
        "demo",
        system_requires=["first-tool", "sys-platform-none; sys_platform == 'never'"],
        build_requires=["second-tool<2"],
        scripts={"get_requires": "import first_tool", "build_wheel": check},
    )
    assert builder.wheel(of(source, tmp_path / "demo")).name == "demo"


def test_build_constraints_hold_for_what_builds_need(
    made: Callable[..., Context], python: Interpreter, shelf: Path, tmp_path: Path
) -> None:
    WheelSpec("tool", "1.0").write(shelf)
    WheelSpec("tool", "2.0").write(shelf)
    source = TinySource(
        "demo", system_requires=["tool"], scripts={"build_wheel": "import tool; assert tool.VERSION == '1.0'"}
    )
    context = made(build=("demo",), build_constraints=("tool<2",))
    assert building.of(context, Python(python)).wheel(of(source, tmp_path / "demo")).version == "1.0"


def test_a_build_requirement_that_comes_as_source_is_built_first(
    made: Callable[..., Context], python: Interpreter, shelf: Path, tmp_path: Path
) -> None:
    WheelSpec("tool", "1.0").write(shelf)
    TinySource("source-tool", "3.0", requires=["tool"]).write(shelf)
    source = TinySource("demo", system_requires=["source-tool"], scripts={"build_wheel": "import source_tool, tool"})
    tree = of(source, tmp_path / "demo")
    builder = building.of(made(build=("demo", "source-tool")), Python(python))
    assert builder.wheel(tree).name == "demo"
    with pytest.raises(Problem) as caught:
        building.of(made(build=("demo",), cache_dir=tmp_path / "other"), Python(python)).wheel(tree)
    assert caught.value.code == "needs-build"
    assert caught.value.fix[0] == 'build = ["demo", "source-tool"]   in [tool.venvoy] of pyproject.toml allows it'


def test_a_cycle_of_builds_is_named(builder: Builder, shelf: Path, tmp_path: Path) -> None:
    TinySource("chicken", "1.0", system_requires=["egg"]).write(shelf)
    TinySource("egg", "1.0", system_requires=["chicken"]).write(shelf)
    source = TinySource("chicken", system_requires=["egg"])
    with pytest.raises(Problem) as caught:
        builder.wheel(of(source, tmp_path / "chicken"))
    assert str(caught.value) == (
        "chicken 1.0 cannot be built: what it needs for that needs itself.\n"
        "chicken → egg → chicken\n"
        "→ Let chicken come as a wheel: --only-binary chicken\n"
        "→ Or choose another version."
    )


def test_what_a_build_needs_and_nobody_has_is_told(builder: Builder, shelf: Path, tmp_path: Path) -> None:
    WheelSpec("tool", "1.0").write(shelf)
    with pytest.raises(Problem) as caught:
        builder.wheel(of(TinySource("demo", system_requires=["tool>=2"]), tmp_path / "demo"))
    assert str(caught.value) == (
        "demo 1.0 cannot be built: what it needs for that cannot be had.\n"
        "No version of tool that can be installed meets tool>=2, which this environment needs.\n"
        "There is one version of it, 1.0: none is >=2.\n"
        "→ Look at build-constraints in [tool.venvoy] if there are any."
    )


@pytest.mark.parametrize("says", [("other", "1.0"), ("demo", "2.0")])
@pytest.mark.parametrize("prepare", [True, False])
def test_a_source_that_lies_about_itself_is_refused(
    builder: Builder, tmp_path: Path, says: tuple[str, str], *, prepare: bool
) -> None:
    tree = of(TinySource("demo", says=says, prepare=prepare), tmp_path / "demo")
    for use in (builder.metadata, builder.wheel):
        with pytest.raises(Problem) as caught:
            use(tree)
        assert caught.value.code == "metadata-invalid"
        assert caught.value.what == f"demo 1.0 says that it is {says[0]} {says[1]}, and it is offered as demo 1.0."


def test_a_wheel_for_another_kind_of_computer_is_refused(builder: Builder, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        builder.wheel(of(TinySource("demo", tag="cp27-none-any"), tmp_path / "demo"))
    assert caught.value.code == "build-failed"
    assert "It made a wheel for another Python or another kind of computer: demo-1.0-cp27-none-any.whl." in str(
        caught.value
    )


def test_a_failed_build_shows_what_matters_and_where_the_rest_is(builder: Builder, tmp_path: Path) -> None:
    script = "[print('copying', number) for number in range(500)]\nimport distutils_of_old"
    with pytest.raises(Problem) as caught:
        builder.wheel(of(TinySource("demo", scripts={"build_wheel": script}), tmp_path / "demo"))
    problem = caught.value
    log = tmp_path / "cache" / "builds-v1" / "logs" / "demo-1.0.log"
    assert (problem.code, problem.what) == ("build-failed", "demo 1.0 could not be built.")
    assert problem.why.splitlines()[-1] == "    ModuleNotFoundError: No module named 'distutils_of_old'"
    assert len(problem.why.splitlines()) <= 12
    assert problem.fix[-1] == f"The whole output is in {log}"
    assert "copying 499" in log.read_text(encoding="utf-8")


def test_a_backend_that_is_not_there_is_told(builder: Builder, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "nowhere"\n', encoding="utf-8"
    )
    with pytest.raises(Problem) as caught:
        builder.wheel(SourceTree(folder, "demo", own=True))
    assert caught.value.why.splitlines()[0] == "Its build backend, nowhere, cannot be imported."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "It has neither a pyproject.toml nor a setup.py."),
        ("[build-system]\n", "[build-system] in its pyproject.toml has no list requires (PEP 518)."),
        ("[build-system]\nrequires = ['no good!']\n", "It needs 'no good!' to be built, which nobody understands."),
        (
            "[build-system]\nrequires = []\nbuild-backend = 3\n",
            "build-backend or backend-path in its pyproject.toml is not what PEP 517 wants.",
        ),
    ],
)
def test_a_folder_that_nothing_can_build_is_told(builder: Builder, tmp_path: Path, text: str | None, why: str) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    if text is not None:
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        builder.wheel(SourceTree(folder, "demo", own=True))
    assert (caught.value.code, caught.value.why) == ("build-failed", why)


def test_without_approval_nothing_of_others_is_run(
    made: Callable[..., Context], python: Interpreter, tmp_path: Path
) -> None:
    builder = building.of(made(), Python(python))
    tree = of(TinySource("demo", scripts=FORBIDDEN), tmp_path / "demo")
    for use in (builder.metadata, builder.wheel):
        with pytest.raises(Problem) as caught:
            use(tree)
        assert caught.value.code == "needs-build"
    assert builder.wheel(of(TinySource("mine"), tmp_path / "mine", own=True)).name == "mine", "one's own needs none"


def test_approval_is_asked_for_once_and_written_down(
    made: Callable[..., Context], python: Interpreter, tmp_path: Path
) -> None:
    asked: list[tuple[str, str]] = []

    def ask(why: str, question: str) -> bool:
        asked.append((why, question))
        return True

    context = made()
    context.ask = ask
    builder = building.of(context, Python(python))
    tree = of(TinySource("demo"), tmp_path / "demo")
    builder.metadata(tree)
    builder.wheel(tree)
    assert asked == [
        (
            (
                "demo 1.0 comes as source only. What it needs is known only when its code has run. "
                "Building it runs its code on this computer."
            ),
            "Build demo from now on?",
        )
    ]
    before = '[project]\nname = "x"  # mine\n\n[tool.venvoy]\nbuild = ["zebra"]\n'
    assert context.with_approvals(before, "pyproject.toml") == before.replace('["zebra"]', '["demo", "zebra"]')


def test_all_that_needs_approval_is_named_at_once(
    made: Callable[..., Context], python: Interpreter, shelf: Path
) -> None:
    for name in ("left", "middle", "right"):
        TinySource(name).write(shelf)
    context = made(build=("other",))
    with pytest.raises(Problem) as caught:
        making.make(context, Python(python), [wish(context, name) for name in ("left", "middle", "right")])
    assert str(caught.value) == (
        "left 1.0, middle 1.0 and right 1.0 would have to be built on this computer, and nobody has allowed that yet.\n"
        "There is no wheel that fits here. Building a source distribution runs its code.\n"
        '→ build = ["left", "middle", "other", "right"]   in [tool.venvoy] of pyproject.toml allows it\n'
        "→ --only-binary left --only-binary middle --only-binary right   "
        "behind the command takes versions that need not be built, if there are any"
    )


def test_an_editable_wheel_leads_to_the_folder_and_is_kept_until_its_setup_changes(
    builder: Builder, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    script = counting(marks)["build_wheel"]
    folder = TinySource("demo", scripts={"build_editable": script}).unpacked(tmp_path / "demo")
    tree = SourceTree(folder, "demo", own=True)
    wheel = builder.wheel(tree, editable=True)
    assert Path(wheel.root, "__editable__.demo-1.0.pth").read_text(encoding="utf-8").strip() == str(folder)
    (folder / "demo.py").write_text("changed = True\n", encoding="utf-8")
    pyproject = folder / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(f"# a comment\n{text}\n[tool.ruff]\nline-length = 100\n", encoding="utf-8")
    assert builder.built(tree, editable=True) == wheel.sha256
    pyproject.write_text(f"{text}\n[tool.other]\nx = 1\n", encoding="utf-8")
    builder.wheel(tree, editable=True)
    assert len(list(marks.iterdir())) == 2


def test_a_backend_without_editable_installs_is_told(builder: Builder, tmp_path: Path) -> None:
    folder = TinySource("demo", editable=False).unpacked(tmp_path / "demo")
    with pytest.raises(Problem) as caught:
        builder.wheel(SourceTree(folder, "demo", own=True), editable=True)
    assert str(caught.value) == (
        "demo cannot be built.\n"
        "Its build backend, tiny, cannot make editable installs (PEP 660).\n"
        "→ Install it without: --no-editable"
    )


@pytest.mark.parametrize("source", ["src", ""])
def test_a_package_without_a_backend_is_installed_editable_by_a_path(
    builder: Builder, tmp_path: Path, source: str
) -> None:
    folder = tmp_path / "plain"
    (folder / source).mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "Plain.Thing"\nversion = "1.0"\ndescription = "x"\ndependencies = ["helper"]\n'
        'scripts = { plain = "plain:main" }\n[project.optional-dependencies]\nextra = ["more"]\n'
        "[tool.venvoy]\npackage = true\n",
        encoding="utf-8",
    )
    wheel = builder.wheel(SourceTree(folder, "plain", own=True), editable=True)
    assert (wheel.name, wheel.version) == ("plain-thing", "1.0")
    where = Path(wheel.root, "__editable__.plain_thing-1.0.pth").read_text(encoding="utf-8")
    assert where == f"{(folder / source).resolve()}\n"
    metadata = Path(wheel.root, wheel.dist_info, "METADATA").read_text(encoding="utf-8")
    assert "Requires-Dist: helper\n" in metadata
    assert 'Requires-Dist: more; extra == "extra"\n' in metadata
    points = Path(wheel.root, wheel.dist_info, "entry_points.txt").read_text(encoding="utf-8")
    assert points == "[console_scripts]\nplain = plain:main\n"


def test_an_environment_that_a_build_has_spoilt_is_made_anew(builder: Builder, shelf: Path, tmp_path: Path) -> None:
    WheelSpec("tool", "1.0").write(shelf)
    spoil = "import os, tool; open(os.path.join(os.path.dirname(tool.__file__), 'spoilt.py'), 'w').close()"
    builder.wheel(of(TinySource("one", system_requires=["tool"], scripts={"build_wheel": spoil}), tmp_path / "one"))
    check = "import importlib.util; assert importlib.util.find_spec('spoilt') is None"
    two = TinySource("two", system_requires=["tool"], scripts={"build_wheel": check})
    assert builder.wheel(of(two, tmp_path / "two")).name == "two"


def test_an_environment_that_a_power_cut_has_damaged_is_made_anew(
    builder: Builder, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    WheelSpec("tool", "1.0", files={"tool.py": "X = 1\n"}).write(shelf)
    use = "import tool; assert tool.X == 1"
    for name, boot_name in (("one", "first"), ("two", "second")):
        monkeypatch.setattr(boot, "name", lambda name=boot_name: name)
        tree = TinySource(name, system_requires=["tool"], scripts={"build_wheel": use})
        assert builder.wheel(of(tree, tmp_path / name)).name == name
        for file in (tmp_path / "cache" / "builds-v1" / "environments").rglob("tool.py"):
            file.unlink()
            file.touch()


def test_without_isolation_the_environment_of_the_project_is_used(
    made: Callable[..., Context], python: Interpreter, tmp_path: Path
) -> None:
    tree = of(TinySource("demo", system_requires=["never-there"]), tmp_path / "demo")
    context = made(build=("demo",), no_build_isolation=("demo",))
    with pytest.raises(Problem) as caught:
        building.of(context, Python(python, tmp_path / "none")).wheel(tree)
    assert str(caught.value) == (
        "demo 1.0 is to be built in the project's environment, and there is none yet.\n"
        "no-build-isolation says so.\n"
        "→ Make it and put into it what the build needs: venvoy sync\n"
        "→ Or take it out of no-build-isolation."
    )
    from venvoy.environment import create
    from venvoy.environment.maker import Wish

    with create.creating(tmp_path / "env", Wish(python)) as environment:
        assert building.of(context, Python(python, environment.root)).wheel(tree).name == "demo"


def test_several_are_built_side_by_side(
    made: Callable[..., Context], python: Interpreter, shelf: Path, tmp_path: Path
) -> None:
    """Each waits until the other has begun: one after the other they would wait for ever."""
    there = tmp_path / "there"
    there.mkdir()
    names = ("left", "right")
    for name in names:
        other = names[name == "left"]
        script = (
            f"import os, time\nopen({str(there / name)!r}, 'w').close()\n"
            f"while not os.path.exists({str(there / other)!r}):\n    time.sleep(0.01)"
        )
        TinySource(name, scripts={"build_wheel": script}).write(shelf)
    context = made(build=(":all:",))
    wanted = [wish(context, name) for name in names]
    built = making.make(context, Python(python), wanted)
    assert sorted(built) == ["left", "right"]
    known = making.known(context, Python(python), wanted)
    assert [item.artifact.hashes["sha256"] for item in known] == [built[item.name].sha256 for item in known]


def wish(context: Context, name: str) -> Any:
    from venvoy.model.plan import Wanted

    file = artifact(context, name)
    return Wanted(file.name, str(file.version), file)


def test_a_backend_that_hangs_is_ended_with_all_it_has_started(
    made: Callable[..., Context], python: Interpreter, tmp_path: Path
) -> None:
    builder = building.of(made(build=(":all:",)), Python(python))
    begun = tmp_path / "begun"
    script = (
        f"import subprocess, sys\nopen({str(begun)!r}, 'w').close()\n"
        "subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    )
    tree = of(TinySource("demo", scripts={"build_wheel": script}), tmp_path / "demo")
    caught: list[str] = []

    def build() -> None:
        try:
            builder.wheel(tree)
        except Problem as problem:
            caught.append(problem.code)

    thread = threading.Thread(target=build)
    thread.start()
    while not begun.exists():
        thread.join(0.02)
    builder.end()
    thread.join(60)
    assert caught == ["interrupted"]


def test_the_provider_builds_only_what_is_approved_and_asks_when_nothing_else_is_left(
    made: Callable[..., Context], python: Interpreter, shelf: Path
) -> None:
    TinySource("demo", "2.0", requires=["helper"]).write(shelf)
    context = made()
    provider = supply.provider(context, Python(python))
    candidate = context.index.project(canonicalize_name("demo")).candidates[0]
    file = artifact(context, "demo")
    with pytest.raises(Problem) as caught:
        provider.metadata(candidate, file)
    assert caught.value.code == "needs-build"
    allowed = supply.provider(made(build=("demo",)), Python(python))
    assert allowed.metadata(candidate, file).requires_dist == ("helper",)
    assert provider.metadata(candidate, file).requires_dist == ("helper",), "what is known runs no code"


def test_what_is_noted_about_wheels_that_are_gone_is_forgotten(
    made: Callable[..., Context], python: Interpreter, tmp_path: Path
) -> None:
    context = made(build=(":all:",))
    builder = building.of(context, Python(python))
    tree = of(TinySource("demo"), tmp_path / "demo")
    other = of(TinySource("other"), tmp_path / "other")
    wheel, kept = builder.wheel(tree), builder.wheel(other)
    context.store.discard(wheel.sha256)
    Builds(tmp_path / "cache").forget(context.store)
    assert builder.built(tree) == ""
    assert builder.built(other) == kept.sha256
    assert builder.wheel(tree).name == "demo"
