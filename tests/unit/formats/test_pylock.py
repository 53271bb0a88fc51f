from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock

from venvoy.errors import Problem
from venvoy.formats import pylock, pyproject

# In the spirit of the example in PEP 751, re-typed: every kind of source, in the order and form that we write.
DOCUMENT = """\
lock-version = "1.0"
environments = [
    'sys_platform == "win32"',
    'sys_platform == "linux"',
]
requires-python = "==3.12.*"
extras = ["cli"]
dependency-groups = ["dev", "docs"]
default-groups = ["base"]
created-by = "somebody"

[[packages]]
name = "archived"
version = "2"
archive = { path = "wheels/archived-2-py3-none-any.whl", size = 7, hashes = { sha256 = "cc" } }

[[packages]]
name = "attrs"
version = "25.1.0"
requires-python = ">=3.8"
index = "https://index.example/simple"
wheels = [
    { name = "attrs-25.1.0-py3-none-any.whl", upload-time = 2025-01-25T11:30:10.164985Z, \
url = "https://files.example/attrs-25.1.0-py3-none-any.whl", size = 63152, hashes = { md5 = "00", sha256 = "aa" } },
]
attestation-identities = [
    { environment = "release", kind = "GitHub", repository = "python-attrs/attrs" },
]
tool = { mine = { x = [1, 2.5, true], "a b" = "\\u0007" } }

[[packages]]
name = "cattrs"
version = "24.1.2"
marker = '"dev" in dependency_groups'
dependencies = [
    { name = "attrs" },
]
sdist = { url = "https://files.example/cattrs-24.1.2.tar.gz", hashes = { sha256 = "bb" } }

[[packages]]
name = "cattrs"
version = "24.2"
marker = "'cli' in extras and platform_version == 'it\\"s'"
vcs = { type = "git", url = "https://git.example/cattrs", requested-revision = "main", commit-id = "123abc" }

[[packages]]
name = "folder"
directory = { path = "./folder", editable = true, subdirectory = "src" }

[tool.somebody]
when = 2025-03-06T12:28:57.760769
day = 2025-03-06
command = ["lock", "--all"]
"""


def test_a_document_is_read_and_written_back_as_it_was() -> None:
    text = DOCUMENT.replace("marker = \"'cli' in extras and platform_version == 'it\\\"s'\"\n", "")
    lock = pylock.parse(text, "pylock.toml")
    assert pylock.render(lock) == text
    assert tomli.loads(pylock.render(lock)) == tomli.loads(text)


def test_markers_are_written_in_their_normal_form_and_quoted_as_is_easiest_to_read() -> None:
    rendered = pylock.render(pylock.parse(DOCUMENT, "pylock.toml"))
    assert "marker = '\"dev\" in dependency_groups'\n" in rendered
    assert 'marker = "\\"cli\\" in extras and platform_version == \'it\\"s\'"\n' in rendered


def test_order_line_ends_and_time_zones_make_no_difference() -> None:
    first, *packages = DOCUMENT.partition("\n[tool.somebody]")[0].split("\n[[packages]]\n")
    shuffled = (
        "\n[[packages]]\n".join([first, *reversed(packages)]) + "\n" + DOCUMENT[DOCUMENT.index("[tool.somebody]") :]
    )
    shuffled = shuffled.replace("2025-01-25T11:30:10.164985Z", "2025-01-25T13:30:10.164985+02:00").replace("\n", "\r\n")
    assert shuffled.startswith("lock-version")
    assert pylock.render(pylock.parse(shuffled, "a")) == pylock.render(pylock.parse(DOCUMENT, "b"))


def test_an_empty_lock_says_that_it_has_no_packages() -> None:
    text = 'lock-version = "1.0"\nextras = []\ndependency-groups = []\ncreated-by = "x"\npackages = []\n'
    assert pylock.render(pylock.parse(text, "pylock.toml")) == text


def test_a_newer_minor_version_is_read_with_a_warning() -> None:
    warnings: list[str] = []
    lock = pylock.parse(
        'lock-version = "1.7"\ncreated-by = "x"\npackages = []\nnew = 1', "p.toml", warn=warnings.append
    )
    assert str(lock.lock_version) == "1.7"
    assert warnings == ["p.toml has the format version 1.7; venvoy knows 1.0 and does not look at what is new in it."]


