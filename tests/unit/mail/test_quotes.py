"""New text and quoted text told apart."""

import pytest

from streaklike.mail.quotes import split_quotes

REPLIES = {
    "Gmail": "On Mon, Jan 5, 2026 at 3:04 PM Mei Lin <mei@ngo.example> wrote:\n\n> old\n",
    "Gmail, wrapped": "On Mon, Jan 5, 2026 at 3:04 PM Mei Lin <mei@ngo.example>\nwrote:\n\n> old\n",
    "Gmail, wrapped earlier": "On Mon, Jan 5, 2026 at 3:04 PM Mei Lin with a long name <\nmei@ngo.example> wrote:\n> old",
    "Gmail zh-Hant": "小美 <mei@ngo.example> 於 2026年1月5日 週一 下午3:04寫道：\n\n> old\n",
    "Gmail zh-Hant, wrapped": "小美窗口 <mei.lin.volunteers@ngo.example> 於\n2026年1月5日 週一 下午3:04寫道：\n\n> old",
    "Gmail zh-Hant, no marks": "小美 <mei@ngo.example> 於 2026年1月5日 週一 下午3:04寫道：\n\nold\n\nolder",
    "Gmail zh-Hans": "小美 <mei@ngo.example> 于2026年1月5日周一 15:04写道：\n\n> old",
    "Outlook": "-----Original Message-----\nFrom: Ben\nSent: Monday\nTo: x\nSubject: y\n\nold",
    "Outlook zh-Hant": "-----原始郵件-----\n寄件者: 小美 [mailto:mei@ngo.example]\n寄件日期: 2026年1月5日\n收件者: x\n主旨: y\n\nold",
    "Outlook, bare": "From: Ben <b@c.example>\nSent: Monday, January 5, 2026 3:04 PM\nTo: x\nSubject: y\n\nold",
    "Outlook zh-Hant, bare": "寄件者: 小美 <mei@ngo.example>\n寄件日期: 2026年1月5日\n收件者: x\n主旨: y\n\nold",
    "Outlook zh-Hant, full width": "寄件者： 小美 <mei@ngo.example>\n寄件日期： 2026年1月5日\n收件者： x\n主旨： y\n\nold",
    "Outlook zh-Hans": "发件人: Ben <b@c.example>\n发送时间: 2026年1月5日 15:04\n收件人: x\n主题: y\n\nold",
    "Outlook, rule": "________________________________\nFrom: Ben <b@c.example>\nSent: Monday\nTo: x\nSubject: y\n\nold",
    "Outlook, bold": "*From:* Ben <b@c.example>\n*Sent:* Monday\n*To:* x\n*Subject:* y\n\nold",
    "Apple": "> On 5 Jan 2026, at 15:04, Ben <b@c.example> wrote:\n> \n> old\n",
    "Apple zh-Hant": "> 小美 <mei@ngo.example> 於 2026年1月5日 下午3:04 寫道：\n> \n> old",
    "Apple zh-Hans": "> 在 2026年1月5日，下午3:04，小美 <mei@ngo.example> 写道：\n> \n> old",
    "QQ": '------------------ 原始邮件 ------------------\n发件人: "Ben" <b@c.example>;\n发送时间: 2026年1月5日\n收件人: "x";\n主题: y\n\nold',
    "Yahoo zh-Hant": "在 2026年1月5日 星期一 下午03:04:05 [GMT+8]， 小美<mei@ngo.example> 寫道：\n\n  old",
    "Thunderbird de": "Am 05.01.26 um 15:04 schrieb Ben Chen:\n> old",
    "Thunderbird fr": "Le 05/01/2026 à 15:04, Ben a écrit :\n> old",
    "Emacs": "Ben Chen <b@c.example> writes:\n> old",
    "only marks": "> old\n> older",
}  # fmt: skip


@pytest.mark.parametrize("form", REPLIES)
def test_R25_the_answer_above_a_quote(form: str) -> None:
    split = split_quotes(f"好的，週六見。\n\nBen\n\n{REPLIES[form]}")
    assert split.new == "好的，週六見。\n\nBen"
    assert "old" in split.quoted
    assert split.forwarded is None


@pytest.mark.parametrize("form", ["Gmail", "Gmail zh-Hant", "Apple", "Emacs", "Thunderbird de"])
def test_R25_the_answer_below_a_quote(form: str) -> None:
    split = split_quotes(f"{REPLIES[form].rstrip()}\n\n好的，週六見。\n-- \nBen")
    assert split.new == "好的，週六見。\n-- \nBen"
    assert "old" in split.quoted


