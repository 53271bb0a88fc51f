from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venvoy.errors import Problem
from venvoy.formats import requirements_txt
from venvoy.formats.requirements_txt import Item, RequirementsFile
from venvoy.formats.requirements_txt_lines import Settings

HASH = "sha256:" + "0123456789abcdef" * 4


def parse(text: str | bytes, *, constraints: bool = False, **others: str | bytes) -> RequirementsFile:
    """Read r.txt; ``sub__a="…"`` is the text of sub/a.txt."""
    files = {"r.txt": text, **{name.replace("__", "/") + ".txt": body for name, body in others.items()}}

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        body = files[path]
        return body if isinstance(body, bytes) else body.encode()

    return requirements_txt.parse("r.txt", read, {"TOKEN": "secret", "EMPTY": ""}, constraints=constraints)


def one(line: str) -> Item:
    (item,) = parse(line).requirements
    return item


def shown(found: RequirementsFile) -> list[str]:
    return [str(item.requirement or item.url or item.path) for item in found.requirements]


def refusal(text: str | bytes, *, constraints: bool = False, **others: str | bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        parse(text, constraints=constraints, **others)
    return caught.value


def test_comments_blank_lines_and_continued_lines() -> None:
    text = "# first\n\nflask>=2  # why\nrich \\\n  >=13, \\\n  <15\nhttpx\\\n# a comment ends it\nattrs#not-a-comment\n"
    with pytest.raises(Problem, match="attrs#not-a-comment"):
        parse(text)
    found = parse(text.replace("attrs#not-a-comment\n", "attrs\r\nclick"))
    assert shown(found) == ["flask>=2", "rich<15,>=13", "httpx", "attrs", "click"]
    assert [item.line for item in found.requirements] == [3, 4, 7, 9, 10]
    assert found.requirements[1].where == "r.txt:4"


AFTER_NAME = "Expected semicolon (after name with no version specifier) or end"


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + "café>=1 # é".encode(),
        codecs.BOM_UTF16_LE + "flask==2.0\r\nrich==13.0\r\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "flask==2.0\nrich==13.0".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "flask==2.0\nrich==13.0".encode("utf-32-le"),
        "# -*- coding: latin-1 -*-\nflask==2.0 # é\nrich==13.0".encode("latin-1"),
    ],
)
def test_an_encoding_is_known_by_its_mark_or_its_coding_line(data: bytes) -> None:
    if data.startswith(codecs.BOM_UTF8):
        data = data.replace("café>=1".encode(), b"flask==2.0\nrich==13.0")
    found = parse(data)
    assert shown(found) == ["flask==2.0", "rich==13.0"]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        ("flask==2.0\n".encode("utf-16-le"), "r.txt has no byte order mark; it was read as UTF-16."),
        (b"flask==2.0 # caf\xe9\n", "r.txt is not UTF-8; it was read as Windows-1252."),
    ],
)
def test_an_encoding_that_is_guessed_is_said(data: bytes, remark: str) -> None:
    found = parse(data)
    assert shown(found) == ["flask==2.0"]
    assert found.remarks == (remark,)


def test_every_option_of_the_file_is_understood() -> None:
    found = parse(
        "-i https://one.example/simple/\n--extra-index-url=https://two.example/simple/\n-f wheels --no-binary a,b\n"
        "--only-binary=:all:\n--pre\n--prefer-binary --require-hashes\n--trusted-host two.example\n"
        "--use-feature=fast-deps\nflask --global-option=x\n--find-links https://links.example/\n"
    )
    assert found.settings == Settings(
        index_url="https://one.example/simple/",
        extra_index_urls=("https://two.example/simple/",),
        find_links=("wheels", "https://links.example/"),
        no_binary=("a", "b"),
        only_binary=(":all:",),
        trusted_hosts=("two.example",),
        pre=True,
        prefer_binary=True,
        require_hashes=True,
        ignored=("--use-feature=fast-deps", "--global-option=x"),
    )


