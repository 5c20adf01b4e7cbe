"""Map Google Takeout's labels, in English and Chinese, to Gmail's label ids."""

import re
import unicodedata
from typing import Final

from streaklike.mail.charsets import clean_line, decode_words

_SYSTEM: Final = {
    "INBOX": ("Inbox", "收件匣", "收件箱"),
    "SENT": (
        "Sent",
        "Sent Mail",
        "寄件備份",
        "已傳送郵件",
        "已傳送",
        "寄件匣",
        "已发邮件",
        "已发送邮件",
        "已发送",
    ),
    "DRAFT": ("Drafts", "Draft", "草稿", "草稿匣", "草稿箱"),
    "SPAM": ("Spam", "垃圾郵件", "垃圾邮件"),
    "TRASH": ("Trash", "Bin", "垃圾桶", "回收站", "已删除邮件", "已刪除的郵件", "已刪除郵件", "已删除"),
    "CHAT": ("Chat", "Chats", "即時通訊", "聊天", "聊天室", "聊天记录"),
    "UNREAD": ("Unread", "未讀", "未讀取", "未读"),
    "IMPORTANT": ("Important", "重要", "重要郵件", "重要邮件"),
    "STARRED": ("Starred", "已加星號", "已加星标", "星號", "加星標"),
    "": (
        "Opened",
        "已開啟",
        "已打开",
        "已讀",
        "已读",
        "Archived",
        "已封存",
        "封存",
        "已归档",
        "归档",
        "All Mail",
    ),
    "CATEGORY_PERSONAL": ("Category Personal", "Personal", "個人", "主要", "个人"),
    "CATEGORY_SOCIAL": ("Category Social", "社交網路", "社交", "社交网络"),
    "CATEGORY_PROMOTIONS": ("Category Promotions", "促銷內容", "促銷", "推廣內容", "推广", "促销"),
    "CATEGORY_UPDATES": ("Category Updates", "最新快訊", "更新", "动态"),
    "CATEGORY_FORUMS": ("Category Forums", "論壇", "论坛"),
    "CATEGORY_PURCHASES": ("Category Purchases", "購物", "购物"),
    "CATEGORY_RESERVATIONS": ("Category Reservations", "預訂", "预订"),
}
_IS_CATEGORY_WORD: Final = re.compile(
    r"^(?:Category|類別|类别|分類|分类) ?[:：]? ?| ?(?:類別|类别|分類|分类)$", re.IGNORECASE
)
_IDS: Final = {name.casefold(): id_ for id_, names in _SYSTEM.items() for name in names}
_LABEL: Final = re.compile(r'\s*(?:"([^"]*)"[^,]*|([^,]*))(?:,|$)')
_MAX_LABELS: Final = 1_000


def parse_labels(header: str) -> frozenset[str]:
    """Parse an X-Gmail-Labels header: ids for Gmail's own labels, in three scripts, and user labels
    unchanged.

    `Opened` and `Archived` have no id: they mean that UNREAD and INBOX are absent.
    """
    text = clean_line(decode_words(header))
    ids = set()
    for quoted, bare in _LABEL.findall(text)[:_MAX_LABELS]:
        name = unicodedata.normalize("NFC", (quoted or bare).strip())
        if name:
            ids.add(_label_id(name))
    return frozenset(ids - {""})


def _label_id(name: str) -> str:
    core = _IS_CATEGORY_WORD.sub("", name).strip('「」“”" ')
    if core != name:
        found = _IDS.get(core.casefold(), name)
        return found if found.startswith("CATEGORY_") else _IDS.get(name.casefold(), name)
    found = _IDS.get(name.casefold(), name)
    return name if found.startswith("CATEGORY_") and found != name.upper() else found
