"""What lists write beneath every mail."""

import pytest

from streaklike.mail.footers import strip_list_footer

FOOTERS = {
    "Google Groups": '-- \nYou received this message because you are subscribed to the Google Groups "Vol" group.\nTo unsubscribe from this group, send an email to vol+unsubscribe@ngo.example.\n',
    "Google Groups, wrapped": "--\nYou received this message because you are subscribed to the Google\nGroups “Vol” group.\nTo unsubscribe …",
    "Google Groups zh-Hant": "-- \n您收到這則訊息，是因為您已訂閱 Google 網路論壇的「志工」群組。\n如要取消訂閱這個群組，請傳送電子郵件到 vol+unsubscribe@ngo.example。",
    "Google Groups zh-Hans": "-- \n您收到此邮件是因为您订阅了Google群组上的“志工”群组。\n要退订此群组，请发送电子邮件到 x。",
    "Mailman 2": "_______________________________________________\nVol mailing list\nvol@lists.ngo.example\nhttps://lists.ngo.example/listinfo/vol\n",
    "Mailman 3": "_______________________________________________\nVol mailing list -- vol@lists.ngo.example\nTo unsubscribe send an email to vol-leave@lists.ngo.example",
    "Mailman zh-Hant": "_______________________________________________\n志工 郵件列表\nvol@lists.ngo.example",
    "Majordomo": '--\nTo unsubscribe from this list: send the line "unsubscribe vol" in\nthe body of a message to x',
    "Groups.io": "-=-=-=-=-=-=-=-=-=-=-=-\nGroups.io Links: You receive all messages sent to this group.\n-=-=-=-=-=-=-=-=-=-=-=-",
}  # fmt: skip


@pytest.mark.parametrize("form", FOOTERS)
def test_R15_a_lists_footer_is_told_from_the_mail(form: str) -> None:
    text, footer = strip_list_footer(f"您好\n\n週六見\n\n{FOOTERS[form]}")
    assert text == "您好\n\n週六見"
    assert footer == FOOTERS[form].strip()


@pytest.mark.parametrize(
    "text",
    [
        "您好",
        "x\n____________________________\n簽名",
        "About the mailing list: it is fine",
        "x\n-- \nBen",
        "",
    ],
)
def test_R15_what_is_no_footer_stays(text: str) -> None:
    assert strip_list_footer(text) == (text, "")


def test_R15_a_quoted_footer_ends_nothing() -> None:
    text = "\n".join(f"> {line}" for line in FOOTERS["Mailman 2"].split("\n")) + "\n\n好的"
    assert strip_list_footer(text) == (text, "")


RULE = "_" * 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"hi\n{RULE}\nVol mailing list", "hi"),
        (f"{RULE}\nVol mailing list", ""),
        ("hi\n--\nYou received this message because you are\nsubscribed to the Google Groups", "hi"),
        ("hi\n您會收到這封郵件，\n是因為您已訂閱 Google 網路論壇", "hi"),
        (f"our mailing list\n{RULE}\nsee you", None),
        ("hi\n______\n--\nBen", None),
        (f"hi\n{RULE}\nVol mailing list" + "\nmore" * 30, None),
    ],
)
def test_R15_where_a_footer_begins(text: str, said: str | None) -> None:
    new, footer = strip_list_footer(text)
    assert new == (text if said is None else said)
    assert f"{new}\n{footer}".strip() == text
