"""Files of other tools, after real ones of well-known projects: names, bounds and structure are theirs, shortened."""

from __future__ import annotations

import json
import textwrap

import pytest

from venvoy.errors import Problem
from venvoy.formats.foreign import reading
from venvoy.formats.foreign.found import Found
from venvoy.model.requirement import Origin


def read(path: str, group: Origin | None = None, **files: str | bytes) -> Found:
    """Read a file among others; in their names ``__`` is a dot and ``___`` a slash."""
    named = {name.replace("___", "/").replace("__", "."): text for name, text in files.items()}

    def one(wanted: str) -> bytes:
        if wanted not in named:
            raise FileNotFoundError(2, "No such file or directory")
        text = named[wanted]
        return text if isinstance(text, bytes) else textwrap.dedent(text).encode()

    return reading.read(path, one, group)


def shown(found: Found) -> list[str]:
    """``project: flask>=2``, with the source and what changed behind it."""
    return [
        f"{entry.table.name or entry.table.kind}: {entry.requirement}"
        + (f" {dict(entry.source)}" if entry.source else "")
        + (f" ({entry.change})" if entry.change else "")
        for entry in found.entries
    ]


def left(found: Found) -> list[str]:
    return [f"{one.what}: {one.why}" for one in found.left]


def versions(found: Found) -> dict[str, str]:
    return {name: ", ".join(map(str, some)) for name, some in found.versions.items()}


def refusal(path: str, **files: str | bytes) -> str:
    with pytest.raises(Problem) as caught:
        read(path, None, **files)
    return f"{caught.value.code}: {caught.value}"


TEXTUAL = """
    [tool.poetry]
    name = "textual"
    version = "6.4.0"
    description = "Draws in terminals"
    authors = ["A. Uthor <a@example.com>"]
    homepage = "https://textual.example"

    [tool.poetry.dependencies]
    python = "^3.9"
    markdown-it-py = { extras = ["linkify"], version = ">=2.1.0" }
    mdit-py-plugins = "*"
    typing-extensions = "^4.4.0"
    platformdirs = ">=3.6.0,<5"
    tree-sitter = { version = ">=0.25.0", optional = true, python = ">=3.10" }
    tree-sitter-python = { version = ">=0.23.0", optional = true, python = ">=3.10" }
    tree-sitter-css = { version = ">=0.23.0", optional = true, python = ">=3.10" }

    [tool.poetry.extras]
    syntax = ["tree-sitter", "tree-sitter-python"]

    [tool.poetry.group.dev.dependencies]
    black = "24.4.2"
    httpx = "^0.23.1"
    mkdocstrings = { extras = ["python"], version = "^0.20.0" }

    [build-system]
    requires = ["poetry-core>=1.2.0"]
    build-backend = "poetry.core.masonry.api"
"""


def test_poetry_with_extras_and_a_group_as_textual_has_them() -> None:
    found = read("pyproject.toml", pyproject__toml=TEXTUAL)
    assert shown(found) == [
        "project: markdown-it-py[linkify]>=2.1.0",
        "project: mdit-py-plugins",
        "project: typing-extensions>=4.4.0,<5",
        "project: platformdirs>=3.6.0,<5",
        'syntax: tree-sitter>=0.25.0; python_version >= "3.10"',
        'syntax: tree-sitter-python>=0.23.0; python_version >= "3.10"',
        "dev: black==24.4.2",
        "dev: httpx>=0.23.1,<0.24",
        "dev: mkdocstrings[python]>=0.20.0,<0.21",
    ]
    assert left(found) == [
        (
            'tree-sitter-css = { version = ">=0.23.0", optional = true, python = ">=3.10" }:'
            " it is optional, and no extra names it"
        ),
        "authors, homepage in [tool.poetry]: they say nothing about dependencies; they stay there",
    ]
    assert (found.name, found.version, found.requires_python) == ("textual", "6.4.0", ">=3.9,<4")
    assert found.description == "Draws in terminals"


