"""The house guards itself: layers, documents and names that must stay true."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from streaklike.settings import Settings

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "streaklike"
SOURCES = sorted(HOUSE.rglob("*.py"))
FOLDERS = sorted(path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists())
CORE = ("mail", "people", "cadence", "boxes", "sync", "gmail", "store")


def test_imports_go_one_way():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_is_documented_with_its_default():
    rows = dict(
        re.findall(
            r"^\| `(STREAKLIKE_\w+)` \| (.+?) \|",
            (ROOT / "docs/settings.md").read_text("utf-8"),
            re.MULTILINE,
        )
    )
    fields = Settings.model_fields
    assert set(rows) == {f"STREAKLIKE_{name.upper()}" for name in fields}
    for name, field in fields.items():
        if field.default_factory is not None:  # found when it is asked for, and told in words
            assert rows[f"STREAKLIKE_{name.upper()}"] != "empty"
            continue
        default = field.get_default()
        shown = ", ".join(default) if isinstance(default, tuple) else str(default)
        assert rows[f"STREAKLIKE_{name.upper()}"] == (f"`{shown}`" if shown else "empty")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_stands_in_the_picture(folder: str):
    assert f"`{folder}/`" in (ROOT / "docs/architecture.md").read_text("utf-8")


def test_only_entry_points_commit():
    offenders = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if path.relative_to(ROOT / "streaklike").parts[0] not in {"store", "jobs", "cli", "app.py"}
        and re.search(r"\.(commit|rollback)\(\)", path.read_text("utf-8"))
    ]
    assert offenders == []


def test_no_template_trusts_what_comes_from_mail():
    for path in (ROOT / "streaklike").rglob("*"):
        if path.suffix in {".html", ".js", ".py"} and path.is_file():
            text = path.read_text("utf-8")
            assert "|safe" not in text.replace(" ", ""), path
            assert "innerHTML" not in text, path
            assert "Markup(" not in text, path


def test_every_public_function_of_the_core_says_what_it_does():
    silent = [
        f"{path.relative_to(HOUSE)}:{node.name}"
        for folder in CORE
        for path in sorted((HOUSE / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


FOLDERS_OF_CODE = ("streaklike", "gmail_emulator", "demo_story", "tests")
NAMED_BY_OTHERS = frozenset({"_at", "old_", "api_endpoint", "optimize", "search_terms_with", "R44_to_R47"})
"""Parts of names, names of libraries and of SQL functions, patterns of test names."""

RETIRED = frozenset(
    [
        "acquaintance",
        "among",
        "bequeath",
        "circles",
        "clockwork",
        "deed",
        "deeds",
        "desk",
        "dice",
        "filed",
        "heir",
        "heirs",
        "horizon",
        "nature",
        "parting",
        "reel",
        "roster",
        "standing",
        "standings",
        "succession",
        "talk",
        "talks",
        "turned",
        "voice",
        "wish",
        "wishes",
    ]
)
"""Words of an older vocabulary; docs/glossary.md and the field's own terms stand in their place."""


def _list_classes() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(path.relative_to(HOUSE).as_posix())
    return found


def test_each_public_class_name_means_one_thing():
    assert {name: files for name, files in _list_classes().items() if len(files) > 1} == {}


def _list_words(path: Path) -> set[str]:
    """The words of every identifier of a file."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    return {word.lower() for name in names for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def test_no_name_uses_a_retired_word():
    sources = [path for path in SOURCES if "migrations" not in path.parts]
    found = {path.relative_to(HOUSE).as_posix(): sorted(_list_words(path) & RETIRED) for path in sources}
    assert {file: words for file, words in found.items() if words} == {}


def test_names_in_docstrings_and_comments_exist():
    """A rename that forgets a sentence leaves a name in backticks that nothing bears."""
    suffixes = {".py", ".html", ".toml", ".js", ".css", ".txt"}
    paths = [path for folder in FOLDERS_OF_CODE for path in sorted((ROOT / folder).rglob("*"))]
    texts = {path: path.read_text("utf-8") for path in paths if path.suffix in suffixes}
    borne = {word for text in texts.values() for word in re.findall(r"\w+", re.sub(r"`[^`\n]+`", "", text))}
    unknown = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, text in texts.items()
        if path.suffix == ".py" and "migrations" not in path.parts
        for name in re.findall(r"`([A-Za-z_][\w.]*)`", text)
        if name.rpartition(".")[2] not in borne | NAMED_BY_OTHERS
    ]
    assert unknown == []
