from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.pylock import Package, PackageArchive, PackageDirectory, PackageSdist, PackageVcs, PackageWheel, Pylock
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from venvoy.formats import exports, requirements_txt
from venvoy.formats.exports import Parts
from venvoy.formats.marker_parts import settled

A, B = "a" * 64, "b" * 64


def package(name: str, **parts: object) -> Package:
    return Package(name=NormalizedName(name), **parts)  # type: ignore[arg-type]


def lock(*packages: Package) -> Pylock:
    return Pylock(
        lock_version=Version("1.0"),
        requires_python=SpecifierSet("<4,>=3.9"),
        created_by="test",
        packages=list(packages),
    )


def wheel(name: str, digest: str = A) -> PackageWheel:
    return PackageWheel(
        name=f"{name}-1-py3-none-any.whl", url=f"https://x.example/{name}.whl", hashes={"sha256": digest}
    )


@pytest.mark.parametrize(
    ("marker", "left"),
    [
        (None, ""),
        ('sys_platform == "win32"', 'sys_platform == "win32"'),
        ('"dev" in dependency_groups', ""),
        ('"docs" in dependency_groups', None),
        ('"docs" not in dependency_groups', ""),
        ('"Cli_Tool" in extras and python_version < "3.12"', 'python_version < "3.12"'),
        ('"x" in extras or python_version < "3.12"', 'python_version < "3.12"'),
        (
            '("x" in extras or "dev" in dependency_groups) and (os_name == "nt" or os_name == "java")',
            'os_name == "nt" or os_name == "java"',
        ),
        ('"x" in extras and os_name == "nt" or "cli-tool" in extras and os_name == "posix"', 'os_name == "posix"'),
        (
            '("cli-tool" in extras or "z" in extras) and (os_name == "nt" or os_name == "java") and python_version < "4"',  # noqa: E501 - one marker
            '(os_name == "nt" or os_name == "java") and python_version < "4"',
        ),
        ('sys_platform not in "win32 cygwin" and "dev" in dependency_groups', 'sys_platform not in "win32 cygwin"'),
    ],
)
def test_a_marker_loses_what_is_known(marker: str | None, left: str | None) -> None:
    assert settled(Marker(marker) if marker else None, ("cli-tool",), ("dev",)) == left


atoms = st.sampled_from(
    ['"a" in extras', '"b" not in extras', '"g" in dependency_groups', 'os_name == "nt"', 'python_version < "3.12"']
)
markers = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) and ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) or ({pair[1]})"),
    ),
    max_leaves=6,
)


@given(markers, st.sets(st.sampled_from("ab")), st.sets(st.just("g")), st.booleans(), st.booleans())
def test_what_is_left_is_true_where_the_whole_is(
    text: str, extras: set[str], groups: set[str], windows: bool, old: bool
) -> None:
    environment = {"os_name": "nt" if windows else "posix", "python_version": "3.11" if old else "3.13"}
    sets = {"extras": frozenset(extras), "dependency_groups": frozenset(groups)}
    whole = Marker(text).evaluate({**environment, **sets}, context="lock_file")
    left = settled(Marker(text), extras, groups)
    assert whole == (left == "" or (left is not None and Marker(left).evaluate(environment)))


def test_every_kind_of_source_is_written_as_pip_reads_it() -> None:
    found = exports.requirements(
        lock(
            package(
                "named",
                version=Version("1.0"),
                wheels=[wheel("named", B)],
                sdist=PackageSdist(
                    name="named-1.0.tar.gz", url="https://x.example/named.tar.gz", hashes={"sha256": A, "md5": "00"}
                ),
            ),
            package(
                "archive",
                archive=PackageArchive(url="https://x.example/a.tar.gz", hashes={"sha256": A}, subdirectory="py"),
                marker=Marker("os_name == 'nt'"),
            ),
            package("local", archive=PackageArchive(path="wheels/l.whl", hashes={"sha512": B * 2})),
        ),
        Parts(options=("--index-url https://x.example/",)),
    )
    assert found == exports.Export(
        "# made by venvoy from pylock.toml: requirements for pip\n"
        "# Python >=3.9,<4\n"
        "--index-url https://x.example/\n"
        f'archive @ https://x.example/a.tar.gz#subdirectory=py ; os_name == "nt" \\\n    --hash=sha256:{A}\n'
        f"./wheels/l.whl \\\n    --hash=sha512:{B * 2}\n"
        f"named==1.0 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n",
        3,
        (),
    )