def test_no_index_takes_the_indexes_away_and_none_takes_formats_back() -> None:
    found = parse("-i https://one.example/\n--no-index\n--no-binary :all:\n--no-binary :none:\n--no-binary c\n")
    assert (found.settings.index_url, found.settings.no_index, found.settings.no_binary) == ("", True, ("c",))


def test_hashes_and_build_settings_belong_to_their_requirement() -> None:
    item = one(
        f'flask==2.0 ; python_version > "3" \\\n --hash={HASH} \\\n --hash {HASH.upper().replace("SHA", "sha")}\n'
    )
    assert str(item.requirement) == 'flask==2.0; python_version > "3"'
    assert item.hashes == (HASH, HASH)
    item = one('flask --config-settings a=1 -C a=2 --config-setting "b=x y"')
    assert item.config_settings == {"a": ("1", "2"), "b": ("x y",)}


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("flask @ https://x.example/flask-2.0.tar.gz", "flask @ https://x.example/flask-2.0.tar.gz"),
        ("https://x.example/flask-2.0-py3-none-any.whl", "flask @ https://x.example/flask-2.0-py3-none-any.whl"),
        ("git+https://x.example/f.git@v1#egg=flask[async]", "flask[async] @ git+https://x.example/f.git@v1"),
        (
            "-e git+https://x.example/f.git#egg=flask&subdirectory=src",
            "flask @ git+https://x.example/f.git#subdirectory=src",
        ),
        (
            "https://x.example/a.zip#egg=a&sha256=00 ; sys_platform == 'win32'",
            'a @ https://x.example/a.zip#sha256=00 ; sys_platform == "win32"',
        ),
        ("-e flask @ git+ssh://git@x.example/f.git", "flask @ git+ssh://git@x.example/f.git"),
        ("flask @ https://${TOKEN}@x.example/${UNSET}/${EMPTY}", "flask @ https://secret@x.example/${UNSET}/${EMPTY}"),
    ],
)
def test_an_address_with_a_name_is_a_requirement(line: str, requirement: str) -> None:
    item = one(line)
    assert str(item.requirement) == requirement
    assert (item.url, item.path, item.editable) == ("", "", line.startswith("-e"))


@pytest.mark.parametrize(
    ("line", "path", "extras"),
    [
        (".", ".", set()),
        ("-e .", ".", set()),
        ("--editable=./sub[dev, test]", "./sub", {"dev", "test"}),
        ("-e sub", "sub", set()),
        ("../other#egg=other", "../other", set()),
        ("wheels\\a.whl", "wheels\\a.whl", set()),
        ("-e C:\\work\\demo[x]", "C:\\work\\demo", {"x"}),
        ("a-1.0.tar.gz", "a-1.0.tar.gz", set()),
    ],
)
def test_a_path_stays_as_it_is_written(line: str, path: str, extras: set[str]) -> None:
    item = one(line)
    assert (item.requirement, item.url, item.path, set(item.extras)) == (None, "", path, extras)
    assert item.editable == line.startswith("-")


def test_a_path_and_an_address_may_have_a_marker() -> None:
    assert str(one("./sub ; sys_platform == 'win32'").marker) == 'sys_platform == "win32"'
    item = one("https://x.example/a;b.zip ; sys_platform == 'win32'")
    assert (item.url, str(item.marker)) == ("https://x.example/a;b.zip", 'sys_platform == "win32"')


def test_nested_files_lie_beside_the_file_that_names_them() -> None:
    found = parse(
        "-r sub/a.txt\n-c bounds.txt\nlast\n",
        sub__a="--requirement b.txt\nfirst\n-f ../wheels\n",
        sub__b="zeroth",
        bounds="urllib3<2\n",
    )
    assert shown(found) == ["zeroth", "first", "last"]
    assert [str(item.requirement) for item in found.constraints] == ["urllib3<2"]
    assert found.files == ("r.txt", "sub/a.txt", "sub/b.txt", "bounds.txt")
    assert found.settings.find_links == ("wheels",)
    assert shown(parse("-r sub\\a.txt", sub__a="x")) == ["x"]


