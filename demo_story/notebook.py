"""What colleagues wrote down by hand, in words: calls, meetings, notes, tasks, the matters of boxes."""

from typing import Final

CALLS: Final = (
    "電話問候，聊了十分鐘。孩子今年考大學，近況都好。",
    "回電說明收據的事，對方很滿意，順便問到明年的計畫。",
    "電話謝謝這一年的支持，希望保持聯絡，不要太頻繁。",
    "打去約時間，對方最近出差，月底再約。",
    "Called to say thank you; glad about the children's letters. Prefers e-mail in the mornings.",
)
MEETINGS: Final = (
    "到辦公室拜訪，帶了成果報告，談到明年度的方向。",
    "在河岸教室見面，看了陪讀班，孩子送了一張卡片。",
    "開放日當天聊了半小時，想帶家人一起來。",
    "Met at the open house; walked the river together.",
)
NOTES: Final = (
    "收據寄公司，不要寄家裡。",
    "喜歡收紙本感謝卡，不看電子報。",
    "吃素；活動便當要另外訂。",
    "女兒在念社工系，可能會來實習。",
    "有救生員證，可以支援水上活動。",
    "怕狗，家訪時請另一位志工一起。",
    "Reads Chinese well, writes in English.",
    "星期三晚上不方便接電話。",
)
TASKS: Final = (
    "寄感謝卡",
    "約拜訪時間",
    "補寄成果報告紙本",
    "確認開放日人數",
    "寄志工背心",
    "更新保險名單",
    "Send the photos of the visit",
)
MATTERS: Final[dict[str, tuple[str, ...]]] = {
    "stranger": ("{name}：第一次接觸", "{name}：想認識協會", "{name}：活動上交換名片"),
    "supporter": ("{name}：訂閱與參與", "{name}：二手物資", "{name}：校園合作"),
    "volunteer": ("{name}：陪讀志工", "{name}：清掃小隊", "{name}：活動支援"),
    "donor": ("{name}：定期捐款", "{name}：年度捐款", "{name}：企業贊助"),
    "organiser": ("{name}：小隊長", "{name}：社區串連"),
    "cases": ("個案 {name} 家：課後陪讀", "個案 {name} 家：學費補助", "個案 {name} 家：家訪與轉介"),
}
