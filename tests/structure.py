"""The shape of the code in figures: `python -m tests.structure [FOLDER …]`, for streaklike where none is given.

Median and 90th percentile of lines a file and a function, distinct words in names, public class names with several
meanings, comment lines, and the share of definitions that are private. Give the checkout of another project to compare.
"""

import ast
import io
import re
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Shape(NamedTuple):
    """The figures of one tree; lengths are lines, shares are per cent."""

    files: int
    lines: int
    file_median: float
    file_90: float
    function_median: float
    function_90: float
    words: int
    ambiguous_classes: int
    comment_share: float
    private_share: float


def iter_sources(folder: Path) -> Iterator[Path]:
    """The Python files of a tree, migrations left out."""
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts and path.stat().st_size:
            yield path


def measure(folder: Path) -> Shape:
    """Read every file of the tree once."""
    files, functions, names, classes = [], [], set[str](), Counter[str]()
    comments = private = definitions = 0
    for path in iter_sources(folder):
        text = path.read_text("utf-8")
        files.append(text.count("\n"))
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, DEFINITIONS):
                continue
            names.add(node.name)
            if not node.name.startswith("__"):
                definitions += 1
                private += node.name.startswith("_")
            if isinstance(node, ast.ClassDef):
                classes[node.name] += not node.name.startswith("_")
            else:
                functions.append((node.end_lineno or node.lineno) - node.lineno + 1)
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments += sum(
            token.type == tokenize.COMMENT and token.line.strip().startswith("#") for token in tokens
        )
    words = {word.lower() for name in names for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return Shape(
        len(files),
        sum(files),
        statistics.median(files),
        _percentile(files),
        statistics.median(functions),
        _percentile(functions),
        len(words),
        sum(count > 1 for count in classes.values()),
        round(100 * comments / sum(files), 2),
        round(100 * private / definitions, 1),
    )


def _percentile(values: Sequence[int]) -> float:
    return statistics.quantiles(values, n=10)[-1]


def main(folders: Sequence[str]) -> None:
    shapes = [(folder, measure(Path(folder))) for folder in folders or ("streaklike",)]
    print(f"{'':20}" + "".join(f"{folder:>16}" for folder, _ in shapes))
    for place, field in enumerate(Shape._fields):
        print(f"{field:20}" + "".join(f"{shape[place]:>16}" for _, shape in shapes))


if __name__ == "__main__":
    main(sys.argv[1:])
