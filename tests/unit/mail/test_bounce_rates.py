"""How many delivery reports are read right, by program and language, from a file and by Gmail's API (R30).

Right means: a bounce for good, exactly those who failed, and the Message-ID of what came back where the report tells it.
"""

from collections import defaultdict

import pytest

from streaklike.mail.message import Understood
from tests.unit.mail.bounce_corpus import Sample, make_samples, read_as_file, read_by_api
from tests.unit.mail.bounce_forms import PROGRAMS

AIM = 0.95
SIZE = 6
"""Reports of each form; the corpus of 101 forms is then read twice in about two seconds."""


def is_right(sample: Sample, read: Understood) -> bool:
    bounce = read.bounce
    if read.kind != "bounce" or bounce is None or not bounce.is_permanent:
        return False
    return set(bounce.failed) == sample.failed and bounce.of_rfc_id == sample.rfc_id


def test_R30_failed_recipients_by_program_and_language(capsys: pytest.CaptureFixture[str]) -> None:
    told: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for sample in make_samples(SIZE):
        row = [1, is_right(sample, read_as_file(sample.source)), is_right(sample, read_by_api(sample.source))]
        for group in ((sample.form.program, "all"), ("all", sample.form.language), ("all", "all")):
            told[group] = [had + got for had, got in zip(told[group], row, strict=True)]
    with capsys.disabled():
        print(f"\n{'program':28} {'language':8} {'reports':>7} {'file':>6} {'API':>6}")
        for (program, language), (count, file, api) in sorted(told.items()):
            print(f"{program:28} {language:8} {count:7} {file / count:6.1%} {api / count:6.1%}")
    assert told["all", "all"][0] == SIZE * len(PROGRAMS) > 500
    assert {group: row for group, row in told.items() if min(row[1:]) < AIM * row[0]} == {}, (
        "below the aim, by program or language"
    )


def test_R30_a_report_is_the_same_mail_from_a_file_and_by_the_api() -> None:
    for sample in make_samples(2):
        by_file, by_api = read_as_file(sample.source), read_by_api(sample.source)
        assert (by_file.rfc_id, by_file.fingerprint) == (by_api.rfc_id, by_api.fingerprint), sample.form.name
        assert by_file.bounce == by_api.bounce, sample.form.name


DELAYS = {
    "Gmail": ("mailer-daemon@googlemail.com", "Delivery Status Notification (Delay)", "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to an@donor.example. Gmail will retry for 46 more hours."),
    "sendmail": ("MAILER-DAEMON@ms.example", "Warning: could not send message for past 4 hours", "    **  THIS IS A WARNING MESSAGE ONLY  **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\n   ----- The following addresses had transient non-fatal errors -----\n<an@donor.example>\n\n451 timeout\nWill keep trying until message is 5 days old\n"),
    "Exim": ("Mailer-Daemon@host.example", "Warning: message 1abc-0002 delayed 24 hours", "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  an@donor.example\n    Delay reason: connection timed out\n\nNo action is required on your part. Delivery attempts will continue for\nsome time."),
    "Postfix": ("MAILER-DAEMON@mx.example", "Delayed Mail (still being retried)", "Your message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n<an@donor.example>: connect to mx.donor.example: Connection timed out"),
    "Exchange": ("postmaster@school.example", "Delivery delayed: Spring", "Delivery is delayed to these recipients or groups:\n\nan@donor.example\n\nThis message has not been delivered. Delivery will continue to be attempted."),
    "zh-TW": ("MAILER-DAEMON@isp.example", "郵件傳遞延遲", "您寄給 an@donor.example 的郵件尚未送達，系統會繼續嘗試，您無須重新寄出。"),
    "zh-CN": ("postmaster@isp.example", "邮件传递延迟", "发送到 an@donor.example 的邮件尚未送达，系统将继续尝试。"),
    "ja": ("MAILER-DAEMON@isp.example", "配信遅延のお知らせ", "an@donor.example へのメールの配信が遅れています。引き続き再試行します。"),
    "de": ("MAILER-DAEMON@isp.example", "Zustellung verzögert", "Die Zustellung an an@donor.example ist verzögert. Es folgen weitere Versuche."),
}  # fmt: skip


@pytest.mark.parametrize("form", DELAYS)
def test_R30_a_delay_in_prose_changes_nothing(form: str) -> None:
    sender, subject, text = DELAYS[form]
    read = read_as_file(make(sender, subject, text, "Return-Path: <>"))
    assert read.bounce is not None
    assert (read.bounce.failed, read.bounce.status[0]) == (("an@donor.example",), "4")


NO_BOUNCES = {
    "away, from an empty return path": ("An Chen <an@donor.example>", "Out of office: Spring", "I am away. Your message has not been delivered to my phone. Write to bo@donor.example.", "Return-Path: <>"),
    "away by a person's name": ("An Chen <an@donor.example>", "Re: Spring", "I no longer work here. Please contact bo@donor.example instead.", "Return-Path: <>"),
    "a colleague left, zh": ("陳安 <an@donor.example>", "已離職通知", "您好，我已離職，業務請洽 bo@donor.example，謝謝。", "Return-Path: <>"),
    "a parcel": ("no-reply@courier.example", "Your parcel could not be delivered", "We were unable to deliver your parcel. Contact help@courier.example for a new date.", "X-Mailer: x"),
    "a parcel, zh": ("no-reply@courier.example", "包裹無法送達通知", "您的包裹無法送達，請聯絡 help@courier.example。", "X-Mailer: x"),
    "a quarantine": ("postmaster@ngo.example", "Quarantine summary", "These messages were blocked and not delivered to you:\n\nspammer@bad.example\n", "X-Mailer: x"),
    "a quarantine, zh": ("postmaster@ngo.example", "垃圾郵件隔離通知", "以下郵件已被攔截，未送達您的信箱：\n\nspammer@bad.example\n", "X-Mailer: x"),
    "a full mailbox of ours": ("postmaster@ngo.example", "Your mailbox is almost full", "The mailbox mei@ngo.example is over quota. Nothing was rejected yet.", "X-Mailer: x"),
    "a postmaster by hand": ("Postmaster <postmaster@school.example>", "Mail list", "Dear Mei, our new list address is all@school.example. Kind regards", "X-Mailer: x"),
    "success": ("mailer-daemon@mx.example", "Delivery Status Notification (Success)", "Your message was delivered to an@donor.example.", "X-Mailer: x"),
    "success, zh": ("postmaster@school.example", "已傳遞: Spring", "您的郵件已傳遞給 an@donor.example。", "X-Mailer: x"),
    "a person who passes it on": ("An <an@donor.example>", "Fwd: Undelivered Mail", "<bo@donor.example>: 550 5.1.1 unknown. It could not be delivered, what now?", "X-Mailer: x"),
    "a person whose mail never arrived": ("An <an@donor.example>", "信件退回", "您好，我寄給 bo@ngo.example 的信無法送達，請問有新地址嗎？", "X-Mailer: x"),
    "statistics of a domain": ("postmaster@isp.example", "Report Domain: ngo.example Submitter: isp.example", "This is a DMARC aggregate report for dmarc@reports.example", "X-Mailer: x"),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_BOUNCES)
def test_R30_what_only_looks_like_a_bounce_is_none(case: str) -> None:
    sender, subject, text, header = NO_BOUNCES[case]
    assert read_as_file(make(sender, subject, text, header)).bounce is None


def make(sender: str, subject: str, text: str, header: str) -> bytes:
    head = f"{header}\r\nFrom: {sender}\r\nTo: mei@ngo.example\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    return (head + text).encode()