def test_groups_of_poetry_are_installed_unless_they_are_optional_as_poetry_itself_has_them() -> None:
    found = read(
        "pyproject.toml",
        pyproject__toml="""
        [project]
        name = "poetry"
        version = "2.5.0"
        requires-python = ">=3.10,<4.0"
        dependencies = ["build (>=1.2.1,<2.0.0)"]
        [tool.poetry]
        requires-poetry = ">=2.0"
        [tool.poetry.group.dev.dependencies]
        pre-commit = ">=2.10"
        [tool.poetry.group.test.dependencies]
        pytest-xdist = { version = ">=3.1", extras = ["psutil"] }
        [tool.poetry.group.github-actions]
        optional = true
        [tool.poetry.group.github-actions.dependencies]
        pytest-github-actions-annotate-failures = "^0.1.7"
        """,
    )
    assert shown(found) == [
        "dev: pre-commit>=2.10",
        "test: pytest-xdist[psutil]>=3.1",
        "github-actions: pytest-github-actions-annotate-failures>=0.1.7,<0.2",
    ]
    assert found.settings == {"default-groups": ("dev", "test")}
    assert (found.name, found.requires_python) == ("", "")
    assert found.remarks == ("The group github-actions was optional: venvoy sync --group github-actions installs it.",)


def test_every_kind_of_place_and_condition_that_poetry_knows() -> None:
    found = read(
        "app/pyproject.toml",
        app___pyproject__toml="""
        [tool.poetry.dependencies]
        python = "~2.7 || ^3.6"
        a = { git = "https://git.example/a.git", tag = "v1", subdirectory = "py", extras = ["x"] }
        b = { git = "git@git.example:team/b.git", branch = "main" }
        c = { url = "https://files.example/c-1.0.tar.gz" }
        d = { path = "../d", develop = true }
        e = { version = "^1", allow-prereleases = true, source = "inner" }
        f = [
            { version = "<2", python = "<3.8" },
            { version = ">=2", python = ">=3.8", markers = "sys_platform == 'win32' or os_name == 'nt'" },
        ]
        g = { version = "1.*", platform = "linux || darwin" }
        h = "~1 || ~3"
        i = "latest"
        j = { version = "1", markers = "windows" }
        k = { version = "1", source = "nowhere" }
        [[tool.poetry.source]]
        name = "mirror"
        url = "https://user:word@mirror.example/simple/"
        [[tool.poetry.source]]
        name = "inner"
        url = "https://inner.example/simple/"
        priority = "explicit"
        [[tool.poetry.source]]
        name = "more"
        url = "https://more.example/simple/"
        priority = "supplemental"
        [tool.poetry.dev-dependencies]
        pytest = "^5.2"
        """,
    )
    assert shown(found) == [
        "project: a[x] @ git+https://git.example/a.git@v1#subdirectory=py",
        "project: b @ git+ssh://git@git.example/team/b.git@main",
        "project: c @ https://files.example/c-1.0.tar.gz",
        "project: d {'path': '../d', 'editable': True}",
        "project: e>=1,<2 {'index': 'https://inner.example/simple/'}",
        'project: f<2; python_version < "3.8"',
        'project: f>=2; python_version >= "3.8" and (sys_platform == "win32" or os_name == "nt")',
        'project: g==1.*; sys_platform == "linux" or sys_platform == "darwin"',
        "project: h>=1,!=2.*,<4",
        "project: k==1",
        "dev: pytest>=5.2,<6",
    ]
    assert left(found) == [
        (
            "the password in https://mirror.example/simple/:"
            " passwords belong in .netrc or the keyring, not in pyproject.toml"
        ),
        'i = "latest": these bounds cannot be understood',
        'j = { version = "1", markers = "windows" }: its markers are none (PEP 508)',
        "source of k: nowhere: no [[tool.poetry.source]] has its address",
    ]
    assert found.settings == {
        "index-url": "https://mirror.example/simple/",
        "extra-index-url": ("https://more.example/simple/",),
        "prerelease-names": ("e",),
    }
    assert found.requires_python == ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*,!=3.4.*,!=3.5.*,<4"


POETRY_LOCK = """
    [[package]]
    name = "rich"
    version = "14.2.0"
    groups = ["main", "dev"]
    [package.dependencies]
    pygments = ">=2.13.0,<3.0.0"
    [[package]]
    name = "pygments"
    version = "2.19.2"
    groups = ["main"]
    [[package]]
    name = "black"
    version = "24.4.2"
    groups = ["dev"]
    [metadata]
    lock-version = "2.1"
    python-versions = "^3.9"
"""


def test_versions_of_the_lockfile_beside_it_are_kept() -> None:
    found = read("pyproject.toml", pyproject__toml=TEXTUAL, poetry__lock=POETRY_LOCK)
    assert versions(found) == {"rich": "14.2.0", "pygments": "2.19.2", "black": "24.4.2"}
    assert read("poetry.lock", pyproject__toml=TEXTUAL, poetry__lock=POETRY_LOCK) == found


