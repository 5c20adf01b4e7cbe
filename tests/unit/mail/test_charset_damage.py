"""Charsets as they are met (R6): broken bytes, wrong labels, raw bytes in headers, text below an encoded body, marks."""

import base64

import pytest

from gmail_emulator.payload import build_payload
from streaklike.mail.charsets import clean_text, decode_bytes, decode_words
from streaklike.mail.mime import parse_mime
from streaklike.mail.transfer import decode_transfer
from streaklike.mail.understand import understand
from tests.unit.mail.bounce_corpus import read_as_file, read_by_api

CHINESE = "各位志工大家好，下週三的訓練改在二樓會議室，請帶證件。"
SIMPLE = "各位志愿者大家好，下周三的培训改在二楼会议室，请带证件。"
JAPANESE = "こんにちは、来月の説明会について教えてください。場所はどこでしょうか。"
KOREAN = "안녕하세요 다음 주 자원봉사 교육은 이층 회의실에서 합니다 신분증을 가져오세요"
PAIRED = [(CHINESE, "cp950", "big5"), (SIMPLE, "gb18030", "gb2312"), (CHINESE, "gb18030", "gbk"), (JAPANESE, "euc_jp", "euc-jp"), (KOREAN, "cp949", "euc-kr")]  # fmt: skip


@pytest.mark.parametrize(("text", "codec", "label"), PAIRED)
@pytest.mark.parametrize("first", range(4, 12))
@pytest.mark.parametrize("apart", [5, 12, 21])
def test_R6_two_broken_bytes_cost_two_characters(
    text: str, codec: str, label: str, first: int, apart: int
) -> None:
    content = bytearray(text.encode(codec))
    wide = [place for place, byte in enumerate(content) if byte > 0x7F]
    content[wide[first]] = content[wide[first + apart]] = 0xFF
    read = decode_bytes(bytes(content), label)
    kept = [char for char in read if char != "\ufffd"]
    assert len(kept) >= len(text) - 4
    assert all(char in text for char in kept)
    assert read.endswith(text[-2:])


@pytest.mark.parametrize("codec", ["euc_jp", "cp932", "iso2022_jp"])
@pytest.mark.parametrize(
    "label", ["iso-2022-jp", "euc-jp", "shift_jis", "us-ascii", "utf-8", "iso-8859-1", "x-unknown", None]
)
def test_R6_japanese_under_a_wrong_label_or_none_is_japanese(codec: str, label: str | None) -> None:
    assert decode_bytes(JAPANESE.encode(codec), label) == JAPANESE


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (CHINESE, "cp950", "gb2312"),
        (CHINESE, "cp950", "iso-8859-1"),
        (CHINESE, "cp950", "euc-kr"),
        (CHINESE, "cp950", "iso-2022-jp"),
        (SIMPLE, "gb18030", "big5"),
        (KOREAN, "cp949", None),
        (KOREAN, "cp949", "iso-8859-1"),
    ],
)
def test_R6_a_label_that_makes_no_sense_is_not_believed(text: str, codec: str, label: str | None) -> None:
    assert decode_bytes(text.encode(codec), label) == text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Élodie était déjà là-bas, où çà ?", "cp1252", "iso-8859-1"),
        ("ÄÖÜß", "cp1252", "iso-8859-1"),
        ("中文", "cp950", "big5"),
        ("の", "euc_jp", "euc-jp"),
        ("游錫銘", "cp950", "big5"),
        ("ﾃｽﾄです", "cp932", "shift_jis"),
        ("日本語のテストです。", "gb18030", "gb2312"),
    ],
)
def test_R6_a_label_that_may_be_true_is_believed(text: str, codec: str, label: str) -> None:
    assert decode_bytes(text.encode(codec), label) == text