def test_R25_answers_in_between_stay_new() -> None:
    split = split_quotes(
        "On Mon, Jan 5, 2026 at 3:04 PM Mei <m@x.example> wrote:\n> 幾點？\n\n十點\n\n> 在哪？\n大門口\n"
    )
    assert split.new == "十點\n\n大門口"
    assert "> 幾點？" in split.quoted
    assert "> 在哪？" in split.quoted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "他在2020年的書中寫道：\n「人生如戲」\n結束",
        "From: my heart\nTo: yours\nLove",
        "He wrote:\nfoo",
        "From: Ben\n\nJust a line that begins so.",
        "集合時間：10:00\n地點：大門口",
        "a\n----\nb\n____\nc",
        "主旨: 說明\n日期: 週六",
        "On Monday we wrote:\nnothing",
        "1 > 0",
    ],
)
def test_R25_text_that_quotes_nothing_stays_whole(text: str) -> None:
    split = split_quotes(text)
    assert (split.new, split.quoted) == (text, "")


FORWARDS = {
    "Gmail": "---------- Forwarded message ---------\nFrom: 陳大文 <chen@donor.example>\nDate: Mon, Jan 5\nSubject: 捐款收據\nTo: <mei@ngo.example>\n\n原文",
    "Gmail zh-Hant": "---------- Forwarded message ---------\n寄件者： 陳大文 <chen@donor.example>\nDate: Mon, Jan 5\nSubject: 捐款收據\nTo: <mei@ngo.example>\n\n原文",
    "Gmail zh-Hans": "---------- Forwarded message ---------\n发件人： 陳大文 <chen@donor.example>\nDate: Mon, Jan 5\nSubject: 捐款收據\nTo: <mei@ngo.example>\n\n原文",
    "Thunderbird zh-Hant": "-------- 轉寄郵件 --------\n主旨: 捐款收據\n日期: Mon, Jan 5\n寄件者: 陳大文 <chen@donor.example>\n收件者: mei@ngo.example\n\n原文",
    "Apple": "Begin forwarded message:\n\nFrom: 陳大文 <chen@donor.example>\nSubject: 捐款收據\nDate: Mon, Jan 5\nTo: mei@ngo.example\n\n原文",
    "Apple, quoted": "> Begin forwarded message:\n> \n> From: 陳大文 <chen@donor.example>\n> Subject: 捐款收據\n> Date: Mon, Jan 5\n> To: x\n> \n> 原文",
    "Apple zh-Hant": "開始轉寄郵件：\n\n寄件者： 陳大文 <chen@donor.example>\n主旨： 捐款收據\n日期： Mon, Jan 5\n收件者： mei@ngo.example\n\n原文",
}  # fmt: skip


@pytest.mark.parametrize("form", FORWARDS)
def test_R17_a_forward_names_its_original(form: str) -> None:
    split = split_quotes(f"請看\n\n{FORWARDS[form]}")
    assert split.new == "請看"
    assert "原文" in split.quoted
    assert split.forwarded is not None
    assert split.forwarded.author is not None
    assert (split.forwarded.author.name, split.forwarded.author.key) == ("陳大文", "chen@donor.example")
    assert (split.forwarded.dated, split.forwarded.subject) == ("Mon, Jan 5", "捐款收據")


def test_R17_a_bare_header_block_is_a_forward_where_the_subject_says_so() -> None:
    text = f"請看\n\n{REPLIES['Outlook zh-Hant, bare']}"
    assert split_quotes(text).forwarded is None
    forwarded = split_quotes(text, is_forward=True).forwarded
    assert forwarded is not None
    assert forwarded.author is not None
    assert forwarded.author.key == "mei@ngo.example"


def test_R17_a_forward_inside_a_quote_is_not_this_mails() -> None:
    quoted = "\n".join(f"> {line}" for line in FORWARDS["Gmail"].split("\n"))
    split = split_quotes(f"好\n\n小美 <mei@ngo.example> 於 2026年1月5日 週一 下午3:04寫道：\n\n{quoted}")
    assert split.new == "好"
    assert split.forwarded is None


@pytest.mark.parametrize("form", FORWARDS)
def test_R17_a_forward_below_many_words_names_its_original(form: str) -> None:
    split = split_quotes(f"請看\n\n這是陳先生的\n收據\n謝謝\n\n{FORWARDS[form]}")
    assert split.forwarded is not None
    assert split.forwarded.subject == "捐款收據"


