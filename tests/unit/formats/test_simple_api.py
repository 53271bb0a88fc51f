from __future__ import annotations

import json
from html import escape
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.formats import filenames, simple_api
from venvoy.model.artifact import Artifact

NAME = canonicalize_name("demo")
URL = "https://index.example/simple/demo/"
JSON = "application/vnd.pypi.simple.v1+json"
SHA = "ab" * 32


def offered(page: simple_api.Page) -> dict[str, tuple[Artifact, ...]]:
    found = {}
    for number, text in enumerate(page.versions):
        found[text] = simple_api.artifacts(page.rows(number, NAME), NAME, Version(text))
    return found


def every(page: simple_api.Page) -> list[Artifact]:
    return [artifact for group in offered(page).values() for artifact in group]


def page_of(files: list[dict[str, Any]], **more: Any) -> bytes:
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "demo", "files": files, **more}).encode()


def wheel(version: str = "1.0", **more: Any) -> dict[str, Any]:
    filename = f"demo-{version}-py3-none-any.whl"
    return {"filename": filename, "url": f"../../files/{filename}", "hashes": {"sha256": SHA}, **more}


FULL = {
    **wheel(),
    "requires-python": ">=3.8,<4",
    "core-metadata": {"sha256": SHA},
    "size": 123,
    "upload-time": "2024-01-02T03:04:05.678Z",
    "yanked": "it <breaks>, {really} },{",
}
FULL_ARTIFACT = Artifact(
    filename="demo-1.0-py3-none-any.whl",
    url="https://index.example/files/demo-1.0-py3-none-any.whl",
    kind="wheel",
    name=NAME,
    version=Version("1.0"),
    hashes={"sha256": SHA},
    size=123,
    upload_time="2024-01-02T03:04:05.678Z",
    requires_python=">=3.8,<4",
    yanked="it <breaks>, {really} },{",
    metadata={"sha256": SHA},
    tags=frozenset({"py3-none-any"}),
)


def test_a_json_entry_becomes_an_artifact_with_all_its_facts() -> None:
    assert every(simple_api.parse(page_of([FULL]), JSON, URL, NAME)) == [FULL_ARTIFACT]


def test_an_html_entry_becomes_the_same_artifact() -> None:
    html = (
        '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"></head><body>'
        f'<a href="../../files/demo-1.0-py3-none-any.whl#sha256={SHA}" data-requires-python="&gt;=3.8,&lt;4"'
        f' data-yanked="it &lt;breaks&gt;, {{really}} }},{{" data-core-metadata="sha256={SHA}" data-size="123"'
        ' data-upload-time="2024-01-02T03:04:05.678Z">demo-1.0-py3-none-any.whl</a></body></html>'
    )
    assert every(simple_api.parse(html.encode(), "text/html", URL, NAME)) == [FULL_ARTIFACT]
    # The same page in a shape that takes the thorough reader.
    odd = html.replace("<body>", "<body><!-- a remark --><base href='https://index.example/simple/demo/'>")
    assert every(simple_api.parse(odd.encode(), "text/html", URL, NAME)) == [FULL_ARTIFACT]


@pytest.mark.parametrize(
    ("attributes", "metadata"),
    [
        ("", None),
        ('data-dist-info-metadata="true"', {}),
        (f'data-dist-info-metadata="sha256={SHA}"', {"sha256": SHA}),
        (f'data-dist-info-metadata="true" data-core-metadata="sha256={SHA}"', {"sha256": SHA}),
        ('data-core-metadata="false"', None),
    ],
)
def test_html_announces_metadata_under_either_name(attributes: str, metadata: dict[str, str] | None) -> None:
    html = f'<a href="demo-1.0-py3-none-any.whl" {attributes}>demo</a>'
    assert [a.metadata for a in every(simple_api.parse(html.encode(), "text/html", URL, NAME))] == [metadata]