def test_a_lockfile_alone_tells_what_nothing_else_in_it_needs() -> None:
    found = read("poetry.lock", poetry__lock=POETRY_LOCK)
    assert shown(found) == [
        "project: rich (nothing else in the file needs it)",
        "dev: black (nothing else in the file needs it)",
    ]


def test_a_lockfile_of_an_unknown_version_is_left_out_or_refused() -> None:
    newer = POETRY_LOCK.replace('"2.1"', '"3.0"')
    found = read("pyproject.toml", pyproject__toml=TEXTUAL, poetry__lock=newer)
    assert found.versions == {}
    assert found.remarks == (
        (
            "poetry.lock was left out of account: poetry.lock has a format that venvoy does not know:"
            " metadata.lock-version is 3.0."
        ),
    )
    assert refusal("poetry.lock", poetry__lock=newer) == (
        "import-unknown: poetry.lock: poetry.lock has a format that venvoy does not know:"
        " metadata.lock-version is 3.0.\n"
        "It knows those of poetry up to 2.\n"
        "→ Import the file that it was made from, without the lockfile beside it."
    )
    assert "metadata.lock_version is None" in refusal("pdm.lock", pdm__lock='[[package]]\nname = "a"')
    assert "version is 2" in refusal("uv.lock", uv__lock="version = 2")
    assert "_meta.pipfile-spec is 7" in refusal("Pipfile.lock", Pipfile__lock='{"_meta": {"pipfile-spec": 7}}')


def test_a_pipfile_with_conditions_as_pipenv_itself_has_it() -> None:
    found = read(
        "Pipfile",
        Pipfile="""
        [dev-packages]
        urllib3 = ">=2.7.0"
        sphinx = "*"
        sphinx-click = "==4.*"
        stdeb = {version="*", sys_platform = "== 'linux'"}
        gunicorn = {version = "26.1.*", sys_platform = "== 'linux'"}
        myst-parser = {extras = ["linkify"], version = "*"}
        legacy-cgi = {version = "*", markers = "python_version >= '3.13'"}
        [packages]
        pytz = "*"
        [scripts]
        test = "pytest -vvs"
        [pipenv]
        allow_prereleases = true
        """,
    )
    assert shown(found) == [
        "dev: urllib3>=2.7.0",
        "dev: sphinx",
        "dev: sphinx-click==4.*",
        'dev: stdeb; sys_platform == "linux"',
        'dev: gunicorn==26.1.*; sys_platform == "linux"',
        "dev: myst-parser[linkify]",
        'dev: legacy-cgi; python_version >= "3.13"',
        "project: pytz",
    ]
    assert found.settings == {"prereleases": True}
    assert left(found) == ["script test: pytest -vvs: venvoy runs commands (venvoy run …), it keeps no list of them"]


HTTPBIN = """
    [[source]]
    url = "https://hub.example/simple"
    verify_ssl = false
    name = "hub"
    [[source]]
    url = "https://inner.example/simple"
    name = "inner"
    [packages]
    gunicorn = "*"
    werkzeug = ">=0.14.1"
    pyyaml = {git = "https://github.example/yaml/pyyaml.git", ref = "5.1"}
    own = {path = ".", editable = true, extras = ["x"]}
    sub = {path = "./sub", editable = true}
    private = {version = "==1.0", index = "inner"}
    usual = {version = "~=1.0", index = "hub"}
    [dev-packages]
    rope = "*"
    [docs]
    sphinx = "*"
    [requires]
    python_version = "3.6"
"""


def test_a_pipfile_with_places_as_httpbin_has_it() -> None:
    found = read("Pipfile", Pipfile=HTTPBIN)
    assert shown(found) == [
        "project: gunicorn",
        "project: werkzeug>=0.14.1",
        "project: pyyaml @ git+https://github.example/yaml/pyyaml.git@5.1",
        "project:  {'path': '.', 'editable': True}",
        "project: sub {'path': './sub', 'editable': True}",
        "project: private==1.0 {'index': 'https://inner.example/simple'}",
        "project: usual~=1.0",
        "dev: rope",
        "docs: sphinx",
    ]
    assert found.settings == {"index-url": "https://hub.example/simple"}
    assert (found.requires_python, found.python_change) == (
        ">=3.6",
        "newer ones are let in; `venvoy python pin` names one",
    )
    assert left(found) == ["verify_ssl = false of https://hub.example/simple: certificates are always checked"]