def test_a_file_may_come_twice_when_there_is_no_circle() -> None:
    found = parse("-r a.txt\n-r b.txt\n", a="-r c.txt", b="-r c.txt", c="x")
    assert shown(found) == ["x", "x"]
    assert found.files == ("r.txt", "a.txt", "c.txt", "b.txt")


def test_nested_files_of_an_address_are_addresses() -> None:
    files = {"https://x.example/req/r.txt": b"-r a.txt", "https://x.example/req/a.txt": b"x"}
    found = requirements_txt.parse("https://x.example/req/r.txt", files.__getitem__)
    assert shown(found) == ["x"]


def test_a_circle_of_files_is_shown_whole() -> None:
    problem = refusal("-r a.txt", a="# about\n-c sub/b.txt", sub__b="-r ../a.txt")
    assert problem.code == "requirements-file-cycle"
    assert str(problem) == (
        "sub/b.txt:1: These requirements files name one another in a circle.\n"
        "a.txt → sub/b.txt → a.txt\n"
        "→ Take the line out that closes the circle: sub/b.txt:1"
    )


def test_a_missing_file_is_named_with_the_line_that_asks_for_it() -> None:
    problem = refusal("flask\n-r dev.txt")
    assert problem.code == "requirements-file-missing"
    assert str(problem) == (
        "r.txt:2: The requirements file dev.txt cannot be read: No such file or directory.\n"
        "It is named in r.txt:2.\n"
        "→ Check the name: a file named by -r or -c is looked for beside the file that names it."
    )


@pytest.mark.parametrize(
    ("line", "why", "pip", "fix"),
    [
        (
            "flask=2.0",
            "One version is asked for with two equals signs.",
            """Invalid requirement: 'flask=2.0': Expected semicolon (after name with no version specifier) or end
  Hint: = is not a valid operator. Did you mean == ?""",
            'Write "flask==2.0".',
        ),
        (
            "--colour blue",
            "No requirements file has an option --colour.",
            "no such option: --colour",
            "Take it out: what goes behind `pip install` on a command line is not always allowed in a file.",
        ),
        (
            "-r",
            "--requirement needs a value.",
            "--requirement option requires 1 argument",
            "Write it as --requirement VALUE.",
        ),
        ("--pre=yes", "--pre takes no value.", "--pre option does not take a value", "Write --pre alone."),
        (
            "--no",
            "--no could be several options.",
            "ambiguous option: --no (--no-binary, --no-index, --no-require-hashes, --no-use-wheel?)",
            "Write one of them: --no-binary, --no-index, --no-require-hashes, --no-use-wheel.",
        ),
        (
            "flask --hash='a",
            "A quotation mark is not closed.",
            "Could not split options: --hash='a",
            "Close it, or take it out.",
        ),
        (
            "flask --hash=md5:00",
            "md5:00 is not a hash.",
            "Allowed hash algorithms for --hash are sha256, sha384, sha512.",
            "Write it as --hash=sha256: with 64 hexadecimal digits behind the colon.",
        ),
        (
            "flask --hash=00",
            "00 is not a hash.",
            "Arguments to --hash must be a hash name followed by a value, like --hash=sha256:abcde...",
            "Write it as --hash=sha256: with 64 hexadecimal digits behind the colon.",
        ),
        (
            "./sub ; windows",
            "The condition behind the semicolon cannot be understood.",
            "Invalid requirement: './sub ; windows': Expected a marker variable or quoted string",
            """Write it as in "NAME; python_version < '3.12'" or "NAME; sys_platform == 'win32'".""",
        ),
        *(
            (
                f"flask=={variable}",
                why,
                f"Invalid requirement: 'flask=={variable}': {AFTER_NAME}",
                'Write it as NAME, or with bounds, as in "requests>=2.31,<3".',
            )
            for variable, why in (
                ("${NOWHERE}", "There is no environment variable NOWHERE."),
                ("${Flask}", "Only environment variables in capital letters are put in, and Flask is none."),
            )
        ),
        (
            "git+git@x.example:a/b.git#egg=b",
            "An address of this form is for ssh itself; behind git+ stands a URL.",
            "Invalid requirement: 'git+git@x.example:a/b.git#egg=b'",
            "Write git+ssh://USER@HOST/PATH with a slash where the colon was.",
        ),
    ],
)
def test_nonsense_is_refused_with_its_place_and_what_pip_says(line: str, why: str, pip: str, fix: str) -> None:
    problem = refusal(f"attrs\n{line}\n")
    assert problem.code == "requirements-file-invalid"
    assert str(problem) == (
        f"r.txt:2: This line is nothing that a requirements file can hold: {line}\n"
        f"{why}\npip would say:\n  {pip}\n→ {fix}"
    )


