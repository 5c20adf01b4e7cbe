"""Every regular expression of the product, and for each the input that would make it run away, from its own parse tree.

`re` backtracks, so a pattern takes more than linear time only where a repeat can begin, or can be given back, at many
places. Inputs are therefore built around each repeat: a shortest way to it, its body many times, and an end that fails;
and around each prefix of a shortest match, many times, for what search tries anew at every place.
"""

import ast
import importlib
import math
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

import streaklike
from streaklike.mail.bigrams import compile_term
from tests.unit.mail.growth import RanAway, hostile_text, limited

ANCHORED: Final = frozenset({"match", "fullmatch"})
FUNCTIONS: Final = frozenset({"search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"})
_OTHERS: Final = " \n\x00a1-_.:@<>\"'([=中"
ENDS: Final = ("", "\x00")
"""What follows a hostile text, so that what was begun fails."""

_ENOUGH: Final = 0.1
"""Seconds after which no worse text is looked for."""

_HANGING: Final = 0.4
"""Seconds after which a use of a pattern is stopped: what takes so long for a few thousand characters is exponential."""

_TERMS: Final = ("a", "志", "志工 會議", "a b", "a 志 b", "a " * 30)
_MOST_SAMPLES: Final = 6
_ITEMS: Final = 40
_IGNORED: Final = ("streaklike.demo", "streaklike.store.migrations")
"""The demo's Gmail reads mail that the demo wrote; migrations read none."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A pattern where it is used: `is_anchored` that it is matched at the start alone, never searched for."""

    name: str
    pattern: re.Pattern[Any]
    is_anchored: bool


def iter_probes() -> Iterator[Probe]:
    """Every pattern of the product's modules: compiled at module level, alone or in containers, or written in a call."""
    for path, module in _iter_modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        methods = _methods_by_name(tree)
        for name, value in vars(module).items():
            for number, pattern in enumerate(_patterns_in(value)):
                used = methods.get(name, set())
                yield Probe(f"{module.__name__}.{name}[{number}]", pattern, bool(used) and used <= ANCHORED)
        for node in ast.walk(tree):
            called = _called_on_re(node)
            if called in FUNCTIONS and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
                text = node.args[0].value
                yield Probe(f"{module.__name__}:{node.lineno}", re.compile(text), called in ANCHORED)
    for term in _TERMS:
        pattern = compile_term(term)
        assert pattern is not None
        yield Probe(f"compile_term({term[:10]!r})", pattern, is_anchored=False)


def list_unseen_calls() -> list[str]:
    """Calls of `re` whose pattern is put together inside of a function: no walk over modules finds those."""
    unseen = []
    for path, module in _iter_modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                unseen += [
                    f"{module.__name__}.{function.name}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Call)
                    and (
                        _called_on_re(node) == "compile"
                        or (_called_on_re(node) in FUNCTIONS and not isinstance(node.args[0], ast.Constant))
                    )
                ]
    return unseen


def _iter_modules() -> Iterator[tuple[Path, Any]]:
    for found in pkgutil.walk_packages(streaklike.__path__, "streaklike."):
        if found.name.startswith(_IGNORED) or found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        yield Path(str(module.__file__)), module


def _called_on_re(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value
        if isinstance(owner, ast.Name) and owner.id == "re":
            return node.func.attr
    return ""


def _methods_by_name(tree: ast.AST) -> dict[str, set[str]]:
    """How each module-level name is used: the methods called on it, and `search` where it is handed on."""
    methods: dict[str, set[str]] = {}
    called = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            methods.setdefault(node.value.id, set()).add(node.attr)
            called.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            methods.setdefault(node.id, set()).add("search")
    return {name: used - {"pattern"} for name, used in methods.items()}


def _patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _patterns_in(each)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from _patterns_in(each)


def hostile_units(pattern: re.Pattern[Any]) -> Sequence[tuple[str, str]]:
    """A start and what follows it many times, for this pattern."""
    tree = list(parser.parse(pattern.pattern, pattern.flags))
    sample = next(_samples(tree), "")
    units = {("", char) for char in dict.fromkeys(_letters(tree))}
    units |= {("", char) for char in _OTHERS}
    units |= {("", sample[:end]) for end in range(1, min(len(sample), 40) + 1)}
    for prefix, body in _repeats(tree, ""):
        units |= {
            (prefix, body),
            ("", prefix + body),
            (prefix, body + "\n"),
            (prefix + body, sample[:1] or "a"),
        }
        units |= {(prefix, char) for char in " \na1"}
    return sorted((start, unit) for start, unit in units if unit)


def _repeats(items: Sequence[Any], prefix: str) -> Iterator[tuple[str, str]]:
    """Each repeat beneath these items: the shortest text before it, and texts that its body takes."""
    for code, value in items:
        for body in _bodies(code, value):
            if code in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT} and value[1] > 1:
                yield from ((prefix, sample) for sample in islice(_samples(body), _MOST_SAMPLES))
            yield from _repeats(body, prefix)
        prefix += next(_samples([(code, value)]), "")