def test_pipfile_lock_gives_versions_and_alone_its_names() -> None:
    lock = json.dumps(
        {
            "_meta": {"pipfile-spec": 6},
            "default": {"gunicorn": {"version": "==19.9.0", "hashes": ["sha256:00"], "index": "hub"}},
            "develop": {"rope": {"version": "==0.11.0", "markers": "python_version >= '3'", "extras": ["dev"]}},
        }
    )
    assert versions(read("Pipfile", Pipfile=HTTPBIN, Pipfile__lock=lock)) == {"gunicorn": "19.9.0", "rope": "0.11.0"}
    why = "without bounds; the file does not tell what the project itself needs"
    alone = read("Pipfile.lock", Pipfile__lock=lock)
    assert shown(alone) == [f"project: gunicorn ({why})", f'dev: rope[dev]; python_version >= "3" ({why})']
    assert alone.versions == read("Pipfile", Pipfile=HTTPBIN, Pipfile__lock=lock).versions
    assert refusal("Pipfile.lock", Pipfile__lock='{"_meta": {\n').startswith(
        "import-invalid: Pipfile.lock:2: Pipfile.lock is no JSON."
    )


def test_pdm_groups_as_unearth_has_them() -> None:
    found = read(
        "pyproject.toml",
        pyproject__toml="""
        [project]
        name = "unearth"
        dependencies = ["packaging>=20", "httpx<1,>=0.27.0"]
        [tool.pdm.build]
        package-dir = "src"
        [tool.pdm.dev-dependencies]
        test = ["pytest>=6.1", "trustme>=0.9.0; python_version < '3.13'"]
        doc = ["furo", "-e file:///${PROJECT_ROOT}/theme#egg=own-theme"]
        [[tool.pdm.source]]
        name = "pypi"
        url = "https://mirror.example/simple"
        [[tool.pdm.source]]
        name = "inner"
        url = "https://inner.example/simple"
        include_packages = ["own-*"]
        [tool.pdm.resolution]
        allow-prereleases = true
        excludes = ["bad"]
        [tool.pdm.resolution.overrides]
        urllib3 = "1.26.2"
        requests = ">=2"
        """,
        pdm__lock="""
        [metadata]
        lock_version = "4.5.1"
        [[package]]
        name = "furo"
        version = "2024.8.6"
        groups = ["doc"]
        dependencies = ["pygments>=2.7"]
        [[package]]
        name = "pygments"
        version = "2.19.1"
        groups = ["doc"]
        """,
    )
    assert shown(found) == [
        "test: pytest>=6.1",
        'test: trustme>=0.9.0; python_version < "3.13"',
        "doc: furo",
        "doc: own-theme {'path': 'theme', 'editable': True}",
    ]
    assert found.settings == {
        "default-groups": ("dev", "test", "doc"),
        "index-url": "https://mirror.example/simple",
        "extra-index-url": ("https://inner.example/simple",),
        "prereleases": True,
        "overrides": ("urllib3==1.26.2", "requests>=2"),
        "exclude": ("bad",),
    }
    assert left(found) == [
        "include_packages of inner: own-*: name them in [tool.venvoy.sources]",
        "build in [tool.pdm]: they say nothing about dependencies; they stay there",
    ]
    assert versions(found) == {"furo": "2024.8.6", "pygments": "2.19.1"}


def test_pdm_lock_alone_tells_what_nothing_else_needs() -> None:
    found = read(
        "pdm.lock",
        pdm__lock="""
        [metadata]
        lock_version = "4.5.1"
        [[package]]
        name = "httpx"
        version = "0.28.1"
        extras = ["socks"]
        groups = ["default"]
        dependencies = ["httpx==0.28.1", "socksio"]
        [[package]]
        name = "httpx"
        version = "0.28.1"
        groups = ["default"]
        [[package]]
        name = "socksio"
        version = "1.0.0"
        groups = ["default"]
        """,
    )
    assert shown(found) == ["project: httpx (nothing else in the file needs it)"]


