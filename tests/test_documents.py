"""The documents say what the code does: their words, tables, commands and links are looked up."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TEXTS = [ROOT / "streaklike/web/texts/zh.toml", ROOT / "streaklike/wording/texts/zh.toml"]


def test_every_chinese_word_of_the_glossary_stands_on_a_page():
    shown = "".join(path.read_text("utf-8") for path in TEXTS)
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE
    )
    words = {
        word: one for word, chinese in rows if chinese not in {"–", "中文"} for one in chinese.split("、")
    }
    assert len(words) > 40
    assert {word: one for word, one in words.items() if one not in shown} == {}