@pytest.mark.parametrize(
    ("entry", "metadata"),
    [
        ({}, None),
        ({"core-metadata": True}, {}),
        ({"core-metadata": False}, None),
        ({"dist-info-metadata": {"sha256": SHA}}, {"sha256": SHA}),
        ({"data-dist-info-metadata": {"sha256": SHA}, "core-metadata": False}, None),
    ],
)
def test_json_announces_metadata_under_any_of_its_names(entry: dict[str, Any], metadata: dict[str, str] | None) -> None:
    assert [a.metadata for a in every(simple_api.parse(page_of([wheel(**entry)]), JSON, URL, NAME))] == [metadata]


@pytest.mark.parametrize(("told", "yanked"), [(False, None), (None, None), ("", None), (True, ""), ("bad", "bad")])
def test_yanked_files_say_why(told: object, yanked: str | None) -> None:
    assert [a.yanked for a in every(simple_api.parse(page_of([wheel(yanked=told)]), JSON, URL, NAME))] == [yanked]


def test_an_empty_yanked_attribute_means_yanked() -> None:
    html = (
        '<a href="demo-1.0-py3-none-any.whl" data-yanked="">x</a><a href="demo-2.0-py3-none-any.whl" data-yanked>x</a>'
    )
    assert [a.yanked for a in every(simple_api.parse(html.encode(), "text/html", URL, NAME))] == ["", ""]


def test_a_base_element_moves_relative_links() -> None:
    html = '<base href="https://other.example/x/"><a href="demo-1.0-py3-none-any.whl">x</a>'
    found = every(simple_api.parse(html.encode(), "text/html", URL, NAME))
    assert [a.url for a in found] == ["https://other.example/x/demo-1.0-py3-none-any.whl"]


@given(
    st.sampled_from([URL, "https://index.example/simple/demo", "https://index.example:8080/a/b/?x=/y#z/"]),
    st.lists(st.sampled_from(["..", ".", "/", "//", "a", "b.whl", "#x=1", "?", "%2F", ":", ";", "é"])).map("".join),
)
def test_a_relative_address_is_what_joining_it_gives(base: str, told: str) -> None:
    files = [{**wheel(), "url": told}]
    found = every(simple_api.parse(page_of(files), JSON, base, NAME))
    joined = urljoin(base, told)
    assert [a.url for a in found] == ([joined.partition("#")[0]] if joined.startswith("https://") else [])


def test_versions_come_newest_first_and_equal_ones_together() -> None:
    files = [wheel("1.0"), wheel("1.10"), wheel("1.9"), wheel("1.0.0"), wheel("2.0a1")]
    found = offered(simple_api.parse(page_of(files), JSON, URL, NAME))
    assert [*found] == ["2.0a1", "1.10", "1.9", "1.0"]
    assert [a.filename for a in found["1.0"]] == ["demo-1.0-py3-none-any.whl", "demo-1.0.0-py3-none-any.whl"]


def test_a_source_file_whose_version_holds_a_hyphen_is_offered() -> None:
    page = page_of([{"filename": "demo-1.0-beta.tar.gz", "url": "demo-1.0-beta.tar.gz"}])
    found = every(simple_api.parse(page, JSON, URL, NAME))
    assert [(one.kind, str(one.version), one.tags) for one in found] == [("sdist", "1.0b0", frozenset())]


def test_files_that_make_no_sense_are_counted() -> None:
    files = [wheel(), wheel("x"), {"filename": "demo-1.0.exe", "url": "x"}, {"filename": "other-1.tar.gz", "url": "x"}]
    expected = {filenames.INVALID_VERSION: 1, filenames.UNKNOWN_SUFFIX: 1, filenames.OTHER_PROJECT: 1}
    assert simple_api.parse(page_of(files), JSON, URL, NAME).rejected == expected
    assert simple_api.parse(page_of([*files, {"url": 1}]), JSON, URL, NAME).rejected == {
        **expected,
        filenames.INVALID_NAME: 1,
    }


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ({"size": "big"}, "size", None),
        ({"size": -1}, "size", None),
        ({"upload-time": "yesterday"}, "upload_time", None),
        ({"upload-time": "2024-01-02T03:04:05+00:00"}, "upload_time", "2024-01-02T03:04:05Z"),
        ({"requires-python": ""}, "requires_python", None),
        ({"requires-python": 3}, "requires_python", None),
        ({"hashes": {"sha256": "../x"}}, "hashes", {}),
        ({"hashes": {"SHA256": SHA.upper()}}, "hashes", {"sha256": SHA}),
        ({"hashes": []}, "hashes", {}),
        ({"url": f"demo.whl#sha256={SHA}", "hashes": {}}, "hashes", {"sha256": SHA}),
        ({"url": "https://me:secret@files.example/x.whl"}, "url", "https://files.example/x.whl"),
    ],
)
def test_fields_that_make_no_sense_count_as_missing(entry: dict[str, Any], field: str, value: object) -> None:
    found = every(simple_api.parse(page_of([wheel(**entry)]), JSON, URL, NAME))
    assert [getattr(artifact, field) for artifact in found] == [value]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://files.example/x", "javascript:x", "http://["])