FLASK_LOCK = """
    version = 1
    requires-python = ">=3.10"
    [[package]]
    name = "blinker"
    version = "1.9.0"
    source = { registry = "https://hub.example/simple" }
    [[package]]
    name = "flask"
    version = "3.2.0.dev0"
    source = { editable = "." }
    dependencies = [{ name = "blinker" }]
    [package.metadata]
    requires-dist = [
        { name = "asgiref", marker = "extra == 'async'", specifier = ">=3.2" },
        { name = "blinker", specifier = ">=1.9.0" },
        { name = "tzdata", marker = "(sys_platform == 'win32' and extra == 'async')" },
        { name = "helper", marker = "python_version < '3.12'", git = "https://git.example/h?rev=abc&subdirectory=py" },
    ]
    [package.metadata.requires-dev]
    tests = [{ name = "pytest" }, { name = "theme", editable = "docs/theme" }]
"""


def test_uv_lock_repeats_what_the_project_asks_for_as_in_flask() -> None:
    found = read("uv.lock", uv__lock=FLASK_LOCK)
    assert shown(found) == [
        "async: asgiref>=3.2",
        "project: blinker>=1.9.0",
        'async: tzdata; sys_platform == "win32"',
        'project: helper @ git+https://git.example/h@abc#subdirectory=py ; python_version < "3.12"',
        "tests: pytest",
        "tests: theme {'path': 'docs/theme', 'editable': True}",
    ]
    assert versions(found) == {"blinker": "1.9.0"}
    assert (found.name, found.requires_python) == ("flask", ">=3.10")
    beside = read("uv.lock", uv__lock=FLASK_LOCK, pyproject__toml='[project]\nname = "flask"')
    assert (beside.entries, versions(beside)) == ((), {"blinker": "1.9.0"})


def test_uv_tables_in_pyproject() -> None:
    found = read(
        "pyproject.toml",
        pyproject__toml="""
        [project]
        name = "app"
        dependencies = ["torch", "helper"]
        [dependency-groups]
        dev = ["local"]
        [tool.uv]
        dev-dependencies = ["pytest>=8"]
        constraint-dependencies = ["numpy<2"]
        override-dependencies = [
            "werkzeug==3.0", "click; sys_platform == 'never'", "toml; python_version < '0'",
            "numpy<2; platform_machine == 'x86_64'", "pandas; python_version >= '3.15'", "six; (",
        ]
        default-groups = "all"
        conflicts = [[{ extra = "a" }, { group = "dev" }], [{ package = "x", extra = "a" }, { extra = "b" }]]
        required-environments = ["sys_platform == 'win32'"]
        package = false
        environments = ["sys_platform == 'linux'"]
        index-url = "https://mirror.example/simple"
        prerelease = "allow"
        [[tool.uv.index]]
        name = "inner"
        url = "https://inner.example/simple"
        explicit = true
        [tool.uv.sources]
        torch = { index = "inner" }
        helper = { git = "https://git.example/h", tag = "v1" }
        local = { path = "../local", editable = true }
        own = { workspace = true }
        many = [{ index = "inner", marker = "sys_platform == 'linux'" }]
        """,
        uv__lock=FLASK_LOCK,
    )
    assert shown(found) == [
        "dev: pytest>=8",
        "project: torch {'index': 'https://inner.example/simple'}",
        "project: helper {'git': 'https://git.example/h', 'tag': 'v1'}",
        "dev: local {'path': '../local', 'editable': True}",
    ]
    assert found.settings == {
        "constraints": ("numpy<2",),
        "overrides": (
            "werkzeug==3.0",
            "numpy<2; platform_machine == 'x86_64'",
            "pandas; python_version >= '3.15'",
            "six; (",
        ),
        "exclude": ("click", "toml"),
        "required-environments": ("sys_platform == 'win32'",),
        "default-groups": ("dev",),
        "index-url": "https://mirror.example/simple",
        "package": False,
        "conflicts": ([{"extra": "a"}, {"group": "dev"}],),
        "prereleases": True,
    }
    assert left(found) == [
        "conflicts of other projects in [tool.uv]: workspaces are not known here",
        "sources: own: workspaces are not known here; write it into [tool.venvoy.sources]",
        "sources: many: one source a name is known here; write it into [tool.venvoy.sources]",
        "environments in [tool.uv]: venvoy does not know them; they stay there",
    ]
    assert versions(found) == {"blinker": "1.9.0"}


