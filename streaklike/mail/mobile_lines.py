"""Lines that mail apps append to what somebody wrote, such as "Sent from my iPhone" (R25)."""

import re
from typing import Final

_MAX_LENGTH: Final = 160
_MAX_LINES: Final = 3
_BRAND: Final = (
    r"iPhone|iPad|iPod|Apple Watch|iCloud|Android|Galaxy|Samsung|SAMSUNG|Xiaomi|Redmi|小米|Huawei|HUAWEI|华为|華為|HONOR|荣耀|OPPO|vivo"
    r"|ASUS|Zenfone|HTC|Sony|Xperia|Nokia|LG|Pixel|OnePlus|BlackBerry|Windows|Outlook|Yahoo|奇摩|Gmail|AOL|Spark|Proton|K-9|Thunderbird"
    r"|Superhuman|Airmail|Foxmail|QQ邮箱|QQ郵箱|网易邮箱|網易郵箱|Verizon|T-Mobile|AT&T"
)
_GENERIC: Final = (
    r"手機|手机|行動裝置|移动设备|平板|phone|Phone|mobile|Mobile|tablet|device|Handy|Mobilgerät|Mobiltelefon|móvil|celular|teléfono"
    r"|téléphone|mobil|telefoon|telefon|cellulare|スマートフォン|携帯"
)
_SENT_FROM: Final = (
    r"Sent (?:from|via|using|with|by)|Von meine[mr]|Gesendet (?:von|mit|aus)|Diese Nachricht wurde von|Envoyé (?:de|depuis|à partir de|avec)"
    r"|Enviad[oa] (?:desde|do|de|con|pelo|a partir)|Inviato (?:da|dal|con)|Verstuurd (?:vanaf|met)|Verzonden (?:vanaf|met)|Skickat från"
    r"|Sendt fra|Lähetetty|Wysłan[eo] z|Отправлено (?:с|из)|Надіслано з|Dikirim dari|Được gửi từ|Odesláno z"
)
_MY: Final = r"my|a|mon|meine[mr]|mi|meu|min|mijn|mio|mobile"
_FROM_HAN: Final = r"從|从|由|發自|发自|寄自|來自|来自|傳送自|发送自|發送自|發送於|使用|透過|通过|以"
_HAN_ORIGIN: Final = r"(?:發自|发自|寄自|來自|来自|傳送自|发送自|發送自)"
_SENT_HAN: Final = r"(?:傳送|发送|發送|寄送|寄出|发出|發出)(?:的)?(?:郵件|邮件)?"
_LINK: Final = r"(?:\s?<https?://[^\s<>]{1,200}>)?"
_APP_LINE: Final = re.compile(
    r"[\s*_<(\[]{0,4}(?:"
    rf"(?:{_SENT_FROM})\s[^?？!！。]{{0,60}}?(?:{_BRAND})[^?？。]{{0,80}}"
    rf"|(?:{_SENT_FROM})\s(?:{_MY})\s[^?？!！。]{{0,40}}?(?:{_GENERIC})[^?？。]{{0,60}}"
    r"|(?:Get|Download|Obtenez|Télécharger|Obtener|Obter|Scarica|Holen Sie sich)\s(?:\S{1,20}\s){0,2}Outlook\s[^?？。]{0,40}"
    rf"|(?:{_FROM_HAN})[^?？!！，,；。]{{0,30}}?(?:{_BRAND})[^?？!！，；。]{{0,30}}?{_SENT_HAN}"
    rf"|(?:{_FROM_HAN})\s?(?:我的|行動)[^?？!！，,；。]{{0,20}}?(?:{_GENERIC})[^?？!！，；。]{{0,12}}?{_SENT_HAN}"
    rf"|{_HAN_ORIGIN}\s?(?:我的|我)?[^?？!！，,；。]{{0,20}}?(?:{_BRAND})[^?？!！，,；。]{{0,24}}"
    rf"|{_HAN_ORIGIN}\s?我的[^?？!！，,；。]{{0,12}}?(?:{_GENERIC})[^?？!！，,；。]{{0,12}}"
    r"|(?:取得|下載|下载|获取|獲取)\s?(?:適用於|适用于)?\s?(?:iOS|Android|Windows|Mac)?\s?(?:版)?的?\s?Outlook(?: for \w{2,10})?"
    rf"|使用\s?[^?？!！，；。]{{0,24}}(?:{_BRAND})[^?？!！，；。]{{0,12}}{_SENT_HAN}。來自我的[^?？!！，；。]{{0,20}}裝置"
    rf"|(?:{_BRAND})(?:\s\w{{1,12}})?\s?から送信(?:されました)?|Outlook for (?:iOS|Android)\s?を入手"
    rf"|(?:나의\s|내\s)?(?:{_BRAND})[^?？.]{{0,20}}에서\s(?:보냄|보낸 메일입니다)"
    rf")[.。]?{_LINK}[\s*_>)\]]{{0,4}}"
)
_FIRST: Final = re.compile(
    r"[\s*_<(\[]{0,4}(?:Sent|Get|Down|Von|Ges|Diese|Env|Obt|Tél|Inv|Sca|Ver|Ski|Send|Läh|Wys|Отп|Над|Dik|Đượ|Ode|Hol"
    r"|[從从由發发寄來来傳使透通以取下获獲나내])|.{0,24}(?:から送信|を入手|에서)"
)


def is_app_line(line: str) -> bool:
    """Whether the whole line is one that mail apps append: it names a device or program, and asks nothing."""
    return (
        len(line) <= _MAX_LENGTH and _FIRST.match(line) is not None and _APP_LINE.fullmatch(line) is not None
    )


def count_app_lines(lines: list[str]) -> int:
    """Count the lines at the end of a text that apps appended, including blank lines around them."""
    count = 0
    end = len(lines)
    for _ in range(_MAX_LINES):
        while end and not lines[end - 1].strip():
            end -= 1
        if not end or not is_app_line(lines[end - 1].strip()):
            break
        end -= 1
        if end and lines[end - 1].strip() in ("--", "—"):
            end -= 1
        count = len(lines) - end
    return count