def test_a_page_of_the_network_cannot_lead_elsewhere(address: str) -> None:
    assert every(simple_api.parse(page_of([wheel(url=address)]), JSON, URL, NAME)) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"meta": {"api-version": "2.0"}, "files": []}', JSON),
        (b'{"meta": {"api-version": "2.0"}, "files": [{"filename": "demo-1.tar.gz", "url": "x"}]}', JSON),
        (b'<meta name="pypi:repository-version" content="2.0">', "text/html"),
        (b'<meta content="2.0" name="pypi:repository-version">', "text/html"),
    ],
)
def test_an_interface_of_the_future_is_refused(body: bytes, content_type: str) -> None:
    with pytest.raises(Problem) as caught:
        simple_api.parse(body, content_type, URL, NAME)
    assert caught.value.code == "index-invalid"
    assert str(caught.value) == (
        "https://index.example/simple/demo/: This index speaks version 2.0 of the index interface;"
        " this venvoy understands version 1.\n"
        "→ Update venvoy, or use another index."
    )


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        (b"{", JSON, "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (b"[]", JSON, "It has no list of files."),
        (b'{"files": 1}', JSON, "It has no list of files."),
        (b"\x89PNG", "image/png", "Its content type is “image/png”."),
    ],
)
def test_garbage_is_refused(body: bytes, content_type: str, why: str) -> None:
    with pytest.raises(Problem) as caught:
        simple_api.parse(body, content_type, URL, NAME)
    assert caught.value.code == "index-invalid"
    assert str(caught.value) == (
        "https://index.example/simple/demo/: The answer is not a page of a package index.\n"
        f"{why}\n"
        "→ Check the address of the index. It usually ends in /simple/.\n"
        "→ If you are on a guest network, open a web page in your browser and sign in first."
    )


TEXT = st.text(st.sampled_from('ab,{}[]"\\:<>&\u00e9 '), max_size=12)
EXTRA = st.fixed_dictionaries(
    {},
    optional={
        "yanked": st.booleans() | TEXT,
        "requires-python": TEXT,
        "size": st.integers(0, 10**9),
        "core-metadata": st.booleans() | st.just({"sha256": SHA}),
        "provenance": st.none() | TEXT | st.lists(st.dictionaries(TEXT, TEXT, max_size=2), max_size=2),
        "filename2": TEXT,
    },
)
FILES = st.lists(
    st.tuples(
        st.sampled_from(
            ["demo-1.0-py3-none-any.whl", "demo-2.0.tar.gz", "demo-1.0.tar.gz", "demo-x.tar.gz", "other-1.zip"]
        ),
        EXTRA,
        st.booleans(),
    ).map(lambda parts: _ordered(*parts)),
    max_size=6,
)


def _ordered(filename: str, extra: dict[str, Any], first: bool) -> dict[str, Any]:
    own = {"filename": filename, "url": f"/files/{filename}", "hashes": {"sha256": SHA}}
    return {**own, **extra} if first else {**extra, **own}