def test_setup_cfg_as_virtualenv_had_it() -> None:
    found = read(
        "setup.cfg",
        setup__cfg="""
        [metadata]
        name = virtualenv
        version = attr: virtualenv.__version__
        [options]
        install_requires =
            distlib>=0.3.6,<1
            importlib-metadata>=4.8.3;python_version < "3.8"
            # why this is here
            six   # because
        python_requires = >=3.6
        setup_requires =
            setuptools_scm>=2
        [options.extras_require]
        docs =
            sphinx>=5.3
        Testing_Tools = file: test.txt
        """,
        test__txt="pytest>=7.0.1\n-r more.txt\n",
        more__txt="flaky\n",
    )
    assert shown(found) == [
        "project: distlib>=0.3.6,<1",
        'project: importlib-metadata>=4.8.3; python_version < "3.8"',
        "project: six",
        "docs: sphinx>=5.3",
        "testing-tools: pytest>=7.0.1",
        "testing-tools: flaky",
    ]
    assert (found.name, found.requires_python) == ("virtualenv", ">=3.6")
    assert left(found) == [
        "version = attr: virtualenv.__version__: it is computed when the project is built",
        "setup_requires = setuptools_scm>=2: what a build needs belongs into [build-system]",
    ]


def test_setup_py_in_plain_words_as_flask_had_it() -> None:
    found = read(
        "setup.py",
        setup__py="""
        from setuptools import setup
        raise SystemExit("nothing of this runs")
        setup(
            name="Flask",
            install_requires=["Werkzeug >= 2.2.2", "importlib-metadata >= 3.6.0; python_version < '3.10'"],
            extras_require={
                "async": ["asgiref >= 3.2"],
                "dotenv": ["python-dotenv"],
                ":sys_platform=='win32'": ["colorama"],
            },
        )
        """,
    )
    assert shown(found) == [
        "project: Werkzeug>=2.2.2",
        'project: importlib-metadata>=3.6.0; python_version < "3.10"',
        "async: asgiref>=3.2",
        "dotenv: python-dotenv",
        'project: colorama; sys_platform == "win32"',
    ]
    assert found.name == "Flask"


def test_setup_py_with_names_for_its_parts_as_scrapy_had_it() -> None:
    found = read(
        "setup.py",
        setup__py="""
        import setuptools
        install_requires = ["Twisted>=21.7.0", "zope.interface>=5.1.0"]
        base = {"cpu": ["torch"]}
        pypy = {':implementation_name == "pypy"': ["PyPyDispatcher>=2.1.0"]}
        extras_require = {**base, **pypy, "all": base["cpu"] + ["x"]}
        about = dict(name="Scrapy", version=read_version(), python_requires=">=3.9")
        setuptools.setup(install_requires=install_requires + [*base["cpu"]], extras_require=extras_require, **about)
        """,
    )
    assert shown(found) == [
        "project: Twisted>=21.7.0",
        "project: zope.interface>=5.1.0",
        "project: torch",
        "cpu: torch",
        'project: PyPyDispatcher>=2.1.0; implementation_name == "pypy"',
        "all: torch",
        "all: x",
    ]
    assert (found.name, found.version, found.requires_python) == ("Scrapy", "", ">=3.9")


def test_setup_py_as_buildbot_has_it() -> None:
    found = read(
        "setup.py",
        setup__py="""\
        from setuptools import setup
        setup_args = {"name": "master"}
        setup_args["install_requires"] = ["a", "b>=" + "2"]
        setup_args["extras_require"] = {"x": ["c"], "bundle": [f"d=={version()}"]}
        if windows:
            setup_args["install_requires"].append("pywin32")
            setup_args["python_requires"] = ">=3.8"
        setup(**setup_args)
        """,
    )
    assert (found.name, shown(found)) == ("master", ["project: a", "project: b>=2", "x: c"])
    assert sorted(text.partition(": it is")[0] for text in left(found)) == [
        "extras_require['bundle']",
        "install_requires: setup_args['install_requires'].append('pywin32')",
        "python_requires: setup_args['python_requires'] = '>=3.8'",
    ]


def test_a_list_that_setup_py_makes_bit_by_bit() -> None:
    found = read(
        "setup.py",
        setup__py="""\
        import setuptools
        def other():
            needs = ["local"]
        needs = qt() + ["a"]
        needs += ["b", f"c{version}", *more]
        if windows:
            needs.append("pywin32")
        tests = {"t"}
        setuptools.setup(install_requires=list(needs), tests_require=sorted(tests))
        """,
    )
    assert shown(found) == ["project: a", "project: b", "test: t"]
    assert [text.partition(": it is")[0] for text in left(found)] == [
        "install_requires: qt()",
        "install_requires: f'c{version}'",
        "install_requires: more",
        "install_requires: needs.append('pywin32')",
    ]


