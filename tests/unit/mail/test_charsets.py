"""Bytes and encoded words to text."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.mail.charsets import clean_line, clean_text, decode_bytes, decode_words, lenient_base64

CHINESE = "親愛的志工，您好：感謝您的支持。"
SIMPLE = "亲爱的志愿者，您好：感谢您的支持。"
JAPANESE = "ボランティアの皆様、こんにちは。"
KOREAN = "자원봉사자 여러분, 안녕하세요."


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (CHINESE, "cp950", "big5"),
        ("游錫 碁銹恒裏", "cp950", "Big5"),
        ("香港啲嘢", "big5hkscs", "big5"),
        ("香港啲嘢", "big5hkscs", "big5-hkscs"),
        (SIMPLE, "gb2312", "gb2312"),
        (SIMPLE + "镕€", "gb18030", "gb2312"),
        (CHINESE, "gbk", "gbk"),
        (CHINESE + "😀", "gb18030", "GB18030"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"),
        (JAPANESE, "cp932", "shift_jis"),
        (KOREAN, "cp949", "euc-kr"),
        (KOREAN + "똠", "cp949", "ks_c_5601-1987"),
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8", None),
        (CHINESE, "utf-8", "us-ascii"),
        ("“café” €", "cp1252", "iso-8859-1"),
        ("Привет, волонтёры", "koi8-r", "koi8-r"),
    ],
)
def test_R6_bodies_decode_under_their_label(text: str, codec: str, label: str | None) -> None:
    assert decode_bytes(text.encode(codec), label) == text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (CHINESE, "utf-8", "big5"),
        (CHINESE, "utf-8", "iso-8859-1"),
        (CHINESE, "utf-8", "x-unknown"),
        (CHINESE, "cp950", "utf-8"),
        (CHINESE, "cp950", "us-ascii"),
        (CHINESE, "cp950", None),
        (SIMPLE, "gb18030", None),
        (SIMPLE, "gb18030", "utf-8"),
        (CHINESE, "utf-8", "iso-2022-jp"),
        ("déjà vu à Genève, où les bénévoles", "cp1252", "utf-8"),
    ],
)
def test_R6_a_wrong_label_never_loses_the_message(text: str, codec: str, label: str | None) -> None:
    assert decode_bytes(text.encode(codec), label) == text


def test_R6_one_broken_byte_costs_one_character() -> None:
    good = (CHINESE * 5).encode()
    assert decode_bytes(good[:-1], "utf-8").startswith(CHINESE * 4)
    big5 = (CHINESE * 5).encode("cp950")
    assert CHINESE in decode_bytes(big5 + b"\xff", "big5")


def test_R6_converted_text_is_read_as_utf8_before_its_old_label() -> None:
    assert decode_bytes("人".encode(), "big5", is_utf8_first=True) == "人"
    assert decode_bytes(JAPANESE.encode(), "iso-2022-jp", is_utf8_first=True) == JAPANESE
    assert decode_bytes(JAPANESE.encode("iso2022_jp"), "iso-2022-jp", is_utf8_first=True) == JAPANESE
    assert decode_bytes(CHINESE.encode("cp950"), "big5", is_utf8_first=True) == CHINESE


@pytest.mark.parametrize(
    "label",
    [
        "idna",
        "punycode",
        "rot13",
        "hex",
        "zlib",
        "undefined",
        "unicode_escape",
        "\0",
        "é",
        "x" * 999,
        "",
        "utf-8*en",
    ],
)
def test_R6_a_hostile_label_is_no_label(label: str) -> None:
    assert decode_bytes(CHINESE.encode(), label) == CHINESE


@given(
    st.binary(max_size=300),
    st.sampled_from(["big5", "gb2312", "utf-8", "iso-2022-jp", "utf-16", "hz", "euc-kr", "utf-7", None]),
    st.booleans(),
)
def test_R6_any_bytes_decode(content: bytes, label: str | None, is_utf8_first: bool) -> None:
    assert isinstance(decode_bytes(content, label, is_utf8_first=is_utf8_first), str)


def test_R6_words_split_inside_a_character_are_joined() -> None:
    raw = "王小明".encode()
    first, second = (base64.b64encode(half).decode() for half in (raw[:4], raw[4:]))
    assert (
        decode_words(f"=?utf-8?B?{first}?=\r\n =?UTF-8?B?{second}?= <a@b.example>") == "王小明 <a@b.example>"
    )


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"),
        ("=?utf-8?B?546L5bCP5piO?= =?big5?B?pPQ=?=", "王小明水"),
        ("a =?utf-8?Q?b?= c", "a b c"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?B?546L5bCP5piO?=", "王小明"),
        ("=?utf-8?B?5bCP5Q?=", "小\ufffd"),
        ("=?utf-8?b?5bCP576O?=tail", "小美tail"),
        ("=?x-nowhere?Q?abc?=", "abc"),
        ("=?utf-8*zh?Q?abc?=", "abc"),
        ("=?broken", "=?broken"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=", "山田"),
        ("=?gb2312?B?zfXQocP3?=", "王小明"),
        ("=?euc-kr?B?sei5zrz2?=", "김민수"),
    ],
)
def test_R6_words_decode(header: str, text: str) -> None:
    assert decode_words(header) == text


@given(st.binary(max_size=200))
def test_R6_base64_survives_lost_padding_and_noise(content: bytes) -> None:
    encoded = base64.b64encode(content)
    assert lenient_base64(encoded.rstrip(b"=")) == content
    assert lenient_base64(encoded.replace(b"+", b"-").replace(b"/", b"_")) == content
    assert lenient_base64(b"\r\n ".join([encoded[:7], encoded[7:]])) == content


@given(st.text(max_size=60), st.text(max_size=60))
def test_R6_words_of_any_text_never_raise(before: str, inside: str) -> None:
    decode_words(f"{before}=?{inside}?B?{before}?=")


def test_Q10_cleaned_text_can_be_stored_anywhere() -> None:
    assert clean_text("a\0b\ud800c\r\nd\re") == "abc\nd\ne"
    assert clean_line(" a\0\x1b b\t\nc\ufeff ") == "a b c"
    clean_line("\ud83d broken pair").encode()


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        (b"caf\xc3\xa9 au lait", "iso-8859-1", "cafÃ© au lait"),
        (b"caf\xe9", None, "café"),
        (b"~{VPND~}", "hz-gb-2312", "中文"),
        (b"+Ti1lhw-", "utf-7", "中文"),
        (b"a ~{ b", "us-ascii", "a ~{ b"),
    ],
)
def test_R6_few_bytes_are_read_as_their_label_says(content: bytes, label: str | None, text: str) -> None:
    assert decode_bytes(content, label) == text


def test_R6_words_of_two_charsets_side_by_side() -> None:
    assert decode_words("=?big5?B?pKQ=?= =?utf-8?B?5paH?=") == "中文"


@pytest.mark.parametrize(
    ("content", "decoded"),
    [
        (b"----", b"\xfb\xef\xbe"),
        (b"____", b"\xff\xff\xff"),
        (b"QUJD\nQQ==QUJD\n", b"ABCAABC"),
        (b"QQ==QUJDQUJD", b"AABCABC"),
        (b"QUJDQ", b"ABC"),
    ],
)
def test_R6_base64_of_either_alphabet_padded_anywhere(content: bytes, decoded: bytes) -> None:
    assert lenient_base64(content) == decoded


def test_Q10_each_of_what_cannot_be_stored_goes() -> None:
    assert clean_text("a\0b") == clean_text("a\ud800b") == "ab"
    assert clean_text("a\r\nb\rc") == "a\nb\nc"


@pytest.mark.parametrize(
    "text",
    ["谢谢你们的帮助，我们星期六见。", "这是测试", "我们的会议在下午", "請問週六的活動幾點開始", "中文"],
)
def test_R6_han_without_a_label_is_told_by_its_bytes(text: str) -> None:
    is_simplified = text[0] in "谢这我"
    assert decode_bytes(text.encode("gb18030" if is_simplified else "cp950"), None) == text


def test_Q10_a_lone_surrogate_in_a_word_raises_nothing() -> None:
    assert decode_words("=?utf-8?q?a\ud800b?= c") == "a?b c"
    assert decode_words("=?utf-8?b?\ud800QQ==?= c") == "A c"


def test_a_line_keeps_apart_what_line_breaks_kept_apart() -> None:
    assert clean_line("a\nb\rc\td\x07e") == "a b c de"
