"""What kind of mail a message is, by itself."""

from email.message import EmailMessage

import pytest

from streaklike.mail.fingerprints import body_hash
from streaklike.mail.message import Part, RawMessage, Understood
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import understand


def read(text: str, **headers: str) -> Understood:
    lines = {"From": "Ben <ben@donor.example>", "To": "mei@ngo.example", "Subject": "春季健走"}
    lines.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return understand(parse_mime(f"{head}\r\n{text}".encode()))


def test_a_persons_mail_is_human() -> None:
    assert read("您好").kind == "human"


@pytest.mark.parametrize(
    "value",
    [
        "auto-replied",
        "auto-generated",
        "auto-notified",
        'auto-replied; owner-email="x"',
        "AUTO-REPLIED (vacation)",
    ],
)
def test_R26_auto_submitted_means_automatic(value: str) -> None:
    assert read("x", Auto_Submitted=value).kind == "automatic"


@pytest.mark.parametrize("value", ["no", "No", "no; x=y", " no (by hand)"])
def test_R26_auto_submitted_no_means_human(value: str) -> None:
    assert read("x", Auto_Submitted=value).kind == "human"


@pytest.mark.parametrize(
    "headers", [{"X_Autoreply": "yes"}, {"X_Autorespond": "春季"}, {"Precedence": "auto_reply"}]
)
def test_R26_other_signs_of_automatic_mail(headers: dict[str, str]) -> None:
    assert read("x", **headers).kind == "automatic"


@pytest.mark.parametrize("value", ["All", "OOF, AutoReply", "DR, RN, NRN"])
def test_R27_suppress_is_no_sign(value: str) -> None:
    message = read("x", X_Auto_Response_Suppress=value)
    assert (message.kind, message.is_subject_automatic) == ("human", False)


def test_R28_the_subject_is_told_apart_from_the_headers() -> None:
    assert read("x", Subject="自動回覆: 春季").is_subject_automatic
    assert read("x", Subject="自動回覆: 春季", X_Auto_Response_Suppress="All").is_subject_automatic
    assert read("x", Subject="自動回覆: 春季").kind == "human"
    assert not read("x", Subject="自動回覆: 春季", Auto_Submitted="no").is_subject_automatic
    assert not read("x", Subject="自動回覆: 春季", Auto_Submitted="auto-replied").is_subject_automatic
    assert not read("x").is_subject_automatic


def test_R10_mail_of_a_machine_address_is_automatic() -> None:
    assert read("x", From="Ben <no-reply@shop.example>").kind == "automatic"
    assert read("x", From="Office <info@shop.example>").kind == "human"


@pytest.mark.parametrize(
    ("headers", "is_foreign_list"),
    [
        ({"List_Id": "Vol <vol.lists.example>"}, True),
        ({"Precedence": "list"}, True),
        ({"List_Id": "<vol.lists.example>", "List_Unsubscribe": "<mailto:x@y.example>"}, True),
        ({"List_Unsubscribe": "<https://x.example>"}, False),
        ({"Precedence": "bulk"}, False),
        ({"Precedence": "Junk"}, False),
        ({"Precedence": "bulk", "List_Id": "<news.shop.example>"}, False),
    ],
)
def test_R32_signs_of_bulk(headers: dict[str, str], is_foreign_list: bool) -> None:
    message = read("x", **headers)
    assert (message.kind, message.is_foreign_list) == ("bulk", is_foreign_list)


def test_R32_one_body_is_one_body_under_many_greetings() -> None:
    body = "\n\n本週六上午十點在大安森林公園集合，歡迎攜伴參加。"
    hashes = {
        read(f"{greeting}{body}").body_hash
        for greeting in ("親愛的小明您好：", "小美您好，", "Dear Ben,", "Hi Ann!", "王先生 您好")
    }
    assert len(hashes) == 1
    assert hashes != {read(f"小明您好，{body} 記得帶水").body_hash}
    assert read("").body_hash == read("您好，").body_hash == ""


def calendar(
    method: str, *, sequence: int = 0, subject: str = "邀請：志工訓練", **changes: str
) -> Understood:
    message = EmailMessage()
    message["From"] = changes.get("sender", "Mei <mei@ngo.example>")
    message["To"] = "ben@donor.example"
    message["Subject"] = subject
    message.set_content("志工訓練")
    ics = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:1\nSEQUENCE:{sequence}\nORGANIZER;CN=Mei:mailto:\n mei@ngo.example\nEND:VEVENT\nEND:VCALENDAR\n"
    if changes.get("is_file"):
        message.add_attachment(ics, subtype="calendar", filename="invite.ics")
    else:
        message.add_alternative(ics, subtype="calendar", params={"method": method})
    return understand(parse_mime(message.as_bytes()))


def test_R31_an_invitation_and_its_updates() -> None:
    first = calendar("REQUEST")
    assert (first.kind, first.is_invitation) == ("calendar", True)
    for update in (
        calendar("REQUEST", sequence=2),
        calendar("REQUEST", subject="更新邀請：志工訓練"),
        calendar("REQUEST", subject="Updated invitation: x"),
    ):
        assert (update.kind, update.is_invitation) == ("calendar", False)


