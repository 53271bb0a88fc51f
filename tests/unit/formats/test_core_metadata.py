from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from venvoy.errors import Problem
from venvoy.formats import core_metadata
from venvoy.model.artifact import CoreMetadata

WHOLE = """\
Metadata-Version: 2.4
Name: Demo.Package
Version: 1.0
Summary: One line
  and the rest of it
Requires-Python: !=3.0*, >=2.7
Requires-Dist: one>=1
Requires-Dist: this is (not) valid ; at all
requires-dist: two ; extra == "Fast_Mode"
Provides-Extra: Fast_Mode

Requires-Dist: only-in-the-description
"""


@pytest.mark.parametrize("text", [WHOLE, WHOLE.replace("\n", "\r\n"), "\ufeff" + WHOLE, "\n" + WHOLE])
def test_headers_are_read_and_odd_values_kept(text: str) -> None:
    assert core_metadata.parse(text.encode(), "METADATA") == CoreMetadata(
        name=canonicalize_name("demo-package"),
        version=Version("1.0"),
        requires_dist=("one>=1", "this is (not) valid ; at all", 'two ; extra == "Fast_Mode"'),
        requires_python="!=3.0*, >=2.7",
        provides_extra=frozenset({canonicalize_name("fast-mode")}),
        summary="One line and the rest of it",
    )


def test_text_that_is_no_utf8_is_still_read() -> None:
    content = "Name: x\nVersion: 1\nSummary: caf\u00e9\n".encode("latin-1")
    assert core_metadata.parse(content, "METADATA").summary == "caf\u00e9"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "It does not say its name."),
        ("Version: 1\n", "It does not say its name."),
        ("Name: x\n", "It does not say its version."),
        ("Name: UNKNOWN\nVersion: 1\n", "It does not say its name."),
        ("Name: -x\nVersion: 1\n", "“-x” is not a valid name."),
        ("Name: x\nVersion: latest\n", "“latest” is not a valid version."),
        ("<html>no such file</html>", "It does not say its name."),
    ],
)
def test_without_a_usable_name_or_version_it_is_refused(text: str, why: str) -> None:
    with pytest.raises(Problem) as caught:
        core_metadata.parse(text, "x-1.whl")
    assert caught.value.code == "metadata-invalid"
    assert str(caught.value) == (
        "x-1.whl: The file that describes this distribution is broken.\n"
        f"{why}\n"
        "→ Choose another version of it, or tell its maintainers."
    )
