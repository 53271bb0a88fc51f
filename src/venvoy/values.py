"""Values: classes that name their fields, as the standard library's ``dataclasses`` makes them, but fast.

``dataclasses`` writes and compiles six methods for each class that is defined and needs 15 ms to be imported: with a
hundred classes that was a third of the time of every command. Here a class costs next to nothing until it turns out to
have more than a few instances; then its ``__init__`` is compiled. Type checkers see the standard library's own
functions, so the meaning is theirs; what is not offered here (``InitVar``, ``__post_init__``, …) fails where the class
is defined.
:class:`NamedTuple` is the same for ``typing.NamedTuple``, of which each class takes as long as three modules.

``typing`` itself takes 4 ms, and only type checkers want most of it: they find here what has to be there in a run too.
"""

from __future__ import annotations

from contextlib import suppress
from operator import attrgetter, itemgetter

TYPE_CHECKING = False  # as type checkers want it
if TYPE_CHECKING:
    from dataclasses import MISSING as MISSING
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import fields as fields
    from dataclasses import replace as replace
    from typing import Any
    from typing import NamedTuple as NamedTuple
    from typing import Protocol as Protocol
    from typing import cast as cast
else:

    class Protocol:
        """See :class:`typing.Protocol`."""

        __slots__ = ()

    def cast(_type, value):
        """See :func:`typing.cast`."""
        return value

    _FEW = 20  # instances that are filled in less time than it takes to compile what does

    class _Missing:
        """The default of what has none."""

    MISSING = _Missing()

    class Field:
        """What a class says about one of its fields."""

        __slots__ = ("default", "default_factory", "hash", "metadata", "name", "repr")

        def __init__(self, default, default_factory, hash, repr, metadata):
            self.name = ""
            self.default = default
            self.default_factory = default_factory
            self.hash = hash
            self.repr = repr
            self.metadata = metadata

    def field(*, default=MISSING, default_factory=MISSING, hash=True, repr=True, metadata=None):
        """Say more about a field than its type: see :func:`dataclasses.field`."""
        return Field(default, default_factory, hash, repr, metadata or {})

    def fields(value):
        """The fields of a class or an instance, in their order."""
        return value.__value_fields__

    def replace(value, /, **changes):
        """A copy with other values in some fields."""
        for name in value.__match_args__:
            if name not in changes:
                changes[name] = getattr(value, name)
        return type(value)(**changes)

    def dataclass(*, frozen=False, slots=False, order=False, kw_only=False):
        """Make a class a value: see :func:`dataclasses.dataclass`; always with slots."""
        if not slots:
            raise TypeError("a value has slots")

        def made(cls):
            body = dict(cls.__dict__)
            rows = {row.name: row for base in cls.__mro__[1:] for row in getattr(base, "__value_fields__", ())}
            own = []
            for name in cls.__annotations__:
                given = body.pop(name, MISSING)
                row = given if isinstance(given, Field) else field(default=given)
                row.name = name
                own += [name] * (name not in rows)
                rows[name] = row
            names = tuple(rows)
            for name in ("__dict__", "__weakref__"):
                body.pop(name, None)
            body["__slots__"] = tuple(own)
            body["__match_args__"] = names
            body["__value_fields__"] = tuple(rows.values())
            key = attrgetter(*names) if names else type
            body.setdefault("__repr__", _repr)
            body["__init__"] = _first(body["__value_fields__"], frozen, kw_only)
            if "__eq__" not in body:
                body["__eq__"] = _equal(key)
                if frozen and "__hash__" not in body:
                    hashed = [row.name for row in rows.values() if row.hash]
                    body["__hash__"] = _hashed(attrgetter(*hashed) if hashed else type)
            if order:
                for name in ("__lt__", "__le__", "__gt__", "__ge__"):
                    body[name] = _compared(key, name)
            if frozen:
                body["__setattr__"] = body["__delattr__"] = _refused
            body["__qualname__"] = cls.__qualname__
            first = body["__init__"]
            first.owner = type(cls)(cls.__name__, cls.__bases__, body)
            return first.owner

        return made

    def _first(rows, frozen, kw_only):
        def first(self, *args, **kwargs):
            """Fill the first instances as they come: most classes have no more. For others compile what does."""
            owner = first.owner  # another thread may be here at the same time, and replace it meanwhile
            first.left -= 1
            if first.left < 0 or (args and kw_only) or not _filled(self, rows, args, kwargs):
                owner.__init__ = _initializer(owner, rows, frozen, kw_only)
                owner.__init__(self, *args, **kwargs)

        first.left = _FEW
        return first

    def _filled(value, rows, args, kwargs):
        """Give an instance its fields; returns whether that went well, else the compiled way says what is wrong."""
        given = {**{row.name: item for row, item in zip(rows, args, strict=False)}, **kwargs}
        for row in rows:
            item = given.pop(row.name, row.default)
            if item is MISSING and row.default_factory is not MISSING:
                item = row.default_factory()
            if item is MISSING:
                return False
            object.__setattr__(value, row.name, item)
        return not given and len(args) <= len(rows) and kwargs.keys().isdisjoint(row.name for row in rows[: len(args)])

    def _initializer(owner, rows, frozen, kw_only):
        known = {"MISSING": MISSING}
        heads, lines = ["self"] + ["*"] * kw_only, []
        for number, row in enumerate(rows):
            name = row.name
            head, given = name, name
            if row.default_factory is not MISSING:
                known[f"factory{number}"] = row.default_factory
                head, given = f"{name}=MISSING", f"factory{number}() if {name} is MISSING else {name}"
            elif row.default is not MISSING:
                known[f"default{number}"] = row.default
                head = f"{name}=default{number}"
            heads.append(head)
            if frozen:  # the slot's own setter: past the __setattr__ that refuses
                known[f"set{number}"] = getattr(owner, name).__set__
                lines.append(f" set{number}(self, {given})")
            else:
                lines.append(f" self.{name} = {given}")
        exec(  # noqa: S102 - names of fields only
            f"def __init__({', '.join(heads)}):\n" + "\n".join(lines or [" pass"]), known
        )
        known["__init__"].__qualname__ = f"{owner.__qualname__}.__init__"
        return known["__init__"]

    def _equal(key):
        def equal(self, other):
            if other.__class__ is not self.__class__:
                return NotImplemented
            return self is other or key(self) == key(other)

        return equal

    def _compared(key, name):
        def compared(self, other):
            if other.__class__ is not self.__class__:
                return NotImplemented
            return getattr(key(self), name)(key(other))

        return compared

    def _hashed(key):
        return lambda self: hash(key(self))

    def _repr(self):
        shown = ", ".join(f"{row.name}={getattr(self, row.name)!r}" for row in self.__value_fields__ if row.repr)
        return f"{type(self).__qualname__}({shown})"

    def _refused(self, name, *_value):
        raise AttributeError(f"a {type(self).__name__} cannot be changed: {name}")

    class _Named(type):
        """Makes the classes below: what makes an instance is compiled when there have been a few."""

        def __new__(cls, name, bases, body):
            body["__slots__"] = ()
            made = super().__new__(cls, name, bases, body)
            names = made._fields = made.__match_args__ = tuple(made.__annotations__)
            made._field_defaults = {item: body[item] for item in names if item in body}
            for place, item in enumerate(names):
                setattr(made, item, _item(place, ""))
            made.__new__ = _first_tuple(made)
            return made

    def _item(place, _words):
        return property(itemgetter(place))

    with suppress(ImportError):
        from _collections import _tuplegetter as _item  # as the standard library has it: faster

    def _first_tuple(owner):
        def first(_cls, *args, **kwargs):
            """Make the first instances of what comes. For others, and to say what is wrong, compile what does."""
            first.left -= 1
            names, defaults = owner._fields, owner._field_defaults
            given = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
            once = len(args) <= len(names) and kwargs.keys().isdisjoint(names[: len(args)])
            if first.left >= 0 and once and given.keys() == set(names):
                return tuple.__new__(_cls, map(given.__getitem__, names))
            known = {f"_default{number}": defaults.get(name) for number, name in enumerate(names)}
            heads = [f"{name}=_default{number}" if name in defaults else name for number, name in enumerate(names)]
            known["_new"] = tuple.__new__
            items = "".join(f"{name}, " for name in names)
            exec(f"def __new__(_cls, {', '.join(heads)}): return _new(_cls, ({items}))", known)  # noqa: S102 - field names
            known["__new__"].__qualname__ = f"{owner.__qualname__}.__new__"
            owner.__new__ = known["__new__"]
            return owner(*args, **kwargs)

        first.left = _FEW
        return first

    class NamedTuple(tuple, metaclass=_Named):  # noqa: SLOT001 - the metaclass does
        """A tuple whose items have names: see :class:`typing.NamedTuple`."""

        __annotations__ = {}

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, /, **changes):
            return type(self)(**{**self._asdict(), **changes})

        def __repr__(self):
            shown = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({shown})"

        def __getnewargs__(self):
            return tuple(self)


def is_value(thing: object) -> bool:
    """Whether something is an instance of such a class."""
    return not isinstance(thing, type) and hasattr(thing, "__value_fields__")


def plain(value: Any) -> dict[str, Any]:
    """The fields of an instance by name; values within it stay values."""
    return {row.name: getattr(value, row.name) for row in fields(value)}
