"""What a distributor says to who wants to install into its Python (PEP 668)."""

from __future__ import annotations

from venvoy.formats.externally_managed import parse

FILE = """\
[externally-managed]
Error=To install Python packages system-wide, try apt install
 python3-xyz, where xyz is the package.

 If you wish, 100% of you may make an environment.
Error-de=Nimm apt install.
Error-pt_BR=Use apt install.
"""


def test_the_message_with_its_paragraphs() -> None:
    assert parse(FILE).splitlines() == [
        "To install Python packages system-wide, try apt install",
        "python3-xyz, where xyz is the package.",
        "",
        "If you wish, 100% of you may make an environment.",
    ]


def test_the_language_of_the_person_counts() -> None:
    assert parse(FILE, ["", "de_DE.UTF-8"]) == "Nimm apt install."
    assert parse(FILE, ["pt_BR.UTF-8", "de"]) == "Use apt install."
    assert parse(FILE, ["fr_FR.UTF-8", "C"]).startswith("To install")


def test_a_file_that_says_nothing_is_no_fault() -> None:
    assert parse("") == ""
    assert parse("[other]\nError=x\n") == ""
    assert parse("no section at all") == ""
    assert parse("[externally-managed]\n") == ""
