"""Values behave as the standard library's dataclasses do, whose place they take."""

from __future__ import annotations

import copy
import dataclasses
import typing
from typing import Any

import pytest

from venvoy import values

MAKERS = pytest.mark.parametrize("made_by", [values, dataclasses], ids=["venvoy", "dataclasses"])


def made(made_by: Any) -> Any:
    """The same class, made by both."""

    @made_by.dataclass(frozen=True, slots=True, order=True)
    class Point:
        """A place."""

        x: int
        y: int = 2
        names: tuple[str, ...] = made_by.field(default=(), repr=False)
        notes: dict[str, str] = made_by.field(default_factory=dict, hash=False)

        def far(self) -> int:
            return self.x + self.y

    return Point


@MAKERS
def test_an_instance_has_its_fields_and_its_defaults(made_by: Any) -> None:
    point = made(made_by)(1)
    assert (point.x, point.y, point.names, point.notes, point.far()) == (1, 2, (), {}, 3)
    assert not hasattr(point, "__dict__")
    assert repr(point) == "made.<locals>.Point(x=1, y=2, notes={})"


@MAKERS
def test_every_instance_gets_a_default_of_its_own(made_by: Any) -> None:
    point_class = made(made_by)
    assert point_class(1).notes is not point_class(1).notes


@MAKERS
def test_instances_are_equal_and_ordered_by_their_fields(made_by: Any) -> None:
    point_class = made(made_by)
    assert point_class(1) == point_class(x=1, y=2)
    assert point_class(1) != point_class(2)
    assert point_class(1) != (1, 2, (), {})
    assert point_class(1, 5) < point_class(2, 0)
    assert hash(point_class(1, notes={"a": "b"})) == hash(point_class(1))


@MAKERS
def test_a_frozen_instance_cannot_be_changed(made_by: Any) -> None:
    point = made(made_by)(1)
    with pytest.raises(AttributeError):
        point.x = 2
    with pytest.raises(AttributeError):
        del point.x
    assert point.x == 1


@MAKERS
def test_replace_changes_some_fields_of_a_copy(made_by: Any) -> None:
    point = made(made_by)(1, 3)
    assert made_by.replace(point, x=5) == type(point)(5, 3)
    assert point.x == 1
    with pytest.raises(TypeError):
        made_by.replace(point, z=5)


@MAKERS
def test_wrong_arguments_are_refused(made_by: Any) -> None:
    point_class = made(made_by)
    for arguments, named in (((), {}), ((1, 2, (), {}, 5), {}), ((1,), {"z": 1}), ((1,), {"x": 1})):
        with pytest.raises(TypeError):
            point_class(*arguments, **named)


@MAKERS
def test_fields_can_be_inherited(made_by: Any) -> None:
    @made_by.dataclass(frozen=True, slots=True)
    class High(made(made_by)):  # type: ignore[misc]
        z: int = 0

    high = High(1, z=9)
    assert (high.x, high.y, high.z) == (1, 2, 9)
    assert [field.name for field in made_by.fields(High)] == ["x", "y", "names", "notes", "z"]
    assert high != made(made_by)(1)


@MAKERS
def test_an_unfrozen_instance_changes_and_has_no_hash(made_by: Any) -> None:
    @made_by.dataclass(slots=True)
    class Count:
        n: int = 0

    count = Count()
    count.n += 1
    assert count == made_by.replace(Count(), n=1)
    with pytest.raises(TypeError):
        hash(count)


def test_plain_names_the_fields_one_level_deep() -> None:
    inner = made(values)(1)
    point = type(inner)(inner)
    assert values.plain(point) == {"x": inner, "y": 2, "names": (), "notes": {}}
    assert values.is_value(point)
    assert not values.is_value(type(point))


def test_two_threads_may_make_the_first_instance_at_once() -> None:
    point_class = made(values)
    first: Any = point_class.__init__
    assert point_class(1).x == 1
    late = object.__new__(point_class)
    first(late, 5)  # a thread that had looked it up before the other one replaced it
    assert (late.x, late.y) == (5, 2)


TUPLES = pytest.mark.parametrize("base", [values.NamedTuple, typing.NamedTuple], ids=["venvoy", "typing"])


def row(base: Any) -> Any:
    """The same class of tuples, made by both."""

    class Row(base):  # type: ignore[misc, unused-ignore] # which of the two is the parameter
        """A row."""

        name: str
        size: int = 3
        new: str = ""
        cls: str = ""

        @property
        def long(self) -> bool:
            return self.size > 2

    return Row


@TUPLES
def test_a_tuple_has_names_for_its_items(base: Any) -> None:
    row_class = row(base)
    one = row_class("a")
    name, size, _, _ = one
    assert (name, size, one.name, one.size, one.long) == ("a", 3, "a", 3, True)
    assert one == ("a", 3, "", "") == row_class(size=3, name="a")
    assert not hasattr(one, "__dict__")
    assert repr(one) == "Row(name='a', size=3, new='', cls='')"
    assert one._replace(size=1) == row_class("a", 1)
    assert one._asdict() == {"name": "a", "size": 3, "new": "", "cls": ""}
    assert (row_class._fields, row_class.__match_args__) == (("name", "size", "new", "cls"),) * 2
    assert copy.copy(one) == one
    assert isinstance(copy.copy(one), row_class)


@TUPLES
def test_a_tuple_needs_its_items(base: Any) -> None:
    row_class = row(base)
    for _ in range(2):
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'name'"):
            row_class()
    with pytest.raises(AttributeError):
        row_class("a").size = 2


@TUPLES
@pytest.mark.parametrize("number", [1, 2, 21, 22])  # of which the last two are compiled
def test_every_tuple_is_made_alike_and_every_mistake_is_told(base: Any, number: int) -> None:
    def used() -> Any:
        row_class = row(base)
        for _ in range(number - 1):
            row_class("a")
        return row_class

    assert used()("a", new="b") == ("a", 3, "b", "")
    for args, kwargs, said in (
        ((), {"size": 1}, "missing 1 required positional argument: 'name'"),
        (("a", 1, "", "", 5), {}, "positional arguments but 6 were given"),
        (("a",), {"name": "a"}, "multiple values for argument 'name'"),
        (("a",), {"z": 1}, "unexpected keyword argument 'z'"),
        ((), {"z": 1}, "'(name|z)'"),
    ):
        with pytest.raises(TypeError, match=said):
            used()(*args, **kwargs)


@MAKERS
@pytest.mark.parametrize("number", [1, 2, 21, 22])  # of which the last two are compiled
def test_every_instance_is_filled_alike_and_every_mistake_is_told(made_by: Any, number: int) -> None:
    point_class = made(made_by)
    for _ in range(number - 1):
        point_class(1)
    assert point_class(1, names=("a",)) == point_class(x=1, y=2, names=("a",), notes={})
    for args, kwargs, said in (
        ((), {}, "missing 1 required positional argument: 'x'"),
        ((1, 2, (), {}, 5), {}, "positional arguments but 6 were given"),
        ((1,), {"x": 1}, "multiple values for argument 'x'"),
        ((1,), {"z": 1}, "unexpected keyword argument 'z'"),
    ):
        fresh = made(made_by)
        for _ in range(number - 1):
            fresh(1)
        with pytest.raises(TypeError, match=said):
            fresh(*args, **kwargs)
