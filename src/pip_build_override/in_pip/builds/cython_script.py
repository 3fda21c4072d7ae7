"""What one script passes to Cython, read from it without running it.

Cython itself leaves no trace of most of it in what it generates. This module uses the standard library
only, and no pip.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Iterator

from .cython_calls import DIRECTIVE, INCLUDE, LEVEL, UNKNOWN, VARIABLE, Call, Calls, Options

# They say how a module is observed, and are often set for the author only.
_FOR_AUTHORS = frozenset(("linetrace", "profile", "emit_code_comments"))
_DIRECTIVES = ("compiler_directives", "cython_directives")
_VARIABLES = ("compile_time_env", "cython_compile_time_env")
_INCLUDES = ("include_path", "cython_include_dirs")
# Keywords of cythonize() that do not change what a module does, or that the generated file shows.
_NO_MATTER = frozenset(
    (
        *("module_list", "exclude", "aliases", "language", "cplus", "module_name", "create_extension"),
        *("annotate", "annotate_coverage_xml", "gdb_debug", "emit_linenums", "embed_pos_in_docstring"),
        *(
            "nthreads",
            "force",
            "quiet",
            "verbose",
            "exclude_failures",
            "show_all_warnings",
            "timestamps",
        ),
        *("build_dir", "output_dir", "output_file", "working_path", "cache", "cache_size", "depfile"),
        *("generate_pxi", "errors_to_stderr", "use_listing_file", "evaluate_tree_assertions"),
        *("relative_path_in_code_position_comments", "c_line_in_traceback"),
    )
)
# Those that other functions than cythonize() pass on to Cython, too.
_OF_CYTHON_ALONE = frozenset(
    (*_DIRECTIVES, *_VARIABLES, *_INCLUDES, LEVEL, "legacy_implicit_noexcept", "np_pythran")
)
# Attributes of Cython.Compiler.Options that only decide how Cython reports.
_REPORTING = frozenset(
    (
        *("annotate", "annotate_coverage_xml", "fast_fail", "warning_errors", "error_on_unknown_names"),
        *("error_on_uninitialized", "emit_code_comments", "gcc_branch_hints"),
    )
)
_ONLY_READING = ("copy", "get", "items", "keys", "values")
_DEFAULTS = ("directive_defaults", "_directive_defaults", "get_directive_defaults")
_COMMAND = re.compile(r"\bcython3?\b[^\n#]*\s(?:-X|-E|--directive|--compile-time-env)\b")


def calls_in_text(path: str, text: str) -> Calls:
    """Return the commands in a script that is not in Python.

    Args:
        path: Its path relative to the root.
        text: Its text.
    """
    lines = enumerate(text.replace("\\\n", "  ").splitlines(), 1)
    return Calls(tuple(_command(f"{path}:{number}") for number, line in lines if _COMMAND.search(line)))


def _command(place: str) -> Call:
    options = {f"{DIRECTIVE} ": UNKNOWN}
    return Call(f"the command cython in {place}", frozenset(), False, options)


class _Unknown(Exception):
    """A value is not written as a literal."""


class Script:
    """One Python script.

    Args:
        path: Its path relative to the root.
        text: Its text.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._values: dict[str, list[ast.expr]] = {}
        self._items: dict[str, list[ast.AST]] = {}
        self._aliases: dict[str, list[str]] = {}
        self._bound: set[str] = set()
        self._parents: dict[ast.AST, ast.AST] = {}
        try:
            self._nodes = list(ast.walk(ast.parse(text)))
        except (SyntaxError, ValueError):
            self._nodes = []
            self.calls = Calls((_command(path),))
            return
        for node in self._nodes:
            for child in ast.iter_child_nodes(node):
                self._parents[child] = node
        self._functions = {one.name for one in self._nodes if isinstance(one, ast.FunctionDef)}
        for node in self._nodes:
            self._note(node)
        self.calls = self._calls()

    def _note(self, node: ast.AST) -> None:
        """Note what gives a name its value."""
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and node.value is not None:
                    self._values.setdefault(target.id, []).append(node.value)
                    if isinstance(node.value, ast.Name):
                        self._aliases.setdefault(node.value.id, []).append(target.id)
                elif isinstance(target, ast.Subscript):
                    self._items.setdefault(_base(target.value), []).append(node)
                else:
                    self._bound.update(_names_in(target))
        elif isinstance(node, ast.AugAssign):
            self._items.setdefault(_base(node.target), []).append(node)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._items.setdefault(_base(target), []).append(node)
        elif isinstance(node, (ast.For, ast.comprehension)):
            self._bound.update(_names_in(node.target))
        elif isinstance(node, ast.arg):
            self._bound.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._bound.update(one.asname or one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.Call) and _last(node.func) in self._functions:
            # It may change what it is given.
            for one in (*node.args, *(keyword.value for keyword in node.keywords)):
                self._items.setdefault(_base(one), []).append(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = node.func.value
            if isinstance(changed, ast.Name) and node.func.attr not in _ONLY_READING:
                self._items.setdefault(changed.id, []).append(node)

    def _place(self, node: ast.AST, what: str) -> str:
        return f"{what} in {self.path}:{getattr(node, 'lineno', 0)}"

    def _calls(self) -> Calls:
        defaults: list[Call] = []
        attributes: list[Call] = []
        functions: list[Call] = []
        extensions: list[Call] = []
        for node in self._nodes:
            if isinstance(node, ast.Call):
                name = _last(node.func)
                if name.endswith("Extension"):
                    extensions.append(self._of_extension(node, name))
                elif name == "cythonize" or any(one.arg in _OF_CYTHON_ALONE for one in node.keywords):
                    functions.append(self._of_function(node, name))
                elif name == "setattr" and len(node.args) == 3:
                    attributes += self._of_attribute(node, self._text_of(node.args[1]), node.args[2])
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Attribute):
                        attributes += self._of_attribute(node, target.attr, node.value)
                        defaults += self._of_options(node, target)
                    elif isinstance(target, ast.Subscript):
                        defaults += self._of_defaults(node, target)
            if isinstance(node, (ast.List, ast.Tuple, ast.Constant)) and _COMMAND.search(_joined(node)):
                defaults.append(_command(f"{self.path}:{node.lineno}"))
        return Calls(tuple(defaults), tuple(attributes), tuple(functions), tuple(extensions))

    def _of_extension(self, node: ast.Call, name: str) -> Call:
        settings: Options = {}
        for keyword in node.keywords:
            if keyword.arg in _OF_CYTHON_ALONE:
                self._add(settings, keyword.arg, keyword.value)
            elif keyword.arg is None:
                settings.update(self._of_keywords(keyword.value))
        names, is_closed = self._reached([node], frozenset())
        return Call(self._place(node, f"{name}()"), names, is_closed, settings)

    def _of_keywords(self, node: ast.expr) -> Options:
        """Return what of the ``**keywords`` of an extension module is not for the compiler."""
        settings: Options = {}
        given = self._or_unknown(node)
        if isinstance(given, dict):
            for keyword, value in given.items():
                if keyword in _OF_CYTHON_ALONE:
                    self._add_value(settings, keyword, value)
        elif any(_names_option(one) for one in self._nodes):
            settings["**"] = UNKNOWN
        return settings

    def _of_function(self, node: ast.Call, name: str) -> Call:
        settings: Options = {}
        is_cythonize = name == "cythonize"
        for keyword in node.keywords:
            if keyword.arg in _OF_CYTHON_ALONE or (is_cythonize and keyword.arg not in _NO_MATTER):
                self._add(settings, keyword.arg, keyword.value)
        listed = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "module_list")]
        names, is_closed = self._reached(listed if is_cythonize else [], frozenset())
        is_closed = is_closed and is_cythonize and bool(listed)
        return Call(self._place(node, f"{name}()"), names, is_closed, settings)

    def _of_attribute(self, node: ast.AST, name: str, value: ast.expr) -> Iterator[Call]:
        if name in _OF_CYTHON_ALONE:
            options: Options = {}
            self._add(options, name, value)
            if self._is_for_some(node):
                options = dict.fromkeys(options, UNKNOWN)
            yield Call(self._place(node, name), frozenset(), False, options)

    def _of_options(self, node: ast.Assign, target: ast.Attribute) -> Iterator[Call]:
        if _last(target.value) == "Options" and target.attr not in _REPORTING:
            options = {f"Options.{target.attr}": UNKNOWN}
            yield Call(self._place(node, "Cython.Compiler"), frozenset(), False, options)

    def _of_defaults(self, node: ast.Assign, target: ast.Subscript) -> Iterator[Call]:
        base = _base(target.value)
        given = [_last(value) for value in self._values.get(base, ())]
        if base in _DEFAULTS or any(name in _DEFAULTS for name in given):
            what, option_of = "directive_defaults", DIRECTIVE
        elif base in (*_DIRECTIVES, *_VARIABLES) and isinstance(target.value, ast.Attribute):
            what, option_of = base, DIRECTIVE if base in _DIRECTIVES else VARIABLE
        else:
            return
        options: Options = {}
        self._add_item(options, option_of, self._item_of(target), self._or_unknown(node.value))
        if self._is_conditional(node):
            options = dict.fromkeys(options, UNKNOWN)
        yield Call(self._place(node, what), frozenset(), False, options)

    def _add(self, options: Options, keyword: str | None, value: ast.expr) -> None:
        """Add what is passed by one keyword of a call."""
        given = self._or_unknown(value)
        if keyword is None:
            if not isinstance(given, dict):
                options["**"] = UNKNOWN
                return
            for name, each in given.items():
                self._add_value(options, str(name), each)
            return
        self._add_value(options, keyword, given)

    def _add_value(self, options: Options, keyword: str, given: Any) -> None:
        if keyword in _NO_MATTER or given is None:
            return
        if keyword in _DIRECTIVES or keyword in _VARIABLES:
            option_of = DIRECTIVE if keyword in _DIRECTIVES else VARIABLE
            if not isinstance(given, dict):
                options[f"{option_of} "] = UNKNOWN
                return
            for name, value in given.items():
                self._add_item(options, option_of, name, value)
        elif keyword in _INCLUDES:
            for path in given if isinstance(given, (list, tuple)) else ():
                options[f"{INCLUDE} {path}"] = path
        elif keyword == LEVEL:
            options[LEVEL] = given if given is UNKNOWN else str(given)
        elif given is not False:
            options[keyword] = UNKNOWN

    @staticmethod
    def _add_item(options: Options, option_of: str, name: Any, value: Any) -> None:
        if option_of == DIRECTIVE and name == LEVEL:
            if value is not None:
                options[LEVEL] = value if value is UNKNOWN else str(value)
        elif option_of == DIRECTIVE and name in _FOR_AUTHORS:
            return
        else:
            # Cython's command separates such values by commas.
            is_plain = isinstance(value, (str, bool, int)) and "," not in f"{name}{value}"
            shown = name if isinstance(name, str) else ""
            options[f"{option_of} {shown}"] = value if is_plain and shown else UNKNOWN

    def _text_of(self, node: ast.expr) -> str:
        value = self._or_unknown(node)
        return value if isinstance(value, str) else ""

    def _or_unknown(self, node: ast.expr) -> Any:
        try:
            return self._value(node, frozenset())
        except _Unknown:
            return UNKNOWN

    def _value(self, node: ast.expr, seen: frozenset[str]) -> Any:
        """Return the value of an expression; in a dictionary, that of a key may be ``UNKNOWN``.

        Raises:
            _Unknown: If it is not known.
        """
        if isinstance(node, ast.Name):
            return self._value_of_name(node.id, seen)
        if isinstance(node, ast.Dict):
            pairs = [(self._key(key, seen), value) for key, value in zip(node.keys, node.values)]
            return self._dictionary(pairs, seen)
        if isinstance(node, ast.Call) and _last(node.func) == "dict" and len(node.args) < 2:
            given: list[tuple[Any, ast.expr]] = [(None, one) for one in node.args]
            return self._dictionary([*given, *((one.arg, one.value) for one in node.keywords)], seen)
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, MemoryError, RecursionError):
            raise _Unknown from None

    def _key(self, key: ast.expr | None, seen: frozenset[str]) -> Any:
        return None if key is None else self._value(key, seen)

    def _dictionary(self, pairs: list[tuple[Any, ast.expr]], seen: frozenset[str]) -> dict[Any, Any]:
        values: dict[Any, Any] = {}
        for key, node in pairs:
            if key is None:
                more = self._value(node, seen)
                if not isinstance(more, dict):
                    raise _Unknown
                values.update(more)
                continue
            try:
                values[key] = self._value(node, seen)
            except _Unknown:
                values[key] = UNKNOWN
            except TypeError:
                raise _Unknown from None
        return values

    def _value_of_name(self, name: str, seen: frozenset[str]) -> Any:
        values = self._values.get(name, [])
        if name in seen or name in self._bound or len(values) != 1:
            raise _Unknown
        if any(self._items.get(alias) for alias in self._aliases.get(name, ())):
            raise _Unknown
        value = self._value(values[0], seen | {name})
        for node in self._items.get(name, ()):
            if not isinstance(value, dict):
                raise _Unknown
            value.update(self._changed(node, seen | {name}))
        return value

    def _changed(self, node: ast.AST, seen: frozenset[str]) -> dict[Any, Any]:
        """Return what is changed in a dictionary after it was made."""
        changed: dict[Any, Any] = {}
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript):
                    changed[self._item_of(target)] = self._or_unknown(node.value)
        elif isinstance(node, ast.Call) and _last(node.func) == "update" and len(node.args) < 2:
            given: list[tuple[Any, ast.expr]] = [(None, one) for one in node.args]
            changed = self._dictionary([*given, *((one.arg, one.value) for one in node.keywords)], seen)
        else:
            raise _Unknown
        return dict.fromkeys(changed, UNKNOWN) if self._is_conditional(node) else changed

    def _item_of(self, target: ast.Subscript) -> Any:
        index: Any = target.slice
        # Up to Python 3.8, it is wrapped.
        return self._or_unknown(
            getattr(index, "value", index) if type(index).__name__ == "Index" else index
        )

    def _above(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self._parents:
            node = self._parents[node]
            yield node

    def _is_conditional(self, node: ast.AST) -> bool:
        """Return whether a statement need not be run."""
        kinds = (ast.If, ast.Try, ast.FunctionDef, ast.While, ast.ExceptHandler, ast.IfExp)
        return any(isinstance(one, kinds) for one in self._above(node))

    def _is_for_some(self, node: ast.AST) -> bool:
        """Return whether an attribute is set for some extension modules only, as far as can be seen."""
        above = list(self._above(node))
        loops = [number for number, one in enumerate(above) if isinstance(one, ast.For)]
        inside = above[: loops[0]] if loops else []
        return any(isinstance(one, (ast.If, ast.Try)) for one in inside)

    def _reached(self, nodes: list[ast.expr], seen: frozenset[str]) -> tuple[frozenset[str], bool]:
        """Return the strings in a list of modules, and whether it contains nothing else."""
        names: set[str] = set()
        is_closed = True
        for node in nodes:
            inner: list[ast.expr] = []
            if isinstance(node, ast.Constant):
                names.update([node.value] if isinstance(node.value, str) else [])
            elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                inner = node.elts
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                inner = [node.left, node.right]
            elif isinstance(node, ast.Call) and _last(node.func).endswith("Extension"):
                named = [one.value for one in node.keywords if one.arg in ("name", "sources")]
                inner = [*node.args[:2], *named]
                is_closed = is_closed and None not in [one.arg for one in node.keywords]
            elif isinstance(node, ast.Call) and _is_join(node):
                names.add("/".join(_joined(part) for part in node.args))
            elif isinstance(node, ast.Name) and node.id not in seen | self._bound:
                inner = list(self._values.get(node.id, ()))
                is_closed = is_closed and bool(inner)
                for change in self._items.get(node.id, ()):
                    if isinstance(change, ast.AugAssign):
                        inner.append(change.value)
                    elif isinstance(change, ast.Call):
                        inner += change.args
                    else:
                        is_closed = False
                more = self._reached(inner, seen | {node.id})
                names, is_closed, inner = names | more[0], is_closed and more[1], []
            else:
                is_closed = False
                strings = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
                names.update(one for one in strings if isinstance(one, str))
            if inner:
                more = self._reached(inner, seen)
                names, is_closed = names | more[0], is_closed and more[1]
        return frozenset(names), is_closed


def _last(node: ast.AST) -> str:
    """Return the last part of a dotted name, or of the name of the function that is called."""
    if isinstance(node, ast.Call):
        return _last(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _base(node: ast.AST) -> str:
    return _base(node.value) if isinstance(node, ast.Subscript) else _last(node)


def _names_option(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value in _OF_CYTHON_ALONE
    return isinstance(node, ast.keyword) and node.arg in _OF_CYTHON_ALONE


def _names_in(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        # The object of an attribute keeps its value.
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id


def _is_join(node: ast.Call) -> bool:
    literal = all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in node.args)
    return _last(node.func) == "join" and len(node.args) > 1 and literal


def _joined(node: ast.AST) -> str:
    """Return the strings in a literal as one line."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return " ".join(map(_joined, node.elts)) if isinstance(node, (ast.List, ast.Tuple)) else ""
