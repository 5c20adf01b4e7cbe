"""How mail programs write the mail they answer, by client and language: the forms that R25 is held to.

Each form is what stands below the answer. `{old}` is the quoted text as it is, `{marked}` the same behind `> `. The
forms are those that the programs document or write (their language files, and the test mail of public reply parsers).
"""

from collections.abc import Iterator
from dataclasses import dataclass

ANSWER = "好的，謝謝！"
OLD = "您什麼時候方便？\n請不要再寄信給我：這句話我們聽過。\n\n祝好"
MARKED = "\n".join(f"> {line}".rstrip() for line in OLD.split("\n"))


@dataclass(frozen=True, slots=True)
class Form:
    """One form; `is_html` where the template is the HTML below the answer's `<div>`."""

    client: str
    language: str
    template: str
    is_html: bool = False

    @property
    def name(self) -> str:
        return f"{self.client} [{self.language}]{' html' if self.is_html else ''}"

    def compose(self, answer: str = ANSWER) -> str:
        """The body of a mail in this form."""
        if self.is_html:
            old = "".join(f"<div>{line or '<br>'}</div>" for line in OLD.split("\n"))
            return f"<html><body><div>{answer}</div>{self.template.replace('{old}', old)}</body></html>"
        quoted = self.template.replace("{old}", OLD).replace("{marked}", MARKED)
        return f"{answer}\n\n{quoted}\n"


