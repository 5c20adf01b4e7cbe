"""Labels of Google Takeout."""

import pytest

from streaklike.mail.takeout_labels import parse_labels


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("Inbox,Opened,Category Personal,Unread", {"INBOX", "CATEGORY_PERSONAL", "UNREAD"}),
        ("Archived,Sent,Important,Starred", {"SENT", "IMPORTANT", "STARRED"}),
        ("Drafts", {"DRAFT"}),
        ("Spam", {"SPAM"}),
        ("Trash,Chat", {"TRASH", "CHAT"}),
        ("收件匣,未讀,重要,志工", {"INBOX", "UNREAD", "IMPORTANT", "志工"}),
        ("寄件備份,已封存,已開啟", {"SENT"}),
        (
            "已傳送郵件,草稿,垃圾郵件,垃圾桶,即時通訊,已加星號",
            {"SENT", "DRAFT", "SPAM", "TRASH", "CHAT", "STARRED"},
        ),
        (
            "收件箱,已发邮件,垃圾邮件,已删除邮件,聊天,未读",
            {"INBOX", "SENT", "SPAM", "TRASH", "CHAT", "UNREAD"},
        ),
        ("已发送邮件,回收站", {"SENT", "TRASH"}),
        ("「個人」類別,類別：促銷內容", {"CATEGORY_PERSONAL", "CATEGORY_PROMOTIONS"}),
        ("=?UTF-8?B?5pS25Lu25Yyj?=,=?UTF-8?B?5pyq6K6A?=", {"INBOX", "UNREAD"}),
        (
            "=?UTF-8?Q?=E5=AF=84=E4=BB=B6?=\r\n =?UTF-8?Q?=E5=82=99=E4=BB=BD,=E5=B7=B2=E5=B0=81=E5=AD=98?=",
            {"SENT"},
        ),
        ('"a, b",Sent', {"a, b", "SENT"}),
        ("個人,更新,My inbox", {"個人", "更新", "My inbox"}),
        ("", set()),
        (",,", set()),
    ],
)
def test_R14_labels_of_a_takeout(header: str, labels: set[str]) -> None:
    assert parse_labels(header) == labels


def test_a_users_own_label_that_begins_like_a_category_stays() -> None:
    assert parse_labels("分類 園遊會,類別 收件匣") == {"分類 園遊會", "類別 收件匣"}