def _bodies(code: Any, value: Any) -> Iterator[list[Any]]:
    if code in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        yield list(value[2])
    elif code is op.SUBPATTERN:
        yield list(value[3])
    elif code is op.BRANCH:
        yield from (list(branch) for branch in value[1])
    elif code is op.ATOMIC_GROUP:
        yield list(value)
    elif code in {op.ASSERT, op.ASSERT_NOT}:
        yield list(value[1])


def _samples(items: Sequence[Any]) -> Iterator[str]:
    """Texts that these items match, the shortest kind first; look-arounds and back-references are passed over."""
    if not items:
        yield ""
        return
    for head in islice(_item_samples(*items[0]), _MOST_SAMPLES):
        for rest in islice(_samples(items[1:]), 1 if len(items) > 3 else 2):
            yield head + rest


def _item_samples(code: Any, value: Any) -> Iterator[str]:
    if code is op.LITERAL:
        yield chr(value)
    elif code in {op.NOT_LITERAL, op.IN, op.ANY}:
        matches = re.compile(_as_class(code, value), re.DOTALL)
        yield from (char for char in [*_class_letters(code, value), *_OTHERS] if matches.fullmatch(char))
    elif code in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        yield from (sample * value[0] for sample in _samples(list(value[2])))
    elif code is op.BRANCH:
        for branch in value[1]:
            yield from islice(_samples(list(branch)), 2)
    elif code in {op.SUBPATTERN, op.ATOMIC_GROUP}:
        yield from _samples(next(_bodies(code, value)))
    else:
        yield ""


_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _as_class(code: Any, value: Any) -> str:
    if code is op.ANY:
        return "."
    if code is op.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]"
    inside = ""
    for kind, each in value:
        if kind is op.NEGATE:
            inside += "^"
        elif kind is op.LITERAL:
            inside += re.escape(chr(each))
        elif kind is op.RANGE:
            inside += f"{re.escape(chr(each[0]))}-{re.escape(chr(each[1]))}"
        else:
            inside += _CATEGORIES[each]
    return f"[{inside}]"


def _class_letters(code: Any, value: Any) -> Iterator[str]:
    if code is op.IN:
        yield from (
            chr(each[0] if kind is op.RANGE else each)
            for kind, each in value
            if kind in {op.RANGE, op.LITERAL}
        )


def _letters(items: Sequence[Any]) -> Iterator[str]:
    for code, value in items:
        if code is op.LITERAL:
            yield chr(value)
        yield from islice(_class_letters(code, value), 4)
        for body in _bodies(code, value):
            yield from islice(_letters(body), _ITEMS)


def run(probe: Probe, text: str) -> None:
    """Use the pattern on the text as the product does: at its start, or everywhere."""
    said: Any = text if isinstance(probe.pattern.pattern, str) else text.encode("utf-8")
    if probe.is_anchored:
        probe.pattern.match(said)
        probe.pattern.fullmatch(said)
    else:
        for _ in probe.pattern.finditer(said):
            pass


def slowest_texts(probe: Probe, size: int, *, most: int = 2) -> list[tuple[float, Callable[[int], str]]]:
    """The hostile texts of this size that the pattern takes longest for: the seconds, and how to make each.

    The seconds are infinite where the pattern ran away and had to be stopped.
    """
    found: list[tuple[float, Callable[[int], str]]] = []
    for start, unit in hostile_units(probe.pattern):
        for end in ENDS:
            make = hostile_text(start, unit, end)
            text = make(size)
            before = time.process_time()
            try:
                with limited(_HANGING):
                    run(probe, text)
            except RanAway:
                return [(math.inf, make)]
            found.append((time.process_time() - before, make))
            if found[-1][0] > _ENOUGH:
                return found[-1:]
    return sorted(found, key=itemgetter(0), reverse=True)[:most]