# Each line: client | language | the attribution. Written above `>` lines and, where the client does so, above bare text.
_ATTRIBUTIONS = """
Gmail web|en|On Mon, Mar 2, 2026 at 10:00 AM Alice <alice@ngo.example> wrote:
Gmail web|en-GB|On Mon, 2 Mar 2026 at 10:00, Alice <alice@ngo.example> wrote:
Gmail web|zh-TW|Alice <alice@ngo.example> 於 2026年3月2日 週一 上午10:00寫道：
Gmail web|zh-TW name|林美 志工窗口 <alice@ngo.example> 於 2026年3月2日 週一 上午10:00寫道：
Gmail web|zh-CN|Alice <alice@ngo.example> 于2026年3月2日周一 10:00写道：
Gmail web|zh-HK|Alice <alice@ngo.example> 於 2026年3月2日週一 上午10:00寫道：
Gmail web|ja|2026年3月2日(月) 10:00 Alice <alice@ngo.example>:
Gmail web|ko|2026년 3월 2일 (월) 오전 10:00, Alice <alice@ngo.example>님이 작성:
Gmail web|de|Am Mo., 2. März 2026 um 10:00 Uhr schrieb Alice <alice@ngo.example>:
Gmail web|fr|Le lun. 2 mars 2026 à 10:00, Alice <alice@ngo.example> a écrit :
Gmail web|es|El lun, 2 mar 2026 a las 10:00, Alice (<alice@ngo.example>) escribió:
Gmail web|it|Il giorno lun 2 mar 2026 alle ore 10:00 Alice <alice@ngo.example> ha scritto:
Gmail web|pt-BR|Em seg., 2 de mar. de 2026 às 10:00, Alice <alice@ngo.example> escreveu:
Gmail web|nl|Op ma 2 mrt 2026 om 10:00 schreef Alice <alice@ngo.example>:
Gmail web|sv|Den mån 2 mars 2026 kl 10:00 skrev Alice <alice@ngo.example>:
Gmail web|da|man. 2. mar. 2026 kl. 10.00 skrev Alice <alice@ngo.example>:
Gmail web|pl|pon., 2 mar 2026 o 10:00 Alice <alice@ngo.example> napisał(a):
Gmail web|ru|пн, 2 мар. 2026 г. в 10:00, Alice <alice@ngo.example>:
Gmail web|vi|Vào Th 2, 2 thg 3, 2026 vào lúc 10:00 Alice <alice@ngo.example> đã viết:
Gmail web|id|Pada tanggal Sen, 2 Mar 2026 pukul 10.00 Alice <alice@ngo.example> menulis:
Gmail web|tr|Alice <alice@ngo.example>, 2 Mar 2026 Pzt, 10:00 tarihinde şunu yazdı:
Gmail web|cs|po 2. 3. 2026 v 10:00 odesílatel Alice <alice@ngo.example> napsal:
Gmail web|fi|ma 2. maalisk. 2026 klo 10.00 Alice (alice@ngo.example) kirjoitti:
Gmail 2014|zh-TW|2014-03-02 10:00 GMT+08:00 Alice <alice@ngo.example>:
Gmail iOS|zh-TW|Alice <alice@ngo.example> 於 2026年3月2日 週一，上午10:00寫道：
Gmail Android|en|On Mon, Mar 2, 2026, 10:00 AM Alice <alice@ngo.example> wrote:
Gmail Android|zh-TW|Alice <alice@ngo.example> 於 2026年3月2日 週一，10:00寫道：
Gmail Android 2013|en|On Mar 2, 2013 10:00 AM, "Alice" <alice@ngo.example> wrote:
Apple Mail|en|On 2 Mar 2026, at 10:00, Alice <alice@ngo.example> wrote:
Apple Mail|en-US|On Mar 2, 2026, at 10:00 AM, Alice <alice@ngo.example> wrote:
Apple Mail|zh-TW|Alice <alice@ngo.example> 於 2026年3月2日 上午10:00 寫道：
Apple Mail|zh-HK|Alice <alice@ngo.example> 在 2026年3月2日 上午10:00 寫道：
Apple Mail|zh-CN|2026年3月2日 上午10:00，Alice <alice@ngo.example> 写道：
Apple Mail|ja|2026/03/02 10:00、Alice <alice@ngo.example>のメール:
Apple Mail|de|Am 02.03.2026 um 10:00 schrieb Alice <alice@ngo.example>:
Apple Mail|fr|Le 2 mars 2026 à 10:00, Alice <alice@ngo.example> a écrit :
iPhone|zh-TW|Alice <alice@ngo.example> 於 2026年3月2日 上午10:00 寫道：
iPhone|zh-CN|在 2026年3月2日，上午10:00，Alice <alice@ngo.example> 写道：
Thunderbird|en|On 3/2/26 10:00, Alice wrote:
Thunderbird|en long|On 02/03/2026 10:00 AM, Alice Wang wrote:
Thunderbird|zh-TW|Alice 於 2026/3/2 上午 10:00 寫道:
Thunderbird|zh-TW date first|於 2026/3/2 上午 10:00, Alice 提到:
Thunderbird|zh-CN|在 2026/3/2 10:00, Alice 写道:
Thunderbird|de|Am 02.03.26 um 10:00 schrieb Alice:
Thunderbird|fr|Le 02/03/2026 à 10:00, Alice a écrit :
Thunderbird|es|El 2/3/26 a las 10:00, Alice escribió:
Thunderbird|ja|On 2026/03/02 10:00, Alice wrote:
Yahoo web|en|On Monday, March 2, 2026 at 10:00:00 AM GMT+8, Alice <alice@ngo.example> wrote:
Yahoo web|zh-TW|在 2026年3月2日 星期一 上午10:00:00 [GMT+8]， Alice<alice@ngo.example> 寫道：
Yahoo web|zh-TW 2012|Alice <alice@ngo.example> 於 2012/3/2 (五) 10:00 AM 寫道﹕
Yahoo classic|zh-TW|--- 12/3/2 (五)，Alice <alice@ngo.example> 寫道：
Yahoo classic|en|--- On Fri, 3/2/12, Alice <alice@ngo.example> wrote:
Yahoo web|fr|Le lundi 2 mars 2026 à 10:00:00 UTC+8, Alice <alice@ngo.example> a écrit :
Outlook Mac|en|On 3/2/26, 10:00 AM, "Alice" <alice@ngo.example> wrote:
NetEase 163|zh-CN|在 2026-03-02 10:00:00，"Alice" <alice@ngo.example> 写道：
NetEase 163|zh-TW|在 2026-03-02 10:00:00，"Alice" <alice@ngo.example> 寫道：
NetEase 163|en|At 2026-03-02 10:00:00, "Alice" <alice@ngo.example> wrote:
Zoho|en|---- On Mon, 02 Mar 2026 10:00:00 +0800 Alice <alice@ngo.example> wrote ---
Zoho|en long|---- On Mon, 02 Mar 2026 10:00:00 +0800 Alice<alice@ngo.example> wrote ----
Zoho|zh-TW|---- 在 週一, 2026-03-02 10:00:00 +0800 Alice <alice@ngo.example> 寫道 ---
Zoho|zh-CN|---- 在 星期一, 2026-03-02 10:00:00 +0800 Alice <alice@ngo.example> 写道 ----
Roundcube|en|On 2026-03-02 10:00, Alice wrote:
Roundcube|zh-TW|Alice 於 2026-03-02 10:00 寫到:
Roundcube|zh-CN|在 2026-03-02 10:00，Alice 写道：
Roundcube|de|Am 2026-03-02 10:00, schrieb Alice:
K-9|en|On March 2, 2026 10:00:00 AM GMT+08:00, Alice <alice@ngo.example> wrote:
K-9|zh-TW|於 2026年3月2日 上午10:00:00 [GMT+08:00]，Alice <alice@ngo.example> 寫到：
ProtonMail|en|On Monday, March 2nd, 2026 at 10:00, Alice <alice@ngo.example> wrote:
ProtonMail|zh-TW|在 2026年3月2日 星期一 10:00，Alice <alice@ngo.example> 寫道：
Spark|en|On 2 Mar 2026, 10:00 +0800, Alice <alice@ngo.example>, wrote:
Spark|zh-TW|在 2026年3月2日 +0800 10:00，Alice <alice@ngo.example>，寫道：
Airmail|en|On 2 March 2026 at 10:00:00, Alice (alice@ngo.example) wrote:
Fastmail|en|On Mon, 2 Mar 2026, at 10:00 AM, Alice wrote:
HEY|en|On March 2, 2026, Alice <alice@ngo.example> wrote:
Superhuman|en|On Mon, Mar 02, 2026 at 10:00 AM, Alice < alice@ngo.example > wrote:
mutt|en|On Mon, Mar 02, 2026 at 10:00:00AM +0800, Alice wrote:
KMail|en|On Monday, 2 March 2026 10:00:00 CST Alice wrote:
Xiaomi|zh-CN|Alice <alice@ngo.example>于 2026年3月2日 周一 上午10:00写道：
Huawei|zh-TW|Alice <alice@ngo.example>於 2026年3月2日 週一 上午10:00寫道：
Lotus|en|Alice Wang/NGO wrote on 2026/03/02 10:00:05:
Nextcloud|de|Max Muster <alice@ngo.example> schrieb am Mo., 2. März 2026 um 10:00 Uhr:
""".strip().splitlines()

