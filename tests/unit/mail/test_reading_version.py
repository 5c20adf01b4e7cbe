"""Whoever changes what mail is read as says so by `mail.reading.VERSION`: stored mail is read again then."""

from hashlib import blake2b

from streaklike.mail import reading
from streaklike.mail.addresses import address_kind
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import understand

READ_AS = (1, "c582594120da08f8")
"""The version, and a digest of what the mails below are read as by it."""

_HEAD = "Date: Mon, 2 Mar 2026 09:00:00 +0800\nMessage-ID: <{n}@post.example>\n"
MAILS = (
    "From: An Chen <an@donor.example>\nTo: Mei <mei@ngo.example>\nSubject: River\n\nMay I join?\n",
    ("From: an@donor.example\nTo: mei@ngo.example\nSubject: Re: River\nIn-Reply-To: <a@post.example>\n\n"
    "Yes, thank you!\n\nOn Mon, 2 Mar 2026 at 09:00, Mei <mei@ngo.example> wrote:\n> Do you come?\n> Mei\n"),
    ("From: =?utf-8?b?5p6X5bCP5aeQ?= <lin@donor.example>\nTo: mei@ngo.example\nSubject: =?utf-8?b?5Zue6KaG77ya5rKz?=\n"
    "Content-Type: text/plain; charset=utf-8\n\n謝謝！\n\n寄件人: 小美 <mei@ngo.example>\n寄件日期: 2026年3月2日\n收件人: lin@donor.example\n"
    "主旨: 河\n\n請問您來嗎？\n"),
    ("From: lin@donor.example\nTo: mei@ngo.example\nSubject: 毛毯\nContent-Type: text/plain; charset=utf-8\n\n"
    "謝謝！\n寄件人：林小姐\n收件人：倉庫\n請問毛毯要送到哪裡？\n"),
    ("From: bo@donor.example\nTo: mei@ngo.example\nSubject: Fwd: Rice\n\nSee below.\n\n"
    "---------- Forwarded message ---------\nFrom: Dao <dao@press.example>\nDate: Mon, 2 Mar 2026\nSubject: Rice\n"
    "To: Bo <bo@donor.example>\n\nHow much rice?\n"),
    ("From: MAILER-DAEMON <mailer-daemon@mx.example>\nTo: mei@ngo.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
    "Unknown user\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
    "Final-Recipient: rfc822; chu@volunteer.example\nAction: failed\nStatus: 5.1.1\n\n--b\n"
    "Content-Type: message/rfc822\n\nMessage-ID: <sent@post.example>\nSubject: x\n\nx\n--b--\n"),
    ("From: postmaster@mx.example\nTo: mei@ngo.example\nSubject: Mail delivery failed: returning message to sender\n\n"
    "A message that you sent could not be delivered:\n\n  chu@volunteer.example\n    550 5.1.1 user unknown\n"),
    ("From: an@donor.example\nTo: mei@ngo.example\nSubject: Automatic reply: River\nAuto-Submitted: auto-replied\n\n"
    "I am away.\n"),
    "From: an@donor.example\nTo: mei@ngo.example\nSubject: Out of office\n\nBack on Monday.\n",
    ("From: news@shop.example\nTo: mei@ngo.example\nSubject: Offers\nList-Unsubscribe: <https://shop.example/u>\n"
    "Precedence: bulk\n\nBuy now\n"),
    ("From: An via Talk <talk@lists.example>\nReply-To: an@donor.example\nTo: talk@lists.example\nSubject: [Talk] Hello\n"
    "List-Id: Talk <talk.lists.example>\n\nHello all\n_______________________________________________\n"
    "Talk mailing list\ntalk@lists.example\n"),
    ("From: Website <web@ngo.example>\nReply-To: Chu <chu@volunteer.example>\nTo: mei@ngo.example\nSubject: Contact form\n"
    "\nName: Chu\nE-mail: chu@volunteer.example\nMessage: May I help?\n"),
    ("From: an@donor.example\nTo: mei@ngo.example\nSubject: Meeting\nMIME-Version: 1.0\n"
    "Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n"
    "SUMMARY:Meeting\nEND:VEVENT\nEND:VCALENDAR\n"),
    ("From: an@donor.example\nTo: mei@ngo.example\nSubject: Re: River\nReferences: <a@post.example>\nMIME-Version: 1.0\n"
    "Content-Type: text/html; charset=utf-8\n\n<p>Gladly.</p><div class=gmail_quote>On Monday Mei wrote:"
    "<blockquote class=gmail_quote>Do you come?</blockquote></div>\n"),
    "From: \xa1An <an@donor.example>\nTo: undisclosed-recipients:;\nSubject: Dear Mei\n\nThanks a lot for your help!\n-- \nAn\n",
    "From: nobody\nTo: mei@ngo.example\nBcc: wei@ngo.example\nSubject:\n\n",
)  # fmt: skip


def test_who_changes_what_mail_is_read_as_raises_the_version():
    told = blake2b(digest_size=8)
    for number, mail in enumerate(MAILS):
        said = understand(parse_mime((_HEAD.format(n=number) + mail).encode().replace(b"\n", b"\r\n")))
        people = {each.key for each in (said.author, said.sender, said.channel, *said.to, *said.cc) if each}
        told.update(repr((said, sorted((key, address_kind(key)) for key in people))).encode())
    assert (reading.VERSION, told.hexdigest()) == READ_AS, (
        "Mail is read as something else than before. Raise streaklike.mail.reading.VERSION by one, so that stored mail is "
        "read again after the upgrade (once between two releases is enough), and write the new pair into READ_AS."
    )
