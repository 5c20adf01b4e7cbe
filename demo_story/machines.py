"""Mail that no person wrote: bounces, automatic replies, read receipts, calendar mail, notices, newsletters of others."""

from datetime import date, timedelta
from random import Random
from typing import Final

from demo_story import mime
from demo_story.cast import BY_KEY, DOMAIN
from demo_story.hours import at_time, local, work_day_from
from demo_story.instants import DAY, HOUR, MINUTE, SECOND
from demo_story.model import Colleague, Letter, MailBody, Party, Person
from demo_story.post import Post

_REASONS: Final = {
    "5.1.1": ("failed", "550 5.1.1 The email account that you tried to reach does not exist.", "Delivery Status Notification (Failure)"),
    "4.4.1": ("delayed", "451 4.4.1 The recipient's server did not answer; we shall go on trying.", "Delivery Status Notification (Delay)"),
}  # fmt: skip
_AWAY: Final = {
    "zh": ("自動回覆: {subject}", "您好，我目前不在辦公室，{day}回來後會盡快回覆您。急事請洽總機。"),
    "en": (
        "Out of Office: {subject}",
        "Thank you for your message. I am away until {day} and will answer when I am back.",
    ),
    "ja": ("自動応答: {subject}", "ただいま不在にしております。{day}に戻ります。"),
}
_SOURCES: Final = (
    ("公益資訊電子報", "news@npo-news.example", "npo-news.example", 14, "zh", ("補助計畫整理", "本週徵才", "公益行銷講座")),
    ("The Philanthropy Letter", "letter@philanthropy.example", "letter.philanthropy.example", 30, "en", ("Grants closing soon", "Five ideas for year-end", "Reading list")),
    ("河川局公告", "notice@rivers.gov.example", "notice.rivers.gov.example", 21, "zh", ("河川水位公告", "施工封閉通知", "汛期提醒")),
    ("辦公用品網", "promo@stationery.example", "", 18, "zh", ("開學季優惠", "影印紙特價", "會員點數到期提醒")),
    ("World Rivers Digest", "digest@worldrivers.example", "digest.worldrivers.example", 30, "en", ("Plastic in estuaries", "A dam comes down", "Citizen science")),
)  # fmt: skip
_NOTICES: Final = (
    ("fundraising", "捐款平台", "no-reply@pay.example", "定期定額扣款完成通知", "本月定期定額共 {n} 筆，扣款成功 {n} 筆。本信由系統發出，請勿回覆。", 30),
    ("programmes", "雲端硬碟", "drive-shares-noreply@docs.example", "已與您共用「清掃紀錄表」", "有人與您共用了一個項目。", 40),
    ("director", "網域服務", "noreply@domains.example", "網域續約通知", "您的網域將於 {n} 天後到期。", 120),
    ("volunteers", "報名系統", "notifications@forms.example", "新的報名：志工說明會", "表單收到 {n} 筆新的回覆。", 16),
    ("fundraising", "發票系統", "service-noreply@invoice.example", "電子發票開立通知", "發票號碼 RB{n}00123 已開立。", 45),
)  # fmt: skip


def send_bounce(post: Post, letter: Letter, failed: Party, *, status: str) -> Letter | None:
    """The delivery report for one recipient of a letter of ours: 5.1.1 fails, 4.4.1 is late."""
    action, diagnostic, subject = _REASONS[status]
    report = (
        f"Reporting-MTA: dns; mx.{DOMAIN}\r\n\r\nFinal-Recipient: rfc822; {failed.address}\r\nAction: {action}\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n"
    )
    returned = mime.render_headers(
        (
            ("Date", mime.format_date(letter.at, 480)),
            ("From", mime.format_party(letter.author)),
            ("Message-ID", f"<{letter.message_id}>"),
            ("Subject", mime.encode_words(letter.subject)),
            ("To", mime.format_party(failed)),
        )
    )
    body = mime.multipart(
        "report",
        (
            mime.text_part("plain", f"Your message to {failed.address} was not delivered.\n{diagnostic}"),
            MailBody((("Content-Type", "message/delivery-status"),), report.encode()),
            MailBody((("Content-Type", "text/rfc822-headers"),), returned),
        ),
        f"dsn{letter.at:x}",
        " report-type=delivery-status;",
    )
    return post.send(
        at=letter.at + (30 * SECOND if action == "failed" else 5 * HOUR),
        author=Party("Mail Delivery Subsystem", "mailer-daemon@mx.example"),
        to=(letter.author,),
        subject=subject,
        text="",
        thread=letter.thread,
        parent=letter,
        kind="bounce" if action == "failed" else "delay",
        headers=(("Auto-Submitted", "auto-replied"), ("X-Failed-Recipients", failed.address)),
        body=body,
    )


def send_away_note(
    post: Post, letter: Letter, person: Person, *, has_header: bool, delay: int = 2 * MINUTE
) -> Letter | None:
    """An automatic reply to a letter of ours; without a header it is known by its subject and its haste alone (R28)."""
    subject, text = _AWAY[person.language]
    back = local(letter.at + 6 * DAY)
    return post.send(
        at=letter.at + delay,
        author=person,
        to=(letter.author,),
        subject=subject.format(subject=letter.subject),
        text=text.format(day=f"{back.month}/{back.day}"),
        thread=letter.thread,
        parent=letter,
        kind="automatic" if has_header else "automatic_by_subject",
        language=person.language,
        look="plain",
        is_quoting=False,
        headers=(("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes")) if has_header else (),
    )