def test_what_setup_py_computes_is_left_with_its_line_and_a_hint() -> None:
    found = read(
        "setup.py",
        setup__py="""\
        from setuptools import setup
        with open("requirements.txt") as file:
            needs = file.read().splitlines()
        here = open("reqs/base.txt").read().split()
        grown = ["a"]
        grown += more()
        def extra(): return read("extra.txt")
        build = ["wheel"]
        setup(
            install_requires=needs, tests_require=here, python_requires=extra(),
            extras_require=grown, setup_requires=build, **options()
        )
        """,
    )
    assert shown(found) == []
    assert left(found) == [
        "**options(): it is computed when setup.py runs (line 9)",
        (
            "python_requires: it is computed when setup.py runs (line 10);"
            " it mentions extra.txt, which can be imported itself"
        ),
        "install_requires: it is computed when setup.py runs (line 3)",
        (
            "tests_require: it is computed when setup.py runs (line 4);"
            " it mentions reqs/base.txt, which can be imported itself"
        ),
        "extras_require: it is computed when setup.py runs (line 11)",
        "setup_requires: what a build needs belongs into [build-system]",
    ]


def test_setup_py_of_python_2_or_without_setup() -> None:
    assert refusal("setup.py", setup__py="print 'hello'\n") == (
        "import-invalid: setup.py:1: setup.py is not a Python 3 file.\n"
        "Missing parentheses in call to 'print'. Did you mean print(...)?.\n"
        "→ Write its install_requires into a requirements file, one a line, and import that."
    )
    assert read("setup.py", setup__py="x = 1").remarks == (
        "setup.py calls no setup(): it says nothing about dependencies.",
    )


def test_an_environment_of_conda_as_stable_diffusion_has_it() -> None:
    found = read(
        "environment.yaml",
        environment__yaml="""
        name: ldm
        channels:
          - pytorch
          - defaults
        dependencies:
          - python=3.8.5
          - pip=20.3
          - cudatoolkit=11.3   # for the graphics card
          - conda-forge::pytorch=1.11.0
          - pip:
            - opencv-python==4.1.2.30
            - "kornia==0.6"
            - -e git+https://git.example/taming.git@master#egg=taming-transformers
            - -e .
            - --extra-index-url https://more.example/simple
        prefix: /home/me/envs/ldm
        """,
    )
    assert shown(found) == [
        "project: opencv-python==4.1.2.30",
        "project: kornia==0.6",
        "project: taming-transformers @ git+https://git.example/taming.git@master (not editable any more)",
        "project:  {'path': '.', 'editable': True}",
    ]
    assert left(found) == [
        "cudatoolkit=11.3: it comes from a conda channel",
        "conda-forge::pytorch=1.11.0: it comes from a conda channel",
        "prefix: it is about conda's environment",
    ]
    assert (found.requires_python, found.python_before) == (">=3.8", "python=3.8.5")
    assert found.settings == {"extra-index-url": ("https://more.example/simple",)}


def test_an_environment_of_conda_without_a_pip_part_as_scikit_image_has_it() -> None:
    found = read(
        "environment.yml",
        Origin("group", "science"),
        environment__yml="""
        name: skimage
        dependencies: [numpy>=2.1, 'pooch>=1.6', "python >=3.10,<3.14"]
        """,
    )
    assert left(found) == ["numpy>=2.1: it comes from a conda channel", "pooch>=1.6: it comes from a conda channel"]
    assert found.requires_python == ">=3.10,<3.14"
    assert found.remarks == (
        "What came from conda may be on the index too, under this or another name: venvoy add NAME",
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a: &x b", "There is an anchor (&)."),
        ("a: |", "There is a text over several lines (|)."),
        ("a: {b: c}", "There is a table in braces ({)."),
        ("a: [b,", "A list in brackets has to end in its line."),
        ('a: "b', "A quotation mark is not closed."),
        ("\ta: b", "A tab stands where only blanks may stand."),
        ("name: twice", "Name stands here for the second time."),
        ("just words", "A name with a colon is wanted here."),
        ("   a: b", "This line is indented like nothing above it."),
    ],
)
def test_yaml_beyond_what_is_read_is_refused_with_its_line(line: str, why: str) -> None:
    problem = refusal("environment.yml", environment__yml=f"name: x\n{line}\n".encode())
    assert problem == (
        "import-invalid: environment.yml:2: Line 2 of this file is not in the part of YAML that venvoy reads.\n"
        f"{why}\n→ Write the lines of the pip part into a requirements file, and import that."
    )