@pytest.mark.parametrize("method", ["REPLY", "CANCEL", "COUNTER"])
def test_R31_answers_are_calendar_mail_and_no_invitation(method: str) -> None:
    message = calendar(method, sender="Ben <ben@donor.example>")
    assert (message.kind, message.is_invitation) == ("calendar", False)


def test_R31_passing_an_event_on_is_a_persons_mail() -> None:
    assert calendar("REQUEST", sender="Ben <ben@donor.example>", is_file="yes").kind == "human"
    assert calendar("REQUEST", sender="Ben <ben@donor.example>", subject="Fwd: 邀請").kind == "human"
    assert calendar("PUBLISH").kind == "human"


def report(kind: str, parts: str, **headers: str) -> Understood:
    lines = {
        "From": "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "To": "mei@ngo.example",
        "Subject": "Delivery Status Notification (Failure)",
        "Content-Type": f'multipart/report; report-type={kind}; boundary="b"',
    }
    lines.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return understand(parse_mime(f"{head}\r\n{parts}".encode()))


def delivery(*groups: str, returned: str = "Message-ID: <out@ngo.example>\nSubject: x") -> str:
    body = "\n\n".join(["Reporting-MTA: dns; mx.example", *groups])
    return f"--b\nContent-Type: text/plain\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\n{body}\n--b\nContent-Type: message/rfc822\n\n{returned}\n\nhi\n--b--\n"


def group(address: str, action: str, status: str) -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 5.1.1 no such user"


def test_R30_a_bounce_names_who_failed_and_what_came_back() -> None:
    message = report("delivery-status", delivery(group("Ben@Donor.example", "failed", "5.1.1")))
    assert message.kind == "bounce"
    assert message.bounce is not None
    assert message.bounce.failed == ("ben@donor.example",)
    assert (message.bounce.status, message.bounce.is_permanent) == ("5.1.1", True)
    assert message.bounce.of_rfc_id == "out@ngo.example"


def test_R30_of_many_recipients_those_that_failed() -> None:
    message = report(
        "delivery-status",
        delivery(
            group("a@x.example", "delivered", "2.0.0"),
            group("b@x.example", "failed", "5.2.2"),
            group("c@x.example", "delayed", "4.4.1"),
        ),
    )
    assert message.bounce is not None
    assert (message.bounce.failed, message.bounce.status) == (("b@x.example",), "5.2.2")


def test_R30_the_address_that_we_wrote_to_is_the_one_that_failed() -> None:
    groups = "Original-Recipient: rfc822;ben@donor.example\n" + group(
        "ben@elsewhere.example", "failed", "5.1.1"
    )
    message = report("delivery-status", delivery(groups))
    assert message.bounce is not None
    assert message.bounce.failed == ("ben@donor.example",)


def test_R30_a_delay_is_no_failure() -> None:
    message = report("delivery-status", delivery(group("ben@donor.example", "delayed", "4.4.1")))
    assert message.bounce is not None
    assert (message.bounce.status, message.bounce.is_permanent) == ("4.4.1", False)


def test_R30_a_report_of_success_is_a_receipt() -> None:
    message = report("delivery-status", delivery(group("ben@donor.example", "delivered", "2.0.0")))
    assert (message.kind, message.bounce) == ("receipt", None)


def test_R30_the_returned_id_is_found_in_thread_headers_too() -> None:
    message = report(
        "delivery-status",
        delivery(group("b@x.example", "failed", "5.1.1"), returned=""),
        References="<one@x> <out@ngo.example>",
    )
    assert message.bounce is not None
    assert message.bounce.of_rfc_id == "out@ngo.example"


PROSE = {
    "Gmail": (
        ("** Address not found **\n\nYour message wasn't delivered to ben@donor.example because the address couldn't be found.\n\n"
        "The response from the remote server was:\n550 5.1.1 no such user\n"),
        "5.1.1",
    ),
    "Gmail zh-Hant": ("** 找不到地址 **\n\n您的郵件未送達 ben@donor.example，因為找不到該地址。\n", "5.0.0"),
    "Postfix": (
        ("I'm sorry to have to inform you that your message could not be delivered.\n\n"
        "<ben@donor.example>: host mx.donor.example[192.0.2.1] said: 550 5.1.1 unknown (in reply to RCPT TO)\n"),
        "5.1.1",
    ),
    "qmail": (
        ("Hi. This is the qmail-send program at x.example.\n\n<ben@donor.example>:\n192.0.2.1 does not like recipient.\n"
        "Remote host said: 550 no such user\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <out@ngo.example>\nFrom: other@x.example\n"),
        "5.0.0",
    ),
    "Exchange": (
        ("Delivery has failed to these recipients or groups:\n\nBen Chen (ben@donor.example)\nThe address could not be found.\n\n"
        "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n"),
        "5.1.10",
    ),
    "Exim": ("The following address(es) failed:\n\n  ben@donor.example\n    mailbox is full: retry timeout exceeded\n", "5.0.0"),
    "delay": ("Your message to ben@donor.example has been delayed. We will keep trying.\n451 4.7.1 greylisted\n", "4.7.1"),
}  # fmt: skip