def send_read_receipt(post: Post, letter: Letter, person: Person) -> Letter | None:
    """A disposition notification: the person's program says that a letter of ours was shown."""
    notification = (
        f"Reporting-UA: mail; post.example\r\nFinal-Recipient: rfc822;{person.address}\r\n"
        f"Original-Message-ID: <{letter.message_id}>\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    body = mime.multipart(
        "report",
        (
            mime.text_part("plain", "您的郵件已於收件者的電腦上顯示。"),
            MailBody((("Content-Type", "message/disposition-notification"),), notification.encode()),
        ),
        f"mdn{letter.at:x}",
        " report-type=disposition-notification;",
    )
    return post.send(
        at=letter.at + 3 * HOUR,
        author=person,
        to=(letter.author,),
        subject=f"已讀取: {letter.subject}",
        text="",
        thread=letter.thread,
        parent=letter,
        kind="receipt",
        body=body,
    )


def send_calendar(
    post: Post, author: Person | Colleague, to: Party, *, at: int, method: str, title: str, starts_at: int, thread: str,
    parent: Letter | None = None,
) -> Letter | None:  # fmt: skip
    """Calendar mail: method REQUEST invites, REPLY answers."""
    organiser = author.party if method == "REQUEST" else to
    attendee = to if method == "REQUEST" else author.party
    state = "NEEDS-ACTION" if method == "REQUEST" else "ACCEPTED"
    calendar = "\r\n".join(
        (
            "BEGIN:VCALENDAR", "PRODID:-//Riverbank//Calendar//EN", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT",
            f"UID:{thread}@calendar.example", f"DTSTAMP:{_stamp(at)}", f"DTSTART:{_stamp(starts_at)}",
            f"DTEND:{_stamp(starts_at + HOUR)}", f"SUMMARY:{title}", f"ORGANIZER:mailto:{organiser.address}",
            f"ATTENDEE;PARTSTAT={state}:mailto:{attendee.address}", "END:VEVENT", "END:VCALENDAR", "",
        )
    )  # fmt: skip
    content = mime.text_part("calendar", calendar.replace("\r\n", "\n"))
    content = MailBody(
        (("Content-Type", f"text/calendar; charset=utf-8; method={method}"), *content.headers[1:]),
        content.content,
    )
    body = mime.multipart("alternative", (mime.text_part("plain", title), content), f"cal{at:x}")
    return post.send(
        at=at,
        author=author,
        to=(to,),
        subject=f"{'邀請' if method == 'REQUEST' else '已接受'}: {title}",
        text=title,
        thread=thread,
        parent=parent,
        kind="invitation" if method == "REQUEST" else "calendar_answer",
        body=body,
    )


def send_newsletters_of_others(post: Post, *, start: date, today: date, share: float) -> None:
    """Newsletters that colleagues are subscribed to; `share` of all that there are."""
    for name, address, list_id, every, language, topics in _SOURCES:
        rng = Random(f"{post.seed}:{address}")
        day = start + timedelta(days=rng.randrange(every))
        while day <= today:
            topic = rng.choice(topics)
            reader = BY_KEY["international" if language == "en" else rng.choice(("director", "fundraising"))]
            post.send(
                at=at_time(day, 7, rng.randrange(60)),
                author=Party(name, address),
                to=(reader.party,),
                subject=f"{topic}（{day.month}/{day.day}）"
                if language == "zh"
                else f"{topic} - {day.day}/{day.month}",
                text=f"{topic}\n\nhttps://{address.partition('@')[2]}/{day:%Y%m%d}",
                thread=f"{address}-{day}",
                kind="newsletter_in",
                language=language,
                look="html",
                headers=_list_headers(address, list_id),
            )
            day += timedelta(days=round(every / share))


def _list_headers(address: str, list_id: str) -> tuple[tuple[str, str], ...]:
    domain = address.partition("@")[2]
    named = (("List-Id", f"<{list_id}>"),) if list_id else (("Precedence", "bulk"),)
    return (*named, ("List-Unsubscribe", f"<https://{domain}/unsubscribe>"))


def send_notices(post: Post, *, start: date, today: date, share: float) -> None:
    """What services send of themselves, from addresses that nobody reads (R10)."""
    for key, name, address, subject, text, every in _NOTICES:
        rng = Random(f"{post.seed}:{address}")
        day = start + timedelta(days=rng.randrange(min(every, 20)))
        while day <= today:
            at = at_time(work_day_from(day), 6, rng.randrange(60))
            post.send(
                at=at,
                author=Party(name, address),
                to=(BY_KEY[key].party,),
                subject=subject,
                text=text.format(n=rng.randrange(3, 60)),
                thread=f"{address}-{day}",
                kind="notice",
                look="plain",
                headers=(("Auto-Submitted", "auto-generated"),),
            )
            day += timedelta(days=round(every / share))


def _stamp(instant: int) -> str:
    return local(instant, 0).strftime("%Y%m%dT%H%M%SZ")