def test_an_environment_without_dependencies_is_none() -> None:
    assert refusal("ci.yml", ci__yml="on: push\njobs:\n  test: now\n") == (
        "import-invalid: ci.yml: ci.yml is no environment.yml: it has no list of dependencies.\n"
        "→ Name the file that holds them."
    )


@pytest.mark.parametrize("mark", [b"\xff\xfe", b""])
def test_what_powershell_wrote_is_read(mark: bytes) -> None:
    found = read("requirements.txt", requirements__txt=mark + "flask==3.0\r\n".encode("utf-16-le"))
    assert shown(found) == ["project: flask==3.0"]
    assert versions(found) == {"flask": "3.0"}


def test_versions_of_the_compiled_file_beside_its_input_are_kept_whichever_is_named() -> None:
    compiled = "# This file is autogenerated by pip-compile\n#    pip-compile main.in\nflask==3.0\njinja2==3.1\n"
    for name in ("main.in", "main.txt"):
        found = read(name, main__in="flask>=2", main__txt=compiled)
        assert shown(found) == ["project: flask>=2"]
        assert versions(found) == {"flask": "3.0", "jinja2": "3.1"}


def test_the_name_of_a_folder_is_read_where_it_is_written() -> None:
    files = {
        "a/pyproject.toml": b'[tool.poetry]\nname = "from-poetry"',
        "b/setup.cfg": b"[metadata]\nname = from-cfg\n",
        "c/setup.cfg": b"[metadata",
        "c/setup.py": b"from setuptools import setup; setup(name='from-py')",
        "d/pyproject.toml": b"[broken",
    }

    def one(path: str) -> bytes:
        if path in files:
            return files[path]
        raise FileNotFoundError

    assert [reading.project_name(folder, one) for folder in "abcde"] == ["from-poetry", "from-cfg", "from-py", "", ""]
    assert reading.archive_name("wheels/Some_Name-1.0-py3-none-any.whl") == "some-name"
    assert reading.archive_name("some-name-1.0.tar.gz") == "some-name"
    assert reading.archive_name("sub") == ""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "pyproject.toml",
            "[tool.poetry]\ndependencies = 1\nextras = {a = 1}\ngroup = {a = 1}\nsource = [1, {url = 2}]\n",
        ),
        (
            "pyproject.toml",
            "[tool.poetry.dependencies]\na = [1, {version = 2}]\nb = {version = [1], extras = 3}\nc = true\n",
        ),
        ("pyproject.toml", "[tool.pdm]\ndev-dependencies = {a = 1}\nsource = 1\nresolution = 1\n"),
        ("pyproject.toml", "[project]\nname = 1\n[tool.uv]\nindex = 1\nsources = {a = 1}\ndev-dependencies = [1]\n"),
        ("Pipfile", "source = [{url = 'https://[x'}]\nrequires = 1\npipenv = 1\n[packages]\na = 1\nb = {extras = 1}\n"),
        ("uv.lock", "version = 1\npackage = [1, {source = 1}, {source = {editable = '.'}, metadata = 1}]\n"),
        ("poetry.lock", "package = [{name = 1, groups = 1, dependencies = 1}]\n[metadata]\nlock-version = '2.0'\n"),
        ("pdm.lock", "package = [{name = 1, groups = 1, dependencies = 1}]\n[metadata]\nlock_version = '4.4'\n"),
        ("Pipfile.lock", '{"_meta": {"pipfile-spec": 6}, "default": {"a": 1, "b": {"version": 1}}, "develop": 1}'),
        ("environment.yml", "dependencies:\n- a: b\n- pip: c\n- - d\n"),
        ("setup.py", "x = 1if 2else 3\nsetup(install_requires=1, extras_require={1: 2}, name=3, python_requires=[])"),
    ],
)
def test_values_of_the_wrong_kind_end_in_no_traceback(path: str, text: str) -> None:
    try:
        found = read(path, None, **{path.replace(".", "__"): text})
    except Problem:
        return
    assert all(entry.before for entry in found.entries)