SOURCES = lock(
    package("folder", directory=PackageDirectory(path="../folder", editable=True), marker=Marker("os_name == 'nt'")),
    package("here", directory=PackageDirectory(path="lib", subdirectory="py")),
    package("project", directory=PackageDirectory(path=".")),
    package(
        "repository",
        version=Version("2"),
        vcs=PackageVcs(
            type="git", url="https://git.example/r", requested_revision="main", commit_id="c0ffee", subdirectory="py"
        ),
    ),
)


def test_what_can_have_no_hash_is_said() -> None:
    found = exports.requirements(SOURCES, Parts())
    assert found.text.splitlines()[2:] == [
        '../folder ; os_name == "nt"',
        "./lib/py",
        ".",
        "repository @ git+https://git.example/r@c0ffee#subdirectory=py",
    ]
    rest = "pip refuses a file in which only some have hashes: leave them out of all with --no-hashes."
    assert found.remarks == (
        "folder is not editable there: pip takes no condition behind -e.",
        f"folder can have no hash, as it is a folder. {rest}",
        f"here can have no hash, as it is a folder. {rest}",
        f"project can have no hash, as it is a folder. {rest}",
        f"repository can have no hash, as it is in version control. {rest}",
    )
    plain = exports.requirements(SOURCES, Parts(), hashes=False)
    assert plain.remarks == ("folder is not editable there: pip takes no condition behind -e.",)


@pytest.mark.parametrize(
    ("path", "line"),
    [("../folder", "-e ../folder"), ("my folder", "-e './my folder'"), ("it's mine", '-e "./it\'s mine"')],
)
def test_an_editable_folder_is_one_word_for_pip(path: str, line: str) -> None:
    everywhere = lock(package("folder", directory=PackageDirectory(path=path, editable=True)))
    assert exports.requirements(everywhere, Parts()).text.splitlines()[2:] == [line]


def test_a_repository_on_this_computer_has_an_absolute_address() -> None:
    local = lock(package("r", vcs=PackageVcs(type="git", path="../r", commit_id="c0ffee")))
    found = exports.requirements(local, Parts(folder="/home/me/shop"), hashes=False)
    assert found.text.splitlines()[2:] == ["r @ git+file:///home/me/r@c0ffee"]
    assert found.remarks == ("r lies on this computer: the file is of use here only.",)


def test_what_a_constraints_file_cannot_name_is_left_out_and_said() -> None:
    found = exports.requirements(SOURCES, Parts(), constraints=True)
    assert found.text.splitlines()[2:] == ["repository @ git+https://git.example/r@c0ffee#subdirectory=py"]
    assert found.remarks == tuple(
        f"{name} is left out: a constraints file cannot name a folder or a file."
        for name in ("folder", "here", "project")
    )
    assert found.count == 1


def test_groups_and_extras_decide_what_is_exported() -> None:
    whole = lock(
        package("always", version=Version("1"), wheels=[wheel("always")]),
        package("dev", version=Version("1"), wheels=[wheel("dev")], marker=Marker("'dev' in dependency_groups")),
        package(
            "cli", version=Version("1"), wheels=[wheel("cli")], marker=Marker("'cli' in extras and os_name == 'nt'")
        ),
    )

    def names(*groups: str, extras: tuple[str, ...] = ()) -> list[str]:
        return exports.requirements(whole, Parts(groups, extras), hashes=False).text.splitlines()[2:]

    assert names() == ["always==1"]
    assert names("dev") == ["always==1", "dev==1"]
    assert names("dev", extras=("cli",)) == ["always==1", 'cli==1; os_name == "nt"', "dev==1"]


versions = st.integers(0, 30).map(lambda number: Version(f"{number // 10}.{number % 10}"))
some = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=4), versions, max_size=8)


@given(some, st.booleans())
def test_what_is_written_is_read_back(wanted: dict[str, Version], hashes: bool) -> None:
    packages = [package(name, version=version, wheels=[wheel(name)]) for name, version in wanted.items()]
    text = exports.requirements(lock(*packages), Parts(), hashes=hashes).text
    found = requirements_txt.parse("-", lambda _: text.encode())
    assert {str(item.requirement) for item in found.requirements} == {f"{n}=={v}" for n, v in wanted.items()}
    assert all(item.hashes == ((f"sha256:{A}",) if hashes else ()) for item in found.requirements)