@example(
    [_ordered("demo-1.0.tar.gz", {}, first=False), _ordered("demo-2.0.tar.gz", {"filename2": "},{"}, first=False)],
    (", ", ": "),
    "",
    False,
)
@given(FILES, st.sampled_from([(",", ":"), (", ", ": ")]), TEXT, st.booleans())
def test_cutting_a_page_up_gives_the_same_as_parsing_it(
    files: list[dict[str, Any]], separators: tuple[str, str], text: str, last: bool
) -> None:
    around: dict[str, Any] = {"name": text, "meta": {"api-version": "1.4"}, "versions": [text]}
    document = {**around, "files": files} if last else {"files": files, **around}
    body = json.dumps(document, separators=separators).encode()
    quick = simple_api.parse(body, JSON, URL, NAME)
    thorough = simple_api.select(URL, files, NAME)
    assert (offered(quick), dict(quick.rejected)) == (offered(thorough), dict(thorough.rejected))


@given(FILES, st.booleans())
def test_html_and_json_pages_say_the_same(files: list[dict[str, Any]], plain: bool) -> None:
    anchors = []
    for file in files:
        attributes = {"href": f"{file['url']}#sha256={SHA}"}
        if file.get("yanked"):
            attributes["data-yanked"] = "" if file["yanked"] is True else file["yanked"]
        if "requires-python" in file:
            attributes["data-requires-python"] = file["requires-python"]
        if "size" in file:
            attributes["data-size"] = str(file["size"])
        if file.get("core-metadata"):
            attributes["data-core-metadata"] = "true" if file["core-metadata"] is True else f"sha256={SHA}"
        text = " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items())
        anchors.append(f"<a {text}>{file['filename']}</a>")
    html = ("" if plain else "<!-- x -->") + "<br>\n".join(anchors)
    left = simple_api.parse(html.encode(), "text/html", URL, NAME)
    right = simple_api.parse(json.dumps({"files": files}).encode(), JSON, URL, NAME)
    assert (offered(left), dict(left.rejected)) == (offered(right), dict(right.rejected))


PYTHON = st.sampled_from([">=3.9", ">= 3.9 ", "", "é", "\\", '"', None]) | TEXT


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "demo-2.0.zip", "other-1.zip"]),
            st.fixed_dictionaries({}, optional={"requires-python": PYTHON, "yanked": st.booleans() | st.none() | TEXT}),
            st.booleans(),
        ).map(lambda parts: _ordered(*parts)),
        max_size=6,
    ),
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.booleans(),
)
def test_a_glance_tells_of_python_what_reading_does_or_less(
    files: list[dict[str, Any]], separators: tuple[str, str], plain: bool
) -> None:
    text = json.dumps({"meta": {}, "files": files}, separators=separators, ensure_ascii=plain)
    page = simple_api.parse(text.encode(), JSON, URL, NAME)
    for number in range(len(page.versions)):
        told = page.glance(number)
        rows = page.rows(number, NAME)
        assert told is None or (None in told or {row[5] for row in rows} <= told)
        assert told is None or all(row[6] is None for row in rows)
    usual = [_ordered("demo-1.0.zip", {"requires-python": ">=3.9", "yanked": False}, first) for first in (True, False)]
    assert simple_api.select(URL, usual, NAME).glance(0) == frozenset({">=3.9"})
    other = {**usual[1], "requires-python": "<4"}
    assert simple_api.select(URL, [usual[0], other], NAME).glance(0) == frozenset({">=3.9", "<4"})
    assert simple_api.select(URL, [{**usual[0], "yanked": "bad"}], NAME).glance(0) is None


def test_the_files_of_the_newest_final_version_are_read_at_once() -> None:
    files = [
        {"filename": f"demo-{text}.tar.gz", "url": f"https://a.example/demo-{text}.tar.gz", "size": 3}
        for text in ("1.0", "2.0rc1", "1.5", "2.0.dev1")
    ]
    page = simple_api.select("https://a.example/", files, NAME)
    ready = simple_api.with_rows(page, NAME)
    assert list(ready.ready) == [page.versions.index("1.5")]
    assert [ready.rows(number, NAME) for number in range(4)] == [page.rows(number, NAME) for number in range(4)]
    assert simple_api.with_rows(simple_api.select("https://a.example/", files[1:2], NAME), NAME).ready == {}
