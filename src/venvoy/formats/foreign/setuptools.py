"""setup.cfg and the static parts of setup.py; nothing is run.

Source: "Configuring setuptools using setup.cfg files" and "Keywords" in setuptools' documentation.
"""

from __future__ import annotations

import ast
import re
import warnings

from venvoy.errors import Problem
from venvoy.formats import requirements_txt
from venvoy.formats.foreign.found import PROJECT, Basket, both, from_item
from venvoy.model.names import canonicalize_name
from venvoy.model.requirement import Origin
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvoy.formats.foreign.found import Found

_STATIC = ("name", "version", "description")
_LISTS = {"install_requires": PROJECT, "tests_require": Origin("group", "test")}
_DEEPEST = 20
"""How many names may stand for one another."""
_LIKE = frozenset({"list", "tuple", "set", "sorted"})
_KEYS = (*_LISTS, "extras_require", "python_requires")


def read_cfg(text: str, file: str, read: Callable[[str], bytes]) -> Found:
    """What setup.cfg says; files that it names with ``file:`` are read too.

    Raises:
        Problem: import-invalid, when it is no such file.
    """
    import configparser  # noqa: PLC0415 - 5 ms, only for this kind of file

    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#", ";"), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names of extras keep their capitals
    try:
        parser.read_string(text.removeprefix("\ufeff"), file)
    except configparser.Error as error:
        raise Problem(
            "import-invalid",
            f"{file} cannot be read as a setup.cfg.",
            why=" ".join(str(error).split()),
            fix=("Correct the line, then try again.",),
            where=f"{file}:{getattr(error, 'lineno', 1)}",
        ) from error
    basket = Basket("setuptools", file)
    for key in _STATIC:
        value = parser.get("metadata", key, fallback="").strip()
        if value and not value.startswith(("attr:", "file:")):
            basket.facts[key] = value
        elif value:
            basket.leave(f"{key} = {value}", "it is computed when the project is built")
    _python(basket, parser.get("options", "python_requires", fallback=""))
    for key, table in _LISTS.items():
        _texts(basket, table, parser.get("options", key, fallback=""), read)
    extras = parser["options.extras_require"] if parser.has_section("options.extras_require") else {}
    for name, value in extras.items():
        _texts(basket, Origin("extra", canonicalize_name(name)), value, read)
    for key in ("setup_requires", "dependency_links"):
        if value := parser.get("options", key, fallback="").strip():
            why = (
                "what a build needs belongs into [build-system]" if key == "setup_requires" else "no tool follows them"
            )
            basket.leave(f"{key} = {', '.join(value.split())}", why)
    return basket.done()


def _python(basket: Basket, text: str) -> None:
    if text.strip():
        basket.facts |= {
            "requires_python": re.sub(r"\s", "", text).strip(","),
            "python_before": f"python_requires = {text.strip()}",
        }


def _texts(basket: Basket, table: Origin, value: str, read: Callable[[str], bytes]) -> None:
    value = value.strip()
    if value.startswith("file:"):
        for name in value.removeprefix("file:").replace(",", "\n").split():
            path = requirements_txt.beside(basket.file, name)
            for item in requirements_txt.parse(path, read).requirements:
                from_item(basket, item, table)
        return
    for line in re.split(r"[\n]", value):
        _line(basket, table, line)


def _line(basket: Basket, table: Origin, line: str) -> None:
    """One requirement; setuptools lets a comment stand behind it."""
    text = re.sub(r"(^|\s)#.*$", "", line).strip().rstrip(",")
    if not text:
        return
    try:
        found = requirements_txt.parse(basket.file, lambda _: text.encode())
    except Problem as problem:
        basket.leave(text, problem.why.partition("\n")[0])
        return
    for item in found.requirements:
        from_item(basket, item, table)


class _Unknown(Exception):  # noqa: N818 - not an error: a value that only running the file would give
    """A value that does not stand in the file; ``line`` is where it is computed, ``names`` the files it mentions."""

    def __init__(self, node: ast.AST) -> None:
        super().__init__()
        self.line: int = getattr(node, "lineno", 0)


