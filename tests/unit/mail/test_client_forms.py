"""The answer alone, in every mail program's form; and every word of what only looks like a quote."""

from collections import defaultdict

import pytest

from streaklike.mail.message import Part, RawMessage, Understood
from streaklike.mail.mobile_lines import is_app_line
from streaklike.mail.quotes import split_quotes
from streaklike.mail.refusals import find_refusal
from streaklike.mail.understand import understand
from tests.unit.mail.client_forms import ANSWER, FORMS, Form
from tests.unit.mail.whole_texts import ANSWERS_WITHIN, WHOLE, WHOLE_UNLESS_ANSWERING

HEADERS = (
    ("From", "Chen <chen@people.example>"),
    ("To", "alice@ngo.example"),
    ("Subject", "Re: 活動"),
    ("Date", "Mon, 02 Mar 2026 12:00:00 +0800"),
    ("Message-ID", "<answer@people.example>"),
    ("In-Reply-To", "<question@ngo.example>"),
)


def read(form: Form, answer: str = ANSWER) -> Understood:
    part = Part("text/html" if form.is_html else "text/plain", form.compose(answer).encode(), charset="utf-8")
    return understand(RawMessage(HEADERS, (part,)))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_R25_the_answer_alone_is_new_in_every_client_s_form(form: Form) -> None:
    message = read(form)
    assert message.text == ANSWER
    assert message.is_thanks
    if "{" in form.template:
        assert "您什麼時候方便？" in message.quoted


def test_R25_client_forms_by_client_and_language() -> None:
    """Prints a table, and holds the whole to 97 % (what 105 of 109 forms are)."""
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for form in FORMS:
        client = form.client.split(",")[0]
        rows[client][form.language.split()[0]].append(read(form).text == ANSWER)
    right = sum(sum(told) for languages in rows.values() for told in languages.values())
    for client, languages in sorted(rows.items()):
        print(
            f"{client:24}",
            "  ".join(f"{name} {sum(told)}/{len(told)}" for name, told in sorted(languages.items())),
        )
    print(f"{right} of {len(FORMS)} forms right")
    assert len(FORMS) > 109
    assert right / len(FORMS) > 105 / 109


def test_R25_R49_a_sentence_of_ours_is_never_their_refusal() -> None:
    for form in FORMS:
        if "{" in form.template:
            assert find_refusal(read(form, "好的，我會參加！").text) is None, form.name
            assert find_refusal(read(form, "請不要再寄信給我了。").text) == "請不要再寄信給我了。", form.name


@pytest.mark.parametrize("is_reply", [True, False])
@pytest.mark.parametrize("name", WHOLE)
def test_R25_what_only_looks_like_a_quote_stays_whole(name: str, is_reply: bool) -> None:
    split = split_quotes(WHOLE[name], is_reply=is_reply, base_subject="報名")
    assert (split.new, split.quoted) == (WHOLE[name], "")


@pytest.mark.parametrize("name", WHOLE)
def test_R25_what_only_looks_like_a_quote_stays_above_one(name: str) -> None:
    for form in FORMS[::5]:
        if "{" in form.template and not form.is_html:
            assert read(form, WHOLE[name]).text == WHOLE[name], form.name


@pytest.mark.parametrize("name", WHOLE_UNLESS_ANSWERING)
def test_R25_marks_of_one_s_own_stay_in_a_mail_that_answers_none(name: str) -> None:
    text = WHOLE_UNLESS_ANSWERING[name]
    assert split_quotes(text, is_reply=False).new == text
    headers = (*HEADERS[:2], ("Subject", "一首詩"), *HEADERS[3:5])
    assert understand(RawMessage(headers, (Part("text/plain", text.encode(), charset="utf-8"),))).text == text


@pytest.mark.parametrize("name", ANSWERS_WITHIN)
def test_R25_answers_between_and_below_the_quoted_lines_stay(name: str) -> None:
    text, new = ANSWERS_WITHIN[name]
    assert split_quotes(text).new == new


def test_R25_nothing_of_a_text_is_lost_between_new_and_quoted() -> None:
    for form in FORMS:
        if not form.is_html:
            split = split_quotes(form.compose())
            said = sorted(line.strip() for line in f"{split.new}\n{split.quoted}".split("\n") if line.strip())
            assert said == sorted(line.strip() for line in form.compose().split("\n") if line.strip())


def test_R25_html_that_marks_no_quote_is_split_by_its_rules_and_indents() -> None:
    part = Part("text/html", "<p>謝謝！</p><hr><p>寄件人：王小明<br>收件人：志工組<br>日期：3月5日</p><blockquote>床前明月光</blockquote>"
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">請問要送到哪裡？</blockquote>'.encode(), charset="utf-8")  # fmt: skip
    message = understand(RawMessage(HEADERS, (part,)))
    assert (
        message.text
        == "謝謝！\n\n寄件人：王小明\n收件人：志工組\n日期：3月5日\n\n床前明月光\n\n請問要送到哪裡？"
    )
    assert message.quoted == ""


@pytest.mark.parametrize(
    "line", ["", "Sent", "Sent from Taipei", "從台北寄出", "x" * 5_000, "Sent from my iPhone?"]
)
def test_R25_what_is_no_app_s_line(line: str) -> None:
    assert not is_app_line(line)


@pytest.mark.parametrize("form", [form for form in FORMS if form.is_html], ids=lambda form: form.name)
def test_R25_html_tells_the_quote_where_the_plain_part_marks_none(form: Form) -> None:
    plain = Part("text/plain", f"{ANSWER}\n\n您什麼時候方便？".encode(), charset="utf-8")
    html = Part("text/html", form.compose().encode(), charset="utf-8")
    assert understand(RawMessage(HEADERS, (plain, html))).text == ANSWER


def test_R25_html_of_other_words_than_the_plain_part_decides_nothing() -> None:
    plain = Part("text/plain", "可以帶小孩嗎？".encode(), charset="utf-8")
    html = Part("text/html", FORMS[-1].compose().encode(), charset="utf-8")
    assert understand(RawMessage(HEADERS, (plain, html))).text == "可以帶小孩嗎？"