@pytest.mark.parametrize("form", PROSE)
def test_R30_prose_of_mail_systems(form: str) -> None:
    text, status = PROSE[form]
    message = read(
        text,
        From="MAILER-DAEMON@mx.example",
        Subject="Undelivered Mail Returned to Sender",
        In_Reply_To="<out@ngo.example>",
    )
    assert message.kind == "bounce"
    assert message.bounce is not None
    assert message.bounce.failed == ("ben@donor.example",)
    assert message.bounce.status == status
    assert message.bounce.of_rfc_id == "out@ngo.example"


def test_R30_the_header_of_failed_recipients_counts() -> None:
    message = read(
        "It failed.",
        From="mailer-daemon@x.example",
        X_Failed_Recipients="a@x.example, b@x.example",
        Subject="退信",
    )
    assert message.bounce is not None
    assert message.bounce.failed == ("a@x.example", "b@x.example")


def test_R30_a_person_who_speaks_of_bounces_is_a_person() -> None:
    assert read("<ann@donor.example>: 550 5.1.1", Subject="Undelivered mail").kind == "human"
    assert read("hello", From="postmaster@x.example", Subject="hello").kind == "automatic"


def test_R31_a_read_receipt() -> None:
    parts = "--b\nContent-Type: text/plain\n\nread\n--b\nContent-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n"
    message = report("disposition-notification", parts, From="Ben <ben@donor.example>", Subject="Read: 春季")
    assert message.kind == "receipt"


def test_R37_thanks_are_judged_on_the_new_text_of_human_mail() -> None:
    assert read("謝謝！\n\n小美 <mei@ngo.example> 於 2026年1月5日 週一 下午3:04寫道：\n\n> 請問？").is_thanks
    assert not read("謝謝！", Auto_Submitted="auto-replied").is_thanks
    assert not read("謝謝，請問幾點？").is_thanks


@pytest.mark.parametrize("value", ["no", "No", "no(by hand)"])
def test_R26_a_sign_that_says_no_is_none(value: str) -> None:
    assert read("x", X_Autoreply=value).kind == "human"
    assert read("x", X_Autorespond=value).kind == "human"
    assert read("x", Auto_Submitted=value).kind == "human"


def test_R31_a_receipt_is_known_by_its_type_or_by_its_part() -> None:
    def receipt(report_type: str, mime_type: str) -> str:
        parts = f"--b\nContent-Type: text/plain\n\nread\n--b\nContent-Type: {mime_type}\n\nx: y\n--b--\n"
        content_type = f"multipart/report;{report_type} boundary=b"
        return report("", parts, From="Ben <ben@donor.example>", Content_Type=content_type).kind

    assert receipt("", "message/disposition-notification") == "receipt"
    assert receipt(" report-type=disposition-notification;", "message/global") == "receipt"
    assert receipt(" report-type=feedback-report;", "message/feedback-report") == "automatic"


def own_calendar(
    content_type: str, ics: str, *, disposition: str = "", sender: str = "mei@ngo.example"
) -> str:
    headers = (("Content-Type", content_type), ("Content-Disposition", disposition))
    filename = "invite.ics" if disposition else ""
    part = Part("text/calendar", ics.encode(), headers=headers, filename=filename)
    top = (("From", sender), ("To", "ben@donor.example"), ("Subject", "邀請"))
    message = understand(RawMessage(top, (Part("text/plain", b"x"), part)))
    return "invitation" if message.is_invitation else message.kind


FOLDED = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nORGANIZER;CN=Mei:mailto:\r\n MEI@ngo.\r\n\texample\r\nEND:VCALENDAR\r\n"


def test_R31_the_organizer_may_send_an_invitation_as_a_file() -> None:
    named = "text/calendar; method=REQUEST"
    assert own_calendar(named, FOLDED, disposition="attachment") == "invitation"
    assert own_calendar(named, FOLDED, disposition="attachment", sender="ben@donor.example") == "human"
    assert own_calendar("text/calendar", FOLDED, disposition="attachment") == "human"
    nobodys = FOLDED.replace("ORGANIZER", "X-ORGANIZER")
    assert own_calendar(named, nobodys, disposition="attachment") == "human"


def test_R31_the_method_stands_in_the_type_or_inside() -> None:
    assert own_calendar("text/calendar", FOLDED) == "invitation"
    assert own_calendar("text/calendar; Method=reply", "BEGIN:VCALENDAR\nEND:VCALENDAR") == "calendar"
    assert own_calendar("text/calendar", "BEGIN:VCALENDAR\nMETHOD: cancel\nEND:VCALENDAR") == "calendar"
    assert own_calendar("text/calendar", "BEGIN:VCALENDAR\nEND:VCALENDAR") == "human"


def test_R32_a_body_is_the_same_body_however_it_is_wrapped() -> None:
    assert read("本週六上午十點\n在公園集合").body_hash == read("本週六上午十點在 公園集合").body_hash
    assert body_hash("a\ud800b", "a\ud800b") == body_hash("a?b", "a?b")