HEAD = 'lock-version = "1.0"\ncreated-by = "x"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[[packages]\n",
            (
                "pylock.toml:1:11: This file cannot be read, because it is not valid TOML.\n"
                "The name of a table must be closed with a bracket ].\n    [[packages]\n              ^\n"
                "→ Run `venvoy lock` to write it anew."
            ),
        ),
        (
            'created-by = "x"\nlock-version = "2.0"\npackages = []\n',
            (
                "pylock.toml:2:16: This lockfile has the format version 2.0, and venvoy knows version 1.\n"
                "A newer tool has written it.\n"
                "→ Upgrade venvoy to a version that knows this format,\n→ or: Run `venvoy lock` to write it anew."
            ),
        ),
        (
            'lock-version = "1.0"\npackages = []\n',
            (
                "pylock.toml: This lockfile cannot be used, because it is not a valid pylock.toml.\n"
                "created-by: Missing required value\n→ Run `venvoy lock` to write it anew."
            ),
        ),
        (
            (
                f'{HEAD}[[packages]]\nname = "a"\n[[packages.wheels]]\nurl = "https://f.example/b-1-py3-none-any.whl"\n'
                'hashes = { sha256 = "a" }\n'
            ),
            (
                "pylock.toml:5:1: This lockfile cannot be used, because it is not a valid pylock.toml.\n"
                "packages[0].wheels[0]: Name in 'b-1-py3-none-any.whl' is not consistent with package name 'a'\n"
                "→ Run `venvoy lock` to write it anew."
            ),
        ),
        (
            f'{HEAD}[[packages]]\nname = "a"\nwheels = [\n  {{ size = true }},\n]\n',
            (
                "pylock.toml:6:12: This lockfile cannot be used, because it is not a valid pylock.toml.\n"
                "packages[0].wheels[0].size: Unexpected type bool (expected int)\n→ Run `venvoy lock` to write it anew."
            ),
        ),
    ],
)
def test_an_invalid_lockfile_is_shown_at_its_place(text: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        pylock.parse(text, "pylock.toml")
    assert caught.value.code == "lockfile-invalid"
    assert str(caught.value) == message


HEX = st.text("0123456789abcdef", min_size=1, max_size=8)
ZONES = st.sampled_from([timezone.utc, timezone(timedelta(hours=-5))])
EARLY, LATE = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - these bounds must be naive
TIMES = st.datetimes(EARLY, LATE) | st.datetimes(EARLY, LATE, timezones=ZONES)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
DIGESTS = st.dictionaries(st.sampled_from(["sha256", "sha512", "md5"]), HEX, min_size=1)
TAGS = ["py3-none-any", "cp312-cp312-win_amd64", "cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64"]
MARKERS = [
    "sys_platform == 'win32'",
    "'dev' in dependency_groups or \"cli\" in extras",
    "python_full_version < '3.12.1'",
]


def optional(**keys: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional=keys)


@st.composite
def packages(draw: st.DrawFn) -> dict[str, object]:
    name = draw(st.sampled_from(["alpha", "be-ta", "c3"]))
    version = draw(st.sampled_from(["1", "2.0", "1.0.dev3", "1!4+local.7"]))
    stem = f"{name.replace('-', '_')}-{version}"
    base: dict[str, object] = {"name": name, "version": version}
    base |= draw(
        optional(
            **{
                "marker": st.sampled_from(MARKERS),
                "requires-python": st.sampled_from([">=3.8", "<4,>=3.9,!=3.10.*"]),
                "dependencies": st.lists(st.fixed_dictionaries({"name": WORDS}), max_size=2),
                "index": WORDS,
                "attestation-identities": st.lists(st.fixed_dictionaries({"kind": WORDS}), max_size=2),
                "tool": st.dictionaries(WORDS, st.dictionaries(WORDS, WORDS | st.integers() | st.booleans())),
            }
        )
    )

    def file(filename: str) -> dict[str, object]:
        place = draw(st.sampled_from([{"url": f"https://f.example/{filename}"}, {"path": f"../{filename}"}]))
        rest = draw(optional(size=st.integers(0, 10**12), **{"upload-time": TIMES}))
        return {"name": filename, **place, **rest, "hashes": draw(DIGESTS)}

    if draw(st.booleans()):
        tags = draw(st.lists(st.sampled_from(TAGS), unique=True, min_size=1))
        base["wheels"] = [file(f"{stem}-{tag}.whl") for tag in tags]
        if draw(st.booleans()):
            base["sdist"] = file(f"{stem}.tar.gz")
    else:
        base["archive"] = {key: value for key, value in file("source.zip").items() if key != "name"}
    return base


TOOLS = WORDS | st.lists(st.dictionaries(WORDS, st.integers())) | TIMES | st.dates() | st.times()
LOCKS = st.fixed_dictionaries(
    {"lock-version": st.just("1.0"), "created-by": WORDS, "packages": st.lists(packages(), max_size=4)},
    optional={
        "environments": st.lists(st.sampled_from(MARKERS[::2]), unique=True),
        "requires-python": st.just(">=3.9"),
        "extras": st.lists(st.sampled_from(["a", "b-c"]), unique=True),
        "dependency-groups": st.lists(WORDS),
        "tool": st.dictionaries(WORDS, st.integers() | st.dictionaries(WORDS, TOOLS), min_size=1, max_size=2),
    },
)


def without_order(value: object, key: str = "") -> object:
    """The same data in a normal order, upload times in UTC."""
    if isinstance(value, dict):
        return {name: without_order(item, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [without_order(item) for item in value]
        if key in {"packages", "wheels"}:
            items.sort(key=lambda item: json.dumps(item, sort_keys=True, default=str))
        return items
    if isinstance(value, datetime) and key == "upload-time":
        return value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return value


@given(LOCKS)
def test_any_lock_survives_the_round_trip(data: dict[str, object]) -> None:
    lock = Pylock.from_dict(data)
    text = pylock.render(lock)
    again = pylock.parse(text, "pylock.toml")
    assert again == Pylock.from_dict(tomli.loads(text))
    assert pylock.render(again) == text
    assert text.endswith("\n")
    assert "\r" not in text
    assert without_order(tomli.loads(text)) == without_order(dict(lock.to_dict()))


@given(LOCKS, st.randoms(use_true_random=False))
def test_the_order_of_packages_and_files_does_not_reach_the_text(
    data: dict[str, list[dict[str, list[object]]]], random: st.DataObject
) -> None:
    text = pylock.render(Pylock.from_dict(data))
    shuffle = getattr(random, "shuffle")  # noqa: B009 - Hypothesis' Random has no public type
    seen = {(str(item["name"]), str(item["version"])) for item in data["packages"]}
    if len(seen) == len(data["packages"]):
        shuffle(data["packages"])
    for package in data["packages"]:
        shuffle(package.get("wheels", []))
    assert pylock.render(Pylock.from_dict(data)) == text


PROJECT = """
[project]
name = "demo"
version = "1"
requires-python = ">=3.10"
dependencies = ["a>=1", "b"]
[dependency-groups]
dev = ["c"]
[tool.venvoy]
index-url = "https://index.example/simple"
quiet = true
"""


def test_the_inputs_digest_names_what_matters_and_nothing_else() -> None:
    def digest(text: str) -> str:
        return pylock.inputs_digest(pyproject.parse(text, "pyproject.toml"))

    same = digest(PROJECT)
    assert digest(PROJECT.replace('"a>=1", "b"', '"b",\n  "a >= 1", # why\n')) == same
    assert digest(PROJECT.replace('version = "1"', 'version = "2"').replace("quiet = true", "verbose = true")) == same
    others = {
        digest(PROJECT.replace(old, new))
        for old, new in [
            (">=3.10", ">=3.11"),
            ("a>=1", "a>=2"),
            ('["c"]', '["c", "d"]'),
            ("dev =", "test ="),
            ("index.example", "other.example"),
            ("quiet = true", "no-index = true"),
            ("[dependency-groups]", "[project.optional-dependencies]"),
        ]
    }
    assert len(others | {same}) == 8


def test_the_recorded_digest_is_empty_in_the_lockfiles_of_other_tools() -> None:
    for tool in ("", "[tool.other]\ninputs = 'x'\n", "[tool.venvoy]\ninputs = 3\n"):
        assert pylock.recorded_digest(pylock.parse(f"{HEAD}packages = []\n{tool}", "x")) == ""
    assert pylock.recorded_digest(pylock.parse(f"{HEAD}packages = []\n[tool.venvoy]\ninputs = 'y'\n", "x")) == "y"
