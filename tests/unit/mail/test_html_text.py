"""HTML mail as text, with quotes marked."""

import pytest

from streaklike.mail.html_text import html_to_text
from streaklike.mail.quotes import split_quotes

GMAIL = (
    '<div dir="ltr">好的，<div>謝謝</div></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">小明 &lt;'
    '<a href="mailto:a@b.example">a@b.example</a>&gt; 於 2026年1月5日 週一 下午3:04寫道：<br></div>'
    '<blockquote class="gmail_quote"><div>您好<br>請問</div></blockquote></div>'
)
OUTLOOK = (
    "<html><head><style>p {margin:0}</style></head><body><p class=MsoNormal>Dear Mei,</p><p>OK.</p>"
    '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>寄件者:</b> 小美 &lt;a@b.example&gt;<br><b>寄件日期:</b>'
    " 2026年1月5日<br><b>收件者:</b> x<br><b>主旨:</b> 春</div><div>old</div></body></html>"
)
APPLE = (
    '<div>ok<br><div><br><blockquote type="cite"><div>On 5 Jan 2026, at 15:04, Ben &lt;b@c.example&gt; wrote:</div>'
    "<div>old</div></blockquote></div></div>"
)
THUNDERBIRD = (
    '<div class="moz-cite-prefix">Am 05.01.26 um 15:04 schrieb Ben:<br></div><blockquote type="cite"><p>old</p>'
    "</blockquote><p>new below</p>"
)
BETWEEN = (
    '<div class="gmail_quote"><div class="gmail_attr">On Mon, Jan 5, 2026 at 3:04 PM Mei &lt;m@x.example&gt; wrote:<br>'
    '</div><blockquote class="gmail_quote">Q1</blockquote><div>A1</div><blockquote class="gmail_quote">Q2</blockquote>'
    "<div>A2</div></div>"
)


@pytest.mark.parametrize(
    ("html", "new"),
    [
        (GMAIL, "好的，\n謝謝"),
        (OUTLOOK, "Dear Mei,\n\nOK."),
        (APPLE, "ok"),
        (THUNDERBIRD, "new below"),
        (BETWEEN, "A1\nA2"),
        ('<div>ok</div><div class="yahoo_quoted"><div>old</div></div>', "ok"),
        ('<div>ok</div><div id="isForwardContent">old</div>', "ok"),
        ('<div>ok</div><div id="divRplyFwdMsg">Da: Ben</div><p>old</p>', "ok"),
    ],
)
def test_R25_quotes_of_html_mail_are_cut(html: str, new: str) -> None:
    split = split_quotes(html_to_text(html))
    assert split.new == new
    assert split.quoted


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<ul><li>x<li>y</ul>", "x\ny"),
        ("<script>evil()</script><style>b{}</style><b>Hi</b><!-- c --> there", "Hi there"),
        ("a&nbsp;&amp;&lt;b&gt; 你\u200b好", "a &<b> 你好"),
        ("a\n   b", "a b"),
        ("", ""),
        ("<p></p>", ""),
        ("plain < text", "plain < text"),
    ],
)
def test_R25_blocks_become_lines(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_Q10_html_past_all_measure_is_still_text() -> None:
    assert html_to_text("<div>" * 9_000 + "深<br>處" + "</div>" * 9_000) == "深\n處"
    assert "x" in html_to_text("<style>" + "x" * 10 + "</style>x" + "<i>" * 9_000)


def test_R25_a_quote_in_a_quote_ends_with_the_outer_one() -> None:
    html = "<p>d<blockquote type=cite>a<blockquote type=cite>b</blockquote>c</blockquote>e"
    lines = [line for line in html_to_text(html).split("\n") if line.strip("> ")]
    assert lines == ["d", "> a", "> b", "> c", "e"]
    assert html_to_text("<blockquote type=cite>a<br><br>b<p>c</p></blockquote>") == "> a\n>\n> b\n>\n> c"


def test_Q10_marks_of_our_own_in_a_mail_mean_nothing() -> None:
    assert html_to_text("a\x10b\x11c") == "abc"


def test_Q10_of_html_past_all_measure_the_words_stay() -> None:
    assert html_to_text("<b>" * 9_000 + "志<i></i>工<p>會議<script>x</script>") == "志工\n\n會議"
