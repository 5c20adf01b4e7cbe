"""What reads mail, function by function and as a whole, and pieces of which texts are made that would slow it (Q10).

Each piece is repeated to the size that is asked for. A new function that reads what strangers wrote belongs in TARGETS.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC
from operator import itemgetter
from typing import Final

from streaklike.mail.addresses import address_key, address_kind, parse_address_list
from streaklike.mail.bigrams import fold, index_entries, lookup_entries
from streaklike.mail.bodies import unflow
from streaklike.mail.charsets import clean_line, clean_text, decode_bytes, decode_words, lenient_base64
from streaklike.mail.fingerprints import body_hash, squeeze
from streaklike.mail.footers import strip_list_footer
from streaklike.mail.forward_dates import parse_forwarded_date
from streaklike.mail.headers import parse_date, parse_message_ids, parse_parameters
from streaklike.mail.html_text import html_to_text
from streaklike.mail.mime import parse_head, parse_mime
from streaklike.mail.names import has_via, is_person_name, name_after_via, name_key, strip_via, tidy_name
from streaklike.mail.quotes import split_quotes
from streaklike.mail.refusals import find_refusal
from streaklike.mail.subjects import base_subject, looks_automatic
from streaklike.mail.takeout_labels import parse_labels
from streaklike.mail.thanks import is_thanks
from streaklike.mail.touch_class import find_words
from streaklike.mail.understand import understand
from tests.unit.mail.growth import hostile_text

PIECES: Final = (
    " ", "\n", "\r\n", "\t", "a", "a ", "a\n", "\x00", "中", "中 ", "中\n", "é", "\ufeff", "\x1b$B", "\ud83d\ude00",
    ",", ";", ":", "：", "@", "<", ">", "(", ")", "()", '"', '""', "\\", '\\"', "'", "=", "=\n", "=41", "[", "[a] ",
    "a@b,", "a@b ", "<a@b>", "<a@b>,", '"a" <a@b>, ', "a@é1,", "@b:", "g:;", "a(b)", "<a", "a>", "a;b=c", ';a="', ";a*0*=%41",
    "=?", "=?utf-8?", "=?utf-8?q?a?=", "=?utf-8?q?a?= ", "=?utf-8?b?5Lit?= ", "=?big5?b?pKQ=?= ", "=?x?q?=41?=,",
    ">", "> ", "> a\n", ">\n", ">>>>", "\n\n>", "> a\nb\n", "a\n> ",
    "From: a\n", "From: a@b\nTo: c@d\n", "寄件人：a\n", "寄件者: a@b.example\n收件者: c@d\n", "> From: a\n",
    "On Mon, 1 Jan 2024 at 10:00 A <a@b> wrote:\n", "On a, ", "wrote:\n", "於 2024年1月1日 寫道：\n", "2024/1/1 A <a@b>\n",
    "-----Original Message-----\n", "---------- Forwarded message ---------\n", "____________\n", "---- a ----\n", "-- \n", "--b\n",
    "Re: ", "Re:", "Fwd: ", "回覆：", "RE： ", "AW:", "(a) ", "自動回覆", "via ", "'a' via b ", "a (b) ",
    "<div>", "</div>", "<p>a", "<br>", "<table><tr><td>", "<blockquote>", "<blockquote type=cite>", "<!--", "-->", "<title ",
    "<style>", "</", "<a b=", '<a href="', "&", "&amp;", "&#1", "&#x10;", "<![", "<?", "<svg><p>", "<select>",
    "BEGIN:VEVENT\n", "METHOD:REQUEST\n", "ORGANIZER;a=b:", "SEQUENCE:0", "Action: failed\n", "Final-Recipient: rfc822; a@b\n\n",
    "<a@b>: 550 ", "User unknown\n", "請不要再寄", "unsubscribe ", "謝謝", "thank you ", "志工 ", "您好，", "Dear ", "please ",
    "Mon, 1 Jan 2024 10:00:00 +0800 ", "2024年", "10:", "X:a\n", "X: a\n b\n", "a" * 70 + "\n", "a b c d e f\n", "/", "http://a ",
)  # fmt: skip

HEADERS: Final = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "List-Id", "List-Post",
    "Content-Type", "Content-Disposition", "Content-Transfer-Encoding", "X-Original-From", "X-Failed-Recipients", "Received",
    "Auto-Submitted", "Return-Path", "Precedence",
)  # fmt: skip
"""Headers that are read, each of which may hold a megabyte."""


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _read_whole(head: str, body: str) -> None:
    understand(parse_mime(_raw(head + "\n\n" + body)))


def _in_header(name: str, *, before: str = "") -> Callable[[str], object]:
    def call(text: str) -> None:
        value = before + text.replace("\r\n", "\n").replace("\n", "\n ")
        known = "" if name == "From" else "From: An <an@donor.example>\n"
        _read_whole(f"{known}{name}: {value}", "Hello")

    return call


def _in_body(content_type: str, *, subject: str = "x", before: str = "") -> Callable[[str], object]:
    head = (
        f"From: An <an@donor.example>\nTo: mei@ngo.example\nSubject: {subject}\nContent-Type: {content_type}"
    )
    return lambda text: _read_whole(head, before + text)


def _in_part(content_type: str) -> Callable[[str], object]:
    head = "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undelivered Mail\nContent-Type: multipart/report; boundary=b"
    return lambda text: _read_whole(head, f"--b\n\nUndelivered.\n--b\nContent-Type: {content_type}\n\n{text}")


TARGETS: Final[dict[str, Callable[[str], object]]] = {
    **{f"understand, {name}": _in_header(name) for name in HEADERS},
    "understand, heads of nothing": lambda text: understand(parse_mime(_raw(text))),
    "understand, many headers": lambda text: _read_whole("\n".join(f"To: {text[:500]}" for _ in range(len(text) // 500)), ""),
    "understand, plain text": _in_body("text/plain; charset=utf-8"),
    "understand, unlabelled": _in_body("text/plain"),
    "understand, a forward": _in_body("text/plain; charset=utf-8", subject="Fwd: x"),
    "understand, flowed": _in_body("text/plain; charset=utf-8; format=flowed"),
    "understand, HTML": _in_body("text/html; charset=utf-8"),
    "understand, parts": _in_body("multipart/mixed; boundary=b", before="--b\n"),
    "understand, parts of parts": _in_body("multipart/mixed; boundary=b", before="--b\nContent-Type: multipart/mixed; boundary=b\n"),
    "understand, a bounce": _in_body("text/plain; charset=utf-8", subject="Undelivered Mail Returned to Sender"),
    "understand, a report": _in_part("message/delivery-status"),
    "understand, a returned mail": _in_part("message/rfc822"),
    "understand, a calendar": _in_part("text/calendar; method=REQUEST"),
    "html_to_text": html_to_text,
    "split_quotes": split_quotes,
    "split_quotes, forward": lambda text: split_quotes(text, is_forward=True),
    "strip_list_footer": strip_list_footer,
    "unflow": unflow,
    "find_refusal": find_refusal,
    "is_thanks": is_thanks,
    "find_words": lambda text: find_words("", text),
    "find_words, subject": lambda text: find_words(text, ""),
    "index_entries": index_entries,
    "lookup_entries": lookup_entries,
    "fold": fold,
    "base_subject": base_subject,
    "looks_automatic": looks_automatic,
    "parse_forwarded_date": lambda text: parse_forwarded_date(text, UTC),
    "parse_date": parse_date,
    "parse_message_ids": parse_message_ids,
    "parse_parameters": parse_parameters,
    "parse_address_list": parse_address_list,
    "address_key": address_key,
    "address_kind": address_kind,
    "parse_labels": parse_labels,
    "parse_head": lambda text: parse_head(_raw(text)),
    "decode_words": decode_words,
    "decode_bytes": lambda text: decode_bytes(_raw(text), None),
    "decode_bytes, Japanese": lambda text: decode_bytes(_raw(text), "iso-2022-jp"),
    "decode_bytes, Big5": lambda text: decode_bytes(_raw(text), "big5"),
    "lenient_base64": lambda text: lenient_base64(_raw(text)),
    "clean_text": clean_text,
    "clean_line": clean_line,
    "names": lambda text: [read(text) for read in (name_key, tidy_name, strip_via, name_after_via, has_via)],
    "is_person_name": lambda text: is_person_name(text, "an@donor.example"),
    "body_hash": lambda text: body_hash(text, squeeze(text)),
}  # fmt: skip
"""What is called with one hostile text, by name."""


def iter_texts() -> Iterator[tuple[str, Callable[[int], str]]]:
    """Every hostile text, as what it repeats and what makes it of a size."""
    for piece in PIECES:
        clean = piece.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        yield clean, hostile_text("", clean, "\x00")


def slowest(name: str, size: int, *, most: int) -> list[tuple[float, str, Callable[[int], str]]]:
    """The texts of this size that a target takes longest for: seconds of processor time, what is repeated, the maker."""
    call = TARGETS[name]
    found = []
    for piece, make in iter_texts():
        text = make(size)
        before = time.process_time()
        call(text)
        found.append((time.process_time() - before, piece, make))
    return sorted(found, key=itemgetter(0), reverse=True)[:most]
