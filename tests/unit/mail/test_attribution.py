"""The line above a quote, where no `>` tells what is quoted (R25)."""

import pytest

from streaklike.mail.quotes import split_quotes

WHOLE = {
    "Gmail": "On Mon, Jan 5, 2026 at 3:04 PM Mei Lin <mei@ngo.example> wrote:\n\nold",
    "Gmail, wrapped": "On Mon, Jan 5, 2026 at 3:04 PM Mei Lin <mei@ngo.example>\nwrote:\n\nold",
    "wrapped within its date": "On Mon, 5 Jan\n2026, Ben Chen wrote:\n\nold",
    "Gmail, a space at its end": "On Mon, Jan 5, 2026 at 3:04 PM Mei Lin <mei@ngo.example> wrote: \n\nold",
    "Gmail zh-Hant": "小美 <mei@ngo.example> 於 2026年1月5日 週一 下午3:04寫道：\nold\nolder",
    "Gmail zh-Hant, wrapped": "小美 <mei@ngo.example> 於\n2026年1月5日 週一 下午3:04寫道：\n\nold",
    "zh-Hant, no time": "小美 <mei@ngo.example> 於 2026年1月5日 寫道：\nold",
    "zh-Hant, no address": "小美 於 2026年1月5日 下午3:04 寫道：\nold",
    "zh-Hans": "小美 <mei@ngo.example> 于2026年1月5日周一 15:04写道：\nold",
    "Japanese, no address": "2026年1月5日 15:04 小美さんは書きました:\nold",
    "Japanese": "2026年1月5日 15:04 小美 <mei@ngo.example>さんは書きました:\nold",
    "bare": "2026-01-05 15:04 GMT+08:00 Mei Lin <mei@ngo.example>:\n\nold",
    "bare, by day": "5/1/2026 15:04 Mei Lin <mei@ngo.example>:\n\nold",
    "marks further down": "On Mon, Jan 5, 2026 at 3:04 PM Mei <mei@ngo.example> wrote:\nold\n> older",
}


@pytest.mark.parametrize("form", WHOLE)
def test_R25_an_attribution_is_known_without_marks_below_it(form: str) -> None:
    for answer in ("好的，\n週六見。", "好的，週六見。\n請寄 <mei@ngo.example>", ""):
        split = split_quotes(f"{answer}\n{WHOLE[form]}" if answer else WHOLE[form])
        assert split.new == answer
        assert split.quoted.endswith(("old", "older"))


def test_R25_a_line_above_that_is_tied_to_nothing_stays_new() -> None:
    assert split_quotes("好的\n2026年1月5日 下午3:04 寫道：\nold").new == "好的"


@pytest.mark.parametrize(
    "text",
    [
        "On 5/1/2026 we meet at the gate\nAs I wrote, bring water",
        "報名請於 2026-01-05 前寄 <mei@ngo.example>：\n姓名\n電話",
        "On 2026-01-05 we met.\n\nBen wrote:\nlike this",
        "他於 2026 年的信中寫道：\n人生如戲",
    ],
)
def test_R25_a_date_an_address_or_a_word_alone_is_no_attribution(text: str) -> None:
    assert split_quotes(text).new == text


def test_R25_an_attribution_reaches_over_no_quote() -> None:
    split = split_quotes("On 2026-01-05 we met.\n> yes\nBen wrote:\nlike this")
    assert (split.new, split.quoted) == ("On 2026-01-05 we met.\nBen wrote:\nlike this", "> yes")


@pytest.mark.parametrize(
    ("above", "new"),
    [
        ("See you\nBen wrote:\n", "See you"),
        ("See you\nOn Monday Ben\nwrote:\n", "See you"),
        ("See you\nBen wrote:\n\n\n", "See you"),
        ("Ben wrote:\n", ""),
        ("See you\nBen wrote:\n\n\n\n", "See you\nBen wrote:"),
    ],
)
def test_R25_above_marks_fewer_signs_are_asked_for(above: str, new: str) -> None:
    assert split_quotes(f"{above}> old").new == new


def test_R25_a_long_paragraph_above_marks_is_no_attribution_however_it_ends() -> None:
    said = f"{'週六的淨灘活動照常舉行，' * 50}陳先生表示："
    assert split_quotes(f"{said}\n> old").new == said


def test_R25_an_attribution_is_taken_three_blank_lines_above_its_marks() -> None:
    split = split_quotes(f"See you\n{WHOLE['Gmail'].removesuffix('old')}\n\n> old")
    assert (split.new, split.quoted[:2]) == ("See you", "On")


def test_R25_a_quote_in_two_blocks_has_one_attribution() -> None:
    split = split_quotes("Here is what he said:\n\nBen Chen writes:\n> When?\n> At ten?\n\n> Where?")
    assert split.new == "Here is what he said:"