# Attributions that are known only by the `>` lines below them.
_MARKED_ALONE = """
Gmail 2012|zh-TW|2012/5/6 林美 <alice@ngo.example>
Gmail 2012|en|2012/5/6 Alice Wang <alice@ngo.example>
Thunderbird author|en|Alice Wang wrote:
Thunderbird author|zh-TW|林美 提到:
Emacs|en|Alice Wang <alice@ngo.example> writes:
Horde|en|Quoting Alice <alice@ngo.example>:
Horde|de|Zitat von Alice <alice@ngo.example>:
Apple Mail 2005|en|On Mar 2, 2005, Alice wrote:
K-9 2010|zh-TW|林美寫到:
no attribution|any|
""".strip().splitlines()

_HEADERS = {
    "en": ("From", "Sent", "To", "Subject"),
    "zh-TW": ("寄件者", "寄件日期", "收件者", "主旨"),
    "zh-TW 2": ("寄件人", "日期", "收件人", "主旨"),
    "zh-CN": ("发件人", "发送时间", "收件人", "主题"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "fr": ("De ", "Envoyé ", "À ", "Objet "),
    "es": ("De", "Enviado el", "Para", "Asunto"),
    "it": ("Da", "Inviato", "A", "Oggetto"),
    "pt-BR": ("De", "Enviada em", "Para", "Assunto"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "sv": ("Från", "Skickat", "Till", "Ämne"),
    "pl": ("Od", "Wysłano", "Do", "Temat"),
    "ru": ("От", "Отправлено", "Кому", "Тема"),
}  # fmt: skip
_RULE = "_" * 32


def _block(words: tuple[str, ...], order: str = "fdts", colon: str = ": ", **values: str) -> str:
    """A header block with its fields in this order: f(rom), d(ate), t(o), s(ubject)."""
    said = {
        "f": "Alice <alice@ngo.example>",
        "d": "2026年3月2日 上午 10:00",
        "t": "chen@people.example",
        "s": "Re: 活動",
        **values,
    }
    names = dict(zip("fdts", words, strict=True))
    return "\n".join(f"{names[each]}{colon}{said[each]}" for each in order)


def _blocks() -> Iterator[tuple[str, str, str]]:
    for language, words in _HEADERS.items():
        yield "Outlook desktop", language, _block(words)
        yield "Outlook desktop, brackets", language, _block(words, f="Alice [mailto:alice@ngo.example]")
        yield "Outlook mobile", language, f"{_RULE}\n{_block(words, d='Monday, March 2, 2026 10:00:00 AM')}"
    en, zh, tw, cn = _HEADERS["en"], _HEADERS["zh-TW"], _HEADERS["zh-TW 2"], _HEADERS["zh-CN"]
    dated = ("From", "Date", "To", "Subject")
    quoted = '"Alice" <alice@ngo.example>;'
    yield "Outlook 2003", "en", f"-----Original Message-----\n{_block(en)}"
    yield "Outlook 2003, names", "en", f"-----Original Message-----\n{_block(en, f='Alice', t='Chen')}"
    yield "Outlook 2003", "zh-TW", f"-----原始郵件-----\n{_block(zh)}"
    yield "Outlook 2003", "zh-CN", f"-----邮件原件-----\n{_block(cn)}"
    yield "Outlook 2003", "de", f"-----Ursprüngliche Nachricht-----\n{_block(_HEADERS['de'])}"
    yield "Outlook 2003", "fr", f"-----Message d'origine-----\n{_block(_HEADERS['fr'])}"
    yield "Outlook 2003", "ja", f"-----元のメッセージ-----\n{_block(_HEADERS['ja'])}"
    yield "Outlook, rule and names", "zh-TW", f"{_RULE}\n{_block(zh, f='林美', t='陳小姐')}"
    yield "Outlook Express", "en", f"----- Original Message ----- \n{_block(en, 'ftds')}"
    yield "Outlook Express", "zh-TW", f"----- 原始郵件 ----- \n{_block(zh, 'ftds')}"
    yield (
        "Windows Live Mail",
        "zh-TW",
        _block(("From", "Sent", "To", "Subject"), f="林美 <alice@ngo.example>"),
    )
    yield "Hotmail", "en", _block(dated, "dsft", f="alice@ngo.example", d="Mon, 6 May 2013 10:00:00 +0800")
    yield "Hotmail 2", "en", _block(dated, "ftsd", f="alice@ngo.example", d="Mon, 6 May 2013 10:00:00 +0800")
    yield "Hotmail, rule", "en", f"{_RULE}\n{_block(dated, 'dfts', d='Mon, 6 May 2013 10:00:00 +0800')}"
    yield "Outlook.com", "zh-TW", f"{_RULE}\n{_block(zh)}"
    yield "Outlook Mac", "en", _block(dated, d="Monday, March 2, 2026 at 10:00 AM")
    yield (
        "Outlook Mac",
        "zh-TW",
        _block(("寄件者", "日期", "收件者", "主旨"), d="星期一, 2026年3月2日 上午10:00"),
    )
    yield (
        "Outlook, bold",
        "en",
        "\n".join(f"*{line.replace(':', ':*', 1)}" for line in _block(en).split("\n")),
    )
    yield (
        "Samsung",
        "en",
        f"-------- Original message --------\n{_block(dated, d='02/03/2026 10:00 (GMT+08:00)')}",
    )
    yield (
        "Samsung",
        "zh-TW",
        f"-------- 原始訊息 --------\n{_block(('自', '日期', '至', '主旨'), colon='： ')}",
    )
    yield (
        "Samsung",
        "zh-CN",
        f"-------- 原始信息 --------\n{_block(('发件人', '日期', '收件人', '主题'), colon='： ')}",
    )
    yield (
        "Thunderbird",
        "zh-CN block",
        f"-------- 原始信息 --------\n{_block(('From', '日期', '收件人', '主题'), 'sftd', d='2026/7/15')}",
    )
    yield (
        "Huawei",
        "zh-CN",
        f"-------- 原始邮件 --------\n{_block(('发件人', '日期', '收件人', '主    题'), colon='：')}",
    )
    yield "QQ", "zh-CN", f"------------------ 原始邮件 ------------------\n{_block(cn, f=quoted)}"
    yield "QQ", "en", f"------------------ Original ------------------\n{_block(dated, f=quoted)}"
    yield "QQ mobile", "zh-CN", f"---原始邮件---\n{_block(cn)}"
    yield (
        "QQ 2026",
        "en",
        "         Original\n         \n       \nFrom:Alice <alice@ngo.example>\nSent Time:Mar 2, 2026 10:01",
    )
    yield "139", "zh-CN", f"------------------\u00a0原始邮件\u00a0------------------\n{_block(cn)}"
    yield (
        "Foxmail",
        "zh-CN",
        f" \n{_block(('发件人', '发送时间', '收件人', '主题'), colon='： ', d='2026-03-02 10:00')}",
    )
    yield "Foxmail, names", "zh-CN", _block(cn, colon="： ", d="2026-03-02 10:00", f="Alice", t="chen")
    yield "Foxmail, names", "en", _block(dated, d="2026-03-02 10:00", f="Alice", t="chen")
    yield (
        "NetEase Mail Master",
        "en",
        "---- Replied Message ----\n| From | Alice<alice@ngo.example> |\n| Date | 03/02/2026 10:00 |\n| To | chen<chen@people.example> |\n| Subject | Re: 活動 |",
    )
    yield (
        "NetEase Mail Master",
        "zh-CN",
        "---- 回复的原邮件 ----\n| 发件人 | Alice<alice@ngo.example> |\n| 日期 | 2026年03月02日 10:00 |\n| 收件人 | chen<chen@people.example> |\n| 主题 | Re: 活動 |",
    )
    yield "Alimail", "zh-CN", f"{'-' * 66}\n{_block(('发件人', '发送时间', '收件人', '主　题'), colon='：')}"
    yield (
        "Sina",
        "zh-CN",
        f"----- 原始邮件 -----\n{_block(('发件人', '日期', '收件人', '主题'), 'ftsd', colon='：', d='2026年03月02日 10点00分')}",
    )
    yield (
        "Mail2000",
        "zh-TW",
        f"-----Original message-----\n{_block(dated, 'ftds', colon=':', d='Mon, 02 Mar 2026 10:00:00 +0800')}",
    )
    yield (
        "Hinet",
        "zh-TW",
        f"-----原始信件-----\n{_block(('寄件者', '日期', '收件者', '主旨'), 'ftds', colon='：')}",
    )
    yield "Zimbra", "en", f"----- Original Message -----\n{_block(en, 'ftds')}"
    yield "Zimbra", "zh-TW", f"----- 原始郵件 -----\n{_block(tw, 'ftds')}"
    yield (
        "K-9",
        "zh-TW block",
        f"--------原始郵件--------\n{_block(('寄件人', '送件日期', '收件人', '主題'), 'fdts', colon='：')}",
    )
    yield (
        "ProtonMail 2022",
        "en",
        "------- Original Message -------\nOn Monday, March 2nd, 2026 at 10:00 AM, Alice <alice@ngo.example> wrote:",
    )
    yield (
        "ProtonMail 2019",
        "en",
        "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, March 2, 2020 10:00 AM, Alice <alice@ngo.example> wrote:",
    )
    yield "BlackBerry", "en", f"-----Original Message-----\n{_block(dated, d='Mon, 02 Mar 2026 10:00:00')}"
    yield (
        "Lotus",
        "en",
        "From:        Alice <alice@ngo.example>\nTo:        chen@people.example\nDate:        2026/03/02 10:00\nSubject:        Re: 活動",
    )
    yield (
        "Yahoo classic block",
        "zh-TW",
        f"--- 12/3/2 (五)，Alice <alice@ngo.example> 寫道：\n\n{_block(('寄件者', '日期', '收件者', '主旨'), 'fstd', d='2012年3月2日,五,上午10:00')}",
    )
    yield "blank lines between", "en", _block(dated).replace("\n", "\n\n")


_APP_LINES = """
iPhone|en|Sent from my iPhone
iPhone|zh-TW|從我的 iPhone 傳送
iPhone|zh-CN|发自我的 iPhone
iPhone 2016|zh-TW|從我的iPhone傳送
iPad|zh-TW|從我的 iPad 傳送
iPhone|ja|iPhoneから送信
iPhone|ko|나의 iPhone에서 보냄
iPhone|de|Von meinem iPhone gesendet
iPhone|fr|Envoyé de mon iPhone
iPhone|es|Enviado desde mi iPhone
iPhone|it|Inviato da iPhone
iPhone|nl|Verstuurd vanaf mijn iPhone
iPhone|ru|Отправлено с iPhone
Outlook iOS|en|Get Outlook for iOS<https://aka.ms/o0ukef>
Outlook iOS|zh-TW|取得 iOS 版 Outlook<https://aka.ms/o0ukef>
Outlook Android|zh-TW|取得 Android 版 Outlook<https://aka.ms/AAb9ysg>
Outlook Android|en|Sent from Outlook for Android
Outlook iOS|zh-CN|获取 Outlook for iOS
Yahoo iOS|en|Sent from Yahoo Mail for iPhone
Yahoo Android|zh-TW|從 Android 版 Yahoo奇摩電子信箱傳送
Yahoo iOS|zh-TW|從 iPhone 版 Yahoo奇摩電子信箱傳送
Windows Mail|en|Sent from Mail for Windows 10
Windows Mail|zh-TW|從 Windows 版郵件傳送
Samsung|en|Sent from my Samsung Galaxy smartphone.
Samsung|zh-TW|從我的 Samsung Galaxy 智慧型手機傳送。
Galaxy|zh-TW|從我的 Galaxy 傳送
Xiaomi|zh-CN|发自我的小米手机
Huawei|zh-CN|从我的华为手机发送
HTC|zh-TW|從我的 HTC 手機傳送
ASUS|zh-TW|從我的 ASUS 手機傳送
K-9|de|Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
K-9|zh-TW|使用 K-9 Mail 寄送。來自我的 Android 裝置。
ProtonMail|en|Sent with Proton Mail secure email.
ProtonMail phone|en|Sent from Proton Mail for iOS
Spark|zh-TW|使用 Spark 傳送
phone|en|Sent from my phone, please excuse typos
NetEase|zh-CN|发自我的网易邮箱大师
BlackBerry|en|Sent from my BlackBerry® wireless device
""".strip().splitlines()

_GMAIL = 'Alice &lt;<a href="mailto:alice@ngo.example">alice@ngo.example</a>&gt;'
_ROWS_ZH = "<b>寄件者:</b> Alice &lt;alice@ngo.example&gt;<br><b>寄件日期:</b> 2026年3月2日 上午 10:00<br><b>收件者:</b> chen@people.example<br><b>主旨:</b> Re: 活動"
_ROWS_EN = "<b>From:</b> Alice &lt;alice@ngo.example&gt;<br><b>Sent:</b> Monday, March 2, 2026 10:00 AM<br><b>To:</b> chen@people.example<br><b>Subject:</b> Re: 活動"
_NAMES_ZH = "<b>寄件者:</b> 林美<br><b>寄件日期:</b> 2026年3月2日 上午 10:00<br><b>收件者:</b> 陳小姐<br><b>主旨:</b> Re: 活動"

_HTML = (
    ("Gmail web", "zh-TW", f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{_GMAIL} 於 2026年3月2日 週一 上午10:00寫道：<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">{{old}}</blockquote></div>'),
    ("Gmail web", "en", f'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Mar 2, 2026 at 10:00 AM {_GMAIL} wrote:<br></div><blockquote class="gmail_quote">{{old}}</blockquote></div>'),
    ("Gmail 2014", "zh-TW", f'<div class="gmail_extra"><br><div class="gmail_quote">2014-03-02 10:00 GMT+08:00 {_GMAIL}:<br><blockquote class="gmail_quote">{{old}}</blockquote></div></div>'),
    ("Outlook web", "zh-TW", f'<div id="appendonsend"></div><hr tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">{_ROWS_ZH}</div>{{old}}'),
    ("Outlook web", "en", f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{_ROWS_EN}</div>{{old}}'),
    ("Outlook desktop", "zh-TW", f'<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal>{_ROWS_ZH}</p></div></div>{{old}}'),
    ("Outlook desktop", "en", f"<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in'><p class=MsoNormal>{_ROWS_EN}</p></div>{{old}}"),
    ("Outlook desktop, names", "zh-TW", f'<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class=MsoNormal>{_NAMES_ZH}</p></div>{{old}}'),
    ("Outlook iOS", "zh-TW", f'<div id="ms-outlook-mobile-signature">取得 <a href="https://aka.ms/o0ukef">iOS 版 Outlook</a></div><div id="mail-editor-reference-message-container" class="ms-outlook-mobile-reference-message"><hr><div id="divRplyFwdMsg">{_ROWS_ZH}</div>{{old}}</div>'),
    ("Outlook Mac", "en", f'<span id="OLK_SRC_BODY_SECTION"><div>{_ROWS_EN}</div>{{old}}</span>'),
    ("Hotmail", "en", '<div><hr id="stopSpelling">Date: Mon, 6 May 2013 10:00:00 +0800<br>Subject: 活動<br>From: alice@ngo.example<br>To: chen@people.example<br><br>{old}</div>'),
    ("Apple Mail", "zh-TW", '<div><br><blockquote type="cite"><div>Alice &lt;alice@ngo.example&gt; 於 2026年3月2日 上午10:00 寫道：</div><br>{old}</blockquote></div>'),
    ("iPhone", "zh-TW", '<br><div dir="ltr">從我的 iPhone 傳送</div><div dir="ltr"><br><blockquote type="cite">Alice &lt;alice@ngo.example&gt; 於 2026年3月2日 上午10:00 寫道：<br><br></blockquote></div><blockquote type="cite">{old}</blockquote>'),
    ("Thunderbird", "zh-TW", '<div class="moz-cite-prefix">Alice 於 2026/3/2 上午 10:00 寫道:<br></div><blockquote type="cite" cite="mid:x">{old}</blockquote>'),
    ("Yahoo web", "zh-TW", '<div id="ydp1yahoo_quoted_1" class="ydp1yahoo_quoted yahoo_quoted"><div>在 2026年3月2日 星期一 上午10:00:00 [GMT+8]， Alice &lt;alice@ngo.example&gt; 寫道： </div><div><br></div>{old}</div>'),
    ("Yahoo Android", "en", '<br><div id="ymail_android_signature"><a href="https://go.onelink.me">Sent from Yahoo Mail on Android</a></div><br><blockquote style="margin: 0 0 20px 0;"><div><div>On Mon, Mar 2, 2026 at 10:00 AM, Alice</div><div>&lt;alice@ngo.example&gt; wrote:</div></div><div style="padding: 10px 0 0 20px;border-left: 1px solid #6D00F6;">{old}</div></blockquote>'),
    ("Zoho", "en", '<div class="zmail_extra"><br><div>---- On Mon, 02 Mar 2026 10:00:00 +0800 <b>Alice &lt;alice@ngo.example&gt;</b> wrote ---</div><blockquote style="border-left:1px solid">{old}</blockquote></div>'),
    ("NetEase 163", "zh-CN", '<div id="divNeteaseMailCard"></div><p>在 2026-03-02 10:00:00，"Alice" &lt;alice@ngo.example&gt; 写道：</p><blockquote id="isReplyContent">{old}</blockquote>'),
    ("NetEase Mail Master", "zh-CN", '<div class="J-reply ntes-mailmaster-quote"><div>---- 回复的原邮件 ----</div><table><tr><td>发件人</td><td>Alice &lt;alice@ngo.example&gt;</td></tr><tr><td>主题</td><td>Re</td></tr></table>{old}</div>'),
    ("QQ", "zh-CN", '<div><br></div><div style="font-size:12px">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="background:#efefef"><div><b>发件人:</b>&nbsp;"Alice"&lt;alice@ngo.example&gt;;</div><div><b>发送时间:</b>&nbsp;2026年3月2日</div><div><b>收件人:</b>&nbsp;"chen"&lt;chen@people.example&gt;;</div><div><b>主题:</b>&nbsp;Re: 活動</div></div>{old}'),
    ("QQ 2026", "en", '<article><div style="display:flex"><div>Original</div><hr></div><table><tbody><tr><td><div><span>From:</span><span>Alice</span> <span>&lt;alice@ngo.example&gt;</span></div><div><span>Sent Time:</span><span>Mar 2, 2026 10:01</span></div></td></tr></tbody></table>{old}</article>'),
    ("139", "zh-CN", '<hr id="replySplit"><div id="reply139content"><div>------------------&nbsp;原始邮件&nbsp;------------------</div><div><b>发件人:</b>Alice</div>{old}</div>'),
    ("Foxmail", "zh-CN", '<blockquote style="margin-top:0px"><div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div><b>发件人：</b>&nbsp;Alice</div><div><b>发送时间：</b>&nbsp;2026-03-02 10:00</div><div><b>收件人：</b>&nbsp;chen</div><div><b>主题：</b>&nbsp;Re: 活動</div></div>{old}</blockquote>'),
    ("ProtonMail", "en", '<div class="protonmail_quote">On Monday, March 2nd, 2026 at 10:00, Alice &lt;alice@ngo.example&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">{old}</blockquote></div>'),
    ("Spark", "zh-TW", '<div name="messageSignatureSection">使用 Spark 傳送</div><div name="messageReplySection">在 2026年3月2日 +0800 10:00，Alice &lt;alice@ngo.example&gt;，寫道：<br><blockquote type="cite" class="spark_quote">{old}</blockquote></div>'),
    ("Roundcube", "zh-TW", '<p id="reply-intro">Alice 於 2026-03-02 10:00 寫到:</p><blockquote type="cite">{old}</blockquote>'),
    ("Zimbra", "en", f'<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{_ROWS_EN}</div>{{old}}'),
    ("Samsung", "zh-TW", "<div>-------- 原始訊息 --------</div><div>自： Alice &lt;alice@ngo.example&gt; </div><div>日期： 2026/3/2 上午10:00 (GMT+08:00) </div><div>至： chen@people.example </div><div>主旨： Re: 活動 </div><div><br></div>{old}"),
    ("Tutanota", "en", '<div>2 Mar 2026, 10:00 by alice@ngo.example:<br></div><blockquote class="tutanota_quote">{old}</blockquote>'),
    ("unknown webmail", "en", "<div>On Mon, Mar 2, 2026 at 10:00 AM, Alice &lt;alice@ngo.example&gt; wrote:</div><blockquote>{old}</blockquote>"),
)  # fmt: skip

_RUNNING = (
    ("Yahoo Android", "en", "Sent from Yahoo Mail on Android \n \n  On Sat, Sep 5, 2026 at 10:43 PM, Alice<alice@ngo.example> wrote:   {old}"),
    ("Yahoo iOS", "en", "Sent from Yahoo Mail for iPhone\n\n\nOn Saturday, September 5, 2026, 10:43 PM, Alice <alice@ngo.example> wrote:\n\n{old}"),
    ("Yahoo Android", "zh-TW", "從 Android 版 Yahoo奇摩電子信箱傳送\n \n  於 週一, 3月 2, 2026 於 10:00 上午，Alice<alice@ngo.example> 寫道：   {old}"),
)  # fmt: skip


def list_forms() -> list[Form]:
    """Every form, by client and language."""
    forms: list[Form] = []
    for row in _ATTRIBUTIONS:
        client, language, attribution = row.split("|")
        forms += [
            Form(client, language, f"{attribution}\n\n{{marked}}"),
            Form(f"{client}, bare", language, f"{attribution}\n\n{{old}}"),
        ]
    for row in _MARKED_ALONE:
        client, language, attribution = row.split("|")
        forms.append(Form(client, language, f"{attribution}\n\n{{marked}}".lstrip()))
    forms += [Form(client, language, f"{block}\n\n{{old}}") for client, language, block in _blocks()]
    gmail = "Alice <alice@ngo.example> 於 2026年3月2日 週一 上午10:00寫道：\n\n{marked}"
    for row in _APP_LINES:
        client, language, line = row.split("|")
        forms += [
            Form(f"{client}, its own line", language, f"{line}\n\n{gmail}"),
            Form(f"{client}, its own line alone", language, line),
        ]
    forms += [Form(client, language, template) for client, language, template in _RUNNING]
    forms += [Form(client, language, template, is_html=True) for client, language, template in _HTML]
    return forms


FORMS = list_forms()