def read_py(text: str, file: str) -> Found:
    """What setup.py says in plain words: texts, lists, tables, and names that stand for these.

    Raises:
        Problem: import-invalid, when it is no Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of its style
            tree = ast.parse(text.removeprefix("\ufeff"), file)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise Problem(
            "import-invalid",
            f"{file} is not a Python 3 file.",
            why=f"{getattr(error, 'msg', error)}.",
            fix=("Write its install_requires into a requirements file, one a line, and import that.",),
            where=f"{file}:{line}",
        ) from error
    basket = Basket("setuptools", file)
    call = next(filter(_is_setup, ast.walk(tree)), None)
    if not isinstance(call, ast.Call):
        basket.remarks.append(f"{file} calls no setup(): it says nothing about dependencies.")
        return basket.done()
    reader = _Static(tree)
    words = reader.keywords(call, basket)
    for key in _STATIC:
        value = words.get(key)
        if isinstance(value, ast.AST):
            fact = reader.attempt(value)
            if isinstance(fact, str):
                basket.facts[key] = fact
    _take(basket, reader, words, "python_requires", lambda value: _python(basket, str(value)))
    for key, table in _LISTS.items():
        _take(basket, reader, words, key, lambda value, table=table: _list(basket, table, value))  # type: ignore[misc]
    for key, part in reader.rows(words.get("extras_require")):
        label = f"extras_require[{key!r}]" if key else "extras_require"
        _take(
            basket,
            reader,
            {label: part},
            label,
            lambda value, key=key: _extras(basket, {key: value} if key else value),  # type: ignore[misc]
        )
    if "setup_requires" in words:
        basket.leave("setup_requires", "what a build needs belongs into [build-system]")
    return basket.done()


def _is_setup(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    return (isinstance(function, ast.Name) and function.id == "setup") or (
        isinstance(function, ast.Attribute) and function.attr == "setup"
    )


def _take(basket: Basket, reader: _Static, words: dict[str, ast.AST], key: str, use: Callable[[object], None]) -> None:
    if key not in words:
        return
    try:
        value = reader.value(words[key])
    except _Unknown as unknown:
        pieces = reader.parts(words[key]) if key != "extras_require" else ()
        parts = [(part, reader.attempt(part)) for part in pieces]
        known = [each for _, found in parts for each in (found if isinstance(found, list) else [found]) if each]
        if known:
            use(known)
            for part in (part for part, found in parts if found is None):
                basket.leave(f"{key}: {ast.unparse(part)}", _computed(getattr(part, "lineno", unknown.line)))
            return
        mentioned = reader.files(words[key])
        hint = f"; it mentions {mentioned[0]}, which can be imported itself" if mentioned else ""
        basket.leave(key, f"{_computed(unknown.line)}{hint}")
    else:
        use(value)


def _computed(line: int) -> str:
    return f"it is computed when setup.py runs (line {line})"


def _list(basket: Basket, table: Origin, value: object) -> None:
    lines = value.splitlines() if isinstance(value, str) else value
    for line in lines if isinstance(lines, (list, tuple, set)) else ():
        _line(basket, table, str(line))


def _extras(basket: Basket, value: object) -> None:
    for name, items in value.items() if isinstance(value, dict) else ():
        extra, _, condition = str(name).partition(":")
        table = Origin("extra", canonicalize_name(extra)) if extra else PROJECT
        lines = items.splitlines() if isinstance(items, str) else items
        for line in lines if isinstance(lines, (list, tuple, set)) else ():
            front, _, marker = str(line).partition(";")
            _line(basket, table, f"{front.strip()} ; {both(condition, marker.strip())}" if condition else str(line))


class _Static:
    """Gives the value of what stands in a module in plain words."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._names: dict[str, ast.AST | None] = {}
        self._grown: dict[str, list[ast.AST]] = {}
        self._functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        local = {part for function in self._functions.values() for part in ast.walk(function)}
        for node in ast.walk(tree):  # statements of the module itself come first
            if node not in local:
                self._grow(node)
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
                targets = [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    # A name that gets its value twice, or bit by bit, has none that could be read here.
                    once = target.id not in self._names and not isinstance(node, ast.AugAssign)
                    self._names[target.id] = getattr(node, "value", None) if once else None

    def _grow(self, node: ast.AST) -> None:
        """Note what a name is made of when it gets its value bit by bit."""
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            target, more = (node.targets[0] if isinstance(node, ast.Assign) else node.target), node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            target, more = node.func.value, node
        else:
            return
        if isinstance(target, ast.Name):
            own = node in self._tree.body and (isinstance(node, ast.AugAssign) or target.id not in self._grown)
            self._grown.setdefault(target.id, []).append(more if own else node)

    def parts(self, node: ast.AST, depth: int = 0) -> list[ast.AST]:
        """What a list is made of, item by item, and what may be done to it; a list of itself when it is none."""
        inner: list[ast.AST] = []
        if depth > _DEEPEST or self.attempt(node) is not None:
            return [node]
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            inner = [*node.elts]
        elif isinstance(node, ast.Starred):
            inner = [node.value]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            inner = [node.left, node.right]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _LIKE:
            inner = [*node.args[:1]]
        elif isinstance(node, ast.Name):
            inner = self._grown.get(node.id, [])
        return [part for each in inner for part in self.parts(each, depth + 1)] or [node]

    def keywords(self, call: ast.Call, basket: Basket) -> dict[str, ast.AST]:
        """The arguments of a call by name; those of ``**name`` too, as far as it is a table."""
        words: dict[str, ast.AST] = {}
        for keyword in call.keywords:
            if keyword.arg:
                words[keyword.arg] = keyword.value
                continue
            table = self._names.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
            if isinstance(table, ast.Dict):
                pairs = zip(table.keys, table.values, strict=True)
                words |= {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}
            elif isinstance(table, ast.Call) and isinstance(table.func, ast.Name) and table.func.id == "dict":
                words |= {word.arg: word.value for word in table.keywords if word.arg}
            else:
                basket.leave(f"**{ast.unparse(keyword.value)}", _computed(call.lineno))
            if isinstance(keyword.value, ast.Name):
                words |= self._put_later(keyword.value.id, basket)
        return words

    def _put_later(self, name: str, basket: Basket) -> dict[str, ast.AST]:
        """What a table is given under a key later on: once, and whatever happens; other changes are left, and told."""
        words: dict[str, ast.AST] = {}
        for node in ast.walk(self._tree):  # statements of the module itself come first
            place: ast.AST | None = None
            if isinstance(node, ast.Assign):
                place = node.targets[0]
            elif isinstance(node, ast.AugAssign):
                place = node.target
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                place = node.func.value
            if not (isinstance(place, ast.Subscript) and isinstance(place.value, ast.Name) and place.value.id == name):
                continue
            key = place.slice.value if isinstance(place.slice, ast.Constant) else None
            if isinstance(node, ast.Assign) and node in self._tree.body and key not in words:
                words[str(key)] = node.value
            elif key in _KEYS:
                basket.leave(f"{key}: {ast.unparse(node)}", _computed(place.lineno))
        return words

    def rows(self, node: ast.AST | None) -> list[tuple[str, ast.AST]]:
        """The rows of a table that stands in plain words, else the whole without a key; nothing where there is none."""
        table = self._names.get(node.id) if isinstance(node, ast.Name) else node
        if isinstance(table, ast.Dict) and all(isinstance(key, ast.Constant) and key.value for key in table.keys):
            return [(str(self.value(key)), value) for key, value in zip(table.keys, table.values, strict=True)]
        return [("", node)] if node is not None else []

    def attempt(self, node: ast.AST) -> object:
        """A value, None when it is computed."""
        try:
            return self.value(node)
        except _Unknown:
            return None

    def value(self, node: ast.AST | None, depth: int = 0) -> object:  # noqa: C901, PLR0911, PLR0912 - a case for each kind of value
        """A value.

        Raises:
            _Unknown: it is computed.
        """
        if node is None or depth > _DEEPEST:
            raise _Unknown(self._tree)
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            items: list[object] = []
            for element in node.elts:
                if isinstance(element, ast.Starred):
                    more = self.value(element.value, depth + 1)
                    items += more if isinstance(more, list) else []
                else:
                    items.append(self.value(element, depth + 1))
            return items
        if isinstance(node, ast.Dict):
            return self._table(node, depth)
        if isinstance(node, ast.Name):
            found = self._names.get(node.id)
            if found is None:
                raise _Unknown(node)
            return self.value(found, depth + 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
            if isinstance(left, list) and isinstance(right, list):
                return left + right
            if isinstance(left, str) and isinstance(right, str):
                return left + right
        if isinstance(node, ast.Subscript):
            whole, key = self.value(node.value, depth + 1), self.value(node.slice, depth + 1)
            if isinstance(whole, dict) and key in whole:
                return whole[key]
        raise _Unknown(node)

    def _table(self, node: ast.Dict, depth: int) -> dict[object, object]:
        table: dict[object, object] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                more = self.value(value, depth + 1)
                table |= more if isinstance(more, dict) else {}
            else:
                table[str(self.value(key, depth + 1))] = self.value(value, depth + 1)
        return table

    def files(self, node: ast.AST) -> list[str]:
        """Names of text files that a computed value mentions, or the names it is made of do."""
        found: list[str] = []
        todo, seen = [node], set[str]()
        while todo:
            for part in ast.walk(todo.pop()):
                text = part.value if isinstance(part, ast.Constant) else None
                if isinstance(text, str) and re.fullmatch(r"[^\s.][^\s]*\.(?:txt|in)", text):
                    found.append(text)
                elif isinstance(part, ast.Name) and part.id not in seen:
                    seen.add(part.id)
                    inner = self._functions.get(part.id) or self._names.get(part.id)
                    todo += [inner] if inner is not None else []
        return found