@pytest.mark.parametrize(
    ("line", "pip"),
    [
        ("-e .", "Editable requirements are not allowed as constraints"),
        ("./sub", "Unnamed requirements are not allowed as constraints"),
        ("flask[async]<3", "Constraints cannot have extras"),
    ],
)
def test_a_constraint_is_a_name_with_bounds(line: str, pip: str) -> None:
    problem = refusal(line, constraints=True)
    assert str(problem) == (
        f"r.txt:1: This line is nothing that a requirements file can hold: {line}\n"
        "A constraints file bounds versions of names; it does not say what to install.\n"
        f"pip would say:\n  {pip}\n"
        "→ Move the line to a requirements file, or write NAME with bounds only."
    )


def test_a_binary_file_and_a_false_coding_line_are_refused() -> None:
    assert str(refusal(b"\x89PNG\r\n\x1a\n\x01\x02\x03")) == (
        "r.txt: r.txt is not a text file.\nIt holds bytes that no text has.\n"
        "→ Name a text file with one requirement on each line."
    )
    assert refusal(b"# coding: klingon\nflask").why == "It says that it is klingon: unknown encoding: klingon."
    assert "utf-8" in refusal(b"\xef\xbb\xbf\xff\xfe\xff").why


def test_options_may_be_shortened_as_far_as_they_are_plain() -> None:
    assert parse("--extra https://x.example/\n--trusted x\n").settings.extra_index_urls == ("https://x.example/",)
    assert parse("-rdev.txt", dev="x").files == ("r.txt", "dev.txt")
    assert parse("-ihttps://x.example/?a=b").settings.index_url == "https://x.example/?a=b"


def test_an_address_that_is_none_is_refused() -> None:
    assert refusal("https://[x/a.zip").why == (
        "This is not an address.\npip would say:\n  Invalid requirement: 'https://[x/a.zip': Invalid IPv6 URL"
    )


def test_an_empty_file_says_nothing() -> None:
    assert parse("\n# nothing\n") == RequirementsFile((), (), Settings(), ("r.txt",), ())


@given(st.text(alphabet=st.sampled_from("ab-=<>.;@#[]{}$ \\\n\t'\"/:,~!()19é\x00"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_ends_in_anything_but_values_or_a_problem(text: str) -> None:
    try:
        found = parse(text)
    except Problem:
        return
    assert all(sum(map(bool, (item.requirement, item.url, item.path))) == 1 for item in found.requirements)


def test_lines_are_joined_and_cut_as_pip_does_it() -> None:
    lines = [(item.line, item.text) for item in parse("a \\\n# c\nb\\\nc\\\n\nd # x \\\ne\\").requirements]
    assert lines == [(1, "a"), (3, "bc"), (6, "d")]