@pytest.mark.parametrize("mark", ["", "> "])
@pytest.mark.parametrize("gap", ["", " ", "  \n", "\n\n\n"])
@pytest.mark.parametrize("opening", ["Begin forwarded message:", "---------- Forwarded message ---------"])
def test_R17_what_opens_a_forward_may_have_spaces_and_blank_lines_after_it(
    opening: str, gap: str, mark: str
) -> None:
    block = "From: 陳大文 <chen@donor.example>\nDate: Mon, Jan 5\nSubject: 捐款收據\n\n原文"
    lines = f"{opening}{gap}\n{block}".split("\n")
    split = split_quotes("\n".join(["請看", "", *(mark + line for line in lines)]))
    assert split.new == "請看"
    assert split.forwarded is not None
    assert split.forwarded.author is not None
    assert (split.forwarded.author.key, split.forwarded.dated) == ("chen@donor.example", "Mon, Jan 5")


def test_R17_a_forward_in_marks_may_begin_with_an_empty_line() -> None:
    split = split_quotes(f"請看\n\n>\n{FORWARDS['Apple, quoted']}")
    assert split.forwarded is not None
    assert split.forwarded.subject == "捐款收據"


def test_R25_quotes_above_a_separator_are_quoted_too() -> None:
    split = split_quotes(f"> older\n\n好的\n\n{REPLIES['Outlook']}")
    assert split.new == "好的"
    assert split.quoted.startswith("> older")


def test_R25_marks_alone_and_escaped_lines() -> None:
    assert split_quotes("> old\n好").quoted == "> old"
    split = split_quotes("好\n>")
    assert (split.new, split.quoted, split.forwarded) == ("好", ">", None)
    split = split_quotes("好\n>From Taipei we go\n> old")
    assert (split.new, split.quoted) == ("好\n>From Taipei we go", "> old")


@pytest.mark.parametrize(
    "rule", ["________________________________\n", "________________________________\n\n"]
)
@pytest.mark.parametrize("answer", ["好", "好\n\n週六見"])
def test_R25_the_rule_above_a_header_block_is_quoted(answer: str, rule: str) -> None:
    assert split_quotes(f"{answer}\n{rule}{REPLIES['Outlook, bare']}").new == answer


def test_R25_new_text_keeps_its_paragraphs_and_its_indents() -> None:
    assert split_quotes("  好的\n\n\n\n週六見  \n> old").new == "  好的\n\n週六見"


def test_R25_three_kinds_of_field_make_a_header_block_and_two_do_not() -> None:
    assert split_quotes("好\nFrom: Ben <b@c.example>\nSent: Monday\nTo: x\nold").new == "好"
    text = "From: Ben\nNote: bring water\nTo: all of you\nLove"
    assert split_quotes(text).new == text


@pytest.mark.parametrize(
    ("block", "author", "dated", "subject"),
    [
        ("寄件者: 小美 [mailto:mei@ngo.example]\n收件者: x\n主旨: y", "mei@ngo.example", "", "y"),
        ("From: Mei <mei@ngo.example>\nSent: Monday\nTo: x", "mei@ngo.example", "Monday", ""),
        ("From: Mei\nSent: Monday\nSubject: y", None, "Monday", "y"),
        ("From: Mei\nSent: Monday\n\nSubject: y", None, "Monday", "y"),
        ("From: Mei\nSent: Monday\nTo: z\n\nSubject: y", None, "Monday", ""),
        ("From: Mei <mei@ngo.example>\nSubject: a\n long\n one\nSent: *Monday*", "mei@ngo.example", "Monday", "a long one"),
    ],
)  # fmt: skip
def test_R17_a_header_block_may_leave_things_out_and_wrap(
    block: str, author: str | None, dated: str, subject: str
) -> None:
    forwarded = split_quotes(f"請看\n\n---------- Forwarded message ---------\n{block}\n\nold").forwarded
    assert forwarded is not None
    assert (forwarded.author.key if forwarded.author else None, forwarded.dated, forwarded.subject) == (
        author,
        dated,
        subject,
    )


def test_R25_a_rule_at_the_end_cuts_nothing() -> None:
    for answer in ("好", ""):
        split = split_quotes(f"{answer}\n{REPLIES['Outlook, bare']}\n________________________________")
        assert split.new == answer
        assert split.quoted.startswith("From: Ben")


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_R17_what_looks_like_fields_above_a_forward_is_not_of_its_original(gap: str) -> None:
    forwarded = split_quotes(f"日期: 週六\n主旨: 說明{gap}{FORWARDS['Gmail']}").forwarded
    assert forwarded is not None
    assert (forwarded.dated, forwarded.subject) == ("Mon, Jan 5", "捐款收據")
