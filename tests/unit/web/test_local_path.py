"""Where a form sends on to lies within the app, whatever the form says."""

import pytest

from streaklike.web import account


@pytest.mark.parametrize(
    "wanted", ["/", "/people/1", "/search?q=%E4%BD%A0&before=3#x", "/board/支持者?by=owner", "/a:b"]
)
def test_a_path_of_ours_is_followed(wanted: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(account, "url_for", lambda _endpoint: "first page")
    assert account.local_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "people",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/a\\b",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/\x00",
        "/\x7f",
        "/\u0085x",
        "/\u2028x",
        "/\ud800",
        "//[",
        "http:[::1",
        "https://evil.example/",
        "javascript:alert(1)",
        " /people",
        "／／evil.example",
        "/" + "x" * 5_000,
    ],
)
def test_everything_else_leads_to_the_first_page(wanted: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(account, "url_for", lambda _endpoint: "first page")
    assert account.local_path(wanted) == "first page"