FOOTERS = {
    "a list": "_______________________________________________\nfriends mailing list\nfriends@lists.example\nhttps://lists.example/friends",
    "a scanner": "Checked by a mail scanner.",
    "a scanner, one word first": "Scanned\nby the gateway of school.example",
    "Chinese": "本信件可能包含機密資訊。",
}  # fmt: skip


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("label", ["utf-8", "big5"])
@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
def test_R6_text_below_an_encoded_body_stays_text(footer: str, label: str, gap: str) -> None:
    body = base64.encodebytes((CHINESE * 4).encode(label)).decode().rstrip("\n")
    head = f"From: an@donor.example\nContent-Type: text/plain; charset={label}\nContent-Transfer-Encoding: base64\n\n"
    source = (head + body + gap + FOOTERS[footer] + "\n").replace("\n", "\r\n").encode()
    read = understand(parse_mime(source))
    assert f"{read.text}\n{read.quoted}".startswith(CHINESE * 4)
    assert FOOTERS[footer] in f"{read.text}\n{read.quoted}"


def test_R6_a_file_takes_no_text_from_below() -> None:
    content = base64.encodebytes(bytes(range(256))) + b"\nChecked by a mail scanner.\n"
    assert decode_transfer(content, "BASE64", None) == bytes(range(256))


def test_R6_an_odd_line_within_an_encoded_body_is_damage() -> None:
    text = (CHINESE * 40).encode()
    lines = base64.encodebytes(text).splitlines()
    damaged = b"\n".join([*lines[:3], b"! ! !", *lines[3:]])
    assert decode_transfer(damaged, "base64", "utf-8") == text


@pytest.mark.parametrize("label", ["big5", "gb2312", "iso-2022-jp", "utf-8"])
def test_R6_raw_bytes_in_headers_are_read_line_by_line(label: str) -> None:
    codec = {"big5": "cp950", "gb2312": "gb18030", "iso-2022-jp": "cp932"}.get(label, label)
    name, subject = ("田中", "説明会のお知らせ") if label == "iso-2022-jp" else ("王小明", "下週的活動")
    source = b"From: %s <ming@people.example>\nSubject: %s\nX-Other: %s\nContent-Type: text/plain; charset=%s\n\nhi" % (
        name.encode(codec), subject.encode(codec), "別的".encode(), label.encode(),
    )  # fmt: skip
    read = understand(parse_mime(source))
    assert read.author is not None
    assert (read.author.name, read.subject) == (name, subject)


@pytest.mark.parametrize("encoding", ["Q", "q", "B"])
@pytest.mark.parametrize(("codec", "label"), [("cp950", "big5"), ("utf-8", "utf-8"), ("gb18030", "gb2312")])
def test_R6_raw_bytes_in_an_encoded_word_are_read_under_its_label(
    encoding: str, codec: str, label: str
) -> None:
    word = b"=?%s?%s?%s?=" % (label.encode(), encoding.encode(), "志工招募".encode(codec))
    source = b"From: an@donor.example\nSubject: Re: " + word + b"\n\nhi"
    assert understand(parse_mime(source)).subject == "Re: 志工招募"


def test_R6_characters_in_an_encoded_word_are_text_already() -> None:
    assert decode_words("=?big5?Q?志工=A9_x?= =?utf-8?B?5bCP?=")[:2] == "志工"
    assert decode_words("=?utf-8?B?志工?= =?utf-8?B?5bCP?=") == "志工小"


@pytest.mark.parametrize("gap", ["", "\r\n", "\r\n\r\n"])
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_R6_a_mark_at_the_start_is_no_text_of_anybodys(gap: str, kind: str) -> None:
    head = "From: an@donor.example\r\nDate: Mon, 02 Mar 2026 02:00:00 +0000\r\n"
    head += f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    marked, plain = (head + "\ufeff" + gap + "請問幾點？").encode(), (head + gap + "請問幾點？").encode()
    marks = {read(source).fingerprint for source in (marked, plain) for read in (read_as_file, read_by_api)}
    assert len(marks) == 1
    assert read_as_file(marked).text == read_by_api(marked).text == "請問幾點？"
    assert clean_text("\ufeffa\ufeffb") == "ab"
    assert build_payload(marked).snippet
