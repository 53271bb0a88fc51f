from __future__ import annotations

from packaging.utils import canonicalize_name

from venvoy.operations.approval import Approval


def test_a_name_that_is_only_imported_is_told_by_the_name_of_its_distribution() -> None:
    name = canonicalize_name("sklearn")
    assert Approval([], None).refused({name: "sklearn 0.0"}, "There is no wheel.").fix == (
        "Did you mean scikit-learn?",
        'build = ["sklearn"]   in [tool.venvoy] of pyproject.toml allows it',
        "--only-binary sklearn   behind the command takes versions that need not be built, if there are any",
    )
    assert len(Approval([], None).refused({canonicalize_name("other"): "other 1"}, "").fix) == 2
