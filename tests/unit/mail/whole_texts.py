"""Texts of people that look like quotes and are none: every word must stay (R25)."""

WHOLE = {
    "shipping slip": "您好，我要捐毛毯二十條，宅配單如下：\n寄件人：王小明\n收件人：志工組\n日期：3月5日\n\n請問送到哪裡比較方便？",
    "slip after thanks": "謝謝！\n\n寄件人：王小明\n收件人：志工組\n寄件日期：3月5日\n\n請問毛毯要送到哪裡？",
    "slip below a rule of one's own": "包裹資料\n----------\n寄件人：王小明\n收件人：志工組\n日期：3月5日\n----------\n請問收到了嗎？",
    "slip with an address in it": "寄件人：王小明 wang@people.example\n收件人：志工組\n日期：3月5日下午\n主題：毛毯\n\n請問要送到哪裡？",
    "slip in English": "Parcel label:\nFrom: Anna Smith\nTo: The volunteers\nDate: 5 March\n\nWhere shall I bring it?",
    "poem with From and To": "From: my heart\nTo: yours\nSubject: love\nDate: always\n\nYours, Anna",
    "opening hours": "From: 9:00\nTo: 17:00\nDate: 2026-03-05\nSubject: training\n\nIs that right?",
    "form": "姓名：王小明\n電話：0912-345-678\nEmail：wang@people.example\n日期：2026-03-05\n主旨：報名\n\n請問還有名額嗎？",
    "event": "時間：2026年3月5日 10:00\n地點：台北車站\n主題：淨灘\n聯絡：alice@ngo.example\n\n我可以帶小孩嗎？",
    "forwarded words": "您好，\n轉寄的郵件：\n我收不到，請再寄一次，謝謝。",
    "begin forwarded words": "Begin forwarded message:\nthat is all I got. Could you send it again?",
    "short separator": "我的想法：\n-- 原文 --\n你們寫得很好\n-- 建議 --\n字大一點",
    "separators of one's own": "第一點\n-----\n第二點\n_____\n第三點\n==========\n可以嗎？",
    "long rules": f"第一點\n{'-' * 66}\n第二點\n{'_' * 40}\n第三點，可以嗎？",
    "Monday, Anna wrote": "On Monday, Anna wrote:\na letter to the school. Shall I send it to you?",
    "dated prose": "On Monday, 2 March 2026, Anna wrote:\nwe are all well. I thought you would like to know.",
    "dated prose with a time": "On 2026-03-02 we met at 10:00 and Ben wrote:\nthe notes that I attach.",
    "As I wrote": "As I wrote on 2 March 2026 at 10:00, Ben and I come:\nare there places left?",
    "book": "他在2020年的書中寫道：\n「人生如戲」\n您讀過嗎？",
    "diary": "她於2026年3月2日的日記寫道：\n今天很開心。\n請問可以刊登嗎？",
    "letter": "王小明在2026年3月2日下午3:04的訊息中寫道：\n我不去了。\n請問怎麼辦？",
    "deadline with an address": "報名請於 2026-03-05 17:00 前寄 <wang@people.example>：\n姓名\n電話",
    "deadline by slashes": "3/5/2026 17:00 前請寄到 <wang@people.example>：\n姓名\n電話",
    "address and colon": "請跟我先生聯絡 <wang@people.example>：\n他比較有空",
    "somebody said": "陳先生表示：\n他願意捐一百條毛毯",
    "dashes": "要帶的東西：\n- 手套\n- 帽子\n-- 水壺\n--- 午餐\n夠嗎？",
    "signature": "我會到。\n-- \n王小明\n電話：0912-345-678\n寄件地址：台北市",
    "faces": "好喔！\n>_<\n><\n那就週六見\n>///<",
    "arrows": "1 > 0\n=> 可以\n-> 週六\n再麻煩您",
    "wrapped link": "請看 <https://www.example.org/a\n> 裡面的照片，好看嗎？",
    "From Taipei": "我們搭車\n>From Taipei we go on\n到花蓮",
    "sent from my heart": "謝謝你們！\nSent from my heart",
    "sent by mail": "The blankets are on their way.\nSent by mail on Monday with my phone number on it, ok?",
    "phone in a sentence": "從我的手機寄不出去\n可以改用傳真嗎？",
    "get it back": "Please help me.\nGet my phone back",
    "posted it": "包裹已經寄出\n從郵局寄出",
    "share line": "這篇很棒！ On page 3 of the 2025 report you wrote:\nvolunteers wanted. Is that still so?",
    "table": "| 姓名 | 電話 |\n| 王小明 | 0912 |\n| 日期 | 3月5日 |\n可以嗎？",
    "minutes": "會議記錄\n日期：2026/3/2 10:00\n主題：春季活動\n出席：林美、王小明\n請過目",
    "official letter": "發文者：里辦公處\n受文者：協會\n日期：115年3月2日\n主旨：借用場地\n說明：請惠予同意。",
}  # fmt: skip
"""Whole in a mail that answers one, as in a mail of its own."""

WHOLE_UNLESS_ANSWERING = {
    "markdown quote": "我最喜歡的詩：\n> 床前明月光\n> 疑是地上霜\n您覺得呢？",
    "markdown list": "> 毛毯 20 條\n> 罐頭 10 箱\n請問夠嗎？",
    "what Anna wrote": "I agree with what Anna wrote:\n> be kind\nDo you?",
}
"""Whole in a mail of its own. In an answer nobody can tell such lines from a quote whose attribution was deleted."""

ANSWERS_WITHIN = {
    "inline": (
        "Alice <alice@ngo.example> 於 2026年3月2日 週一 上午10:00寫道：\n> 幾點？\n\n十點\n\n> 在哪？\n大門口\n",
        "十點\n\n大門口",
    ),
    "inline, English": (
        "On Mon, Mar 2, 2026 at 10:00 AM Alice <alice@ngo.example> wrote:\n\n> When?\nAt ten.\n> Where?\nAt the gate.\n",
        "At ten.\nAt the gate.",
    ),
    "below": (
        "On Mon, Mar 2, 2026 at 10:00 AM Alice <alice@ngo.example> wrote:\n> When?\n\nAt ten.\n-- \nAnna",
        "At ten.\n-- \nAnna",
    ),
    "above and below": (
        "您好\n\nAlice 於 2026/3/2 上午 10:00 寫道:\n> 幾點？\n\n十點",
        "您好\n\n十點",
    ),
    "below a separator and marks": (
        "-----Original Message-----\nFrom: Alice <alice@ngo.example>\nSent: Monday, March 2, 2026\nTo: x\nSubject: y\n\n> When?\n\nAt ten.",
        "At ten.",
    ),
    "share line": (
        "OK I will go On Mon, Mar 2, 2026 at 10:00 AM, Alice <alice@ngo.example> wrote:\n> Will you come?",
        "OK I will go",
    ),
    "share line in Chinese": (
        "好的，我會去 Alice <alice@ngo.example> 於 2026年3月2日 週一 上午10:00寫道：\n> 您來嗎？",
        "好的，我會去",
    ),
    "share line, bare": (
        "OK I will go On Mon, Mar 2, 2026 at 10:00 AM, Alice <alice@ngo.example> wrote:\nWill you come?",
        "OK I will go",
    ),
    "wrapped and shared": (
        "More information On Nov 30, 2011, at 12:47 PM, Somebody <\n416ffd3258@people.example> wrote:\n\n> Hi",
        "More information",
    ),
    "a sentence of one's own above marks": (
        "I do not agree with Alice <alice@ngo.example> who wrote:\n> all are welcome",
        "I do not agree with Alice <alice@ngo.example> who wrote:",
    ),
    "prose above marks": ("請看我先生的意見，他表示：\n> 可以", "請看我先生的意見，他表示："),
    "slip below a quote": (
        "Alice 於 2026/3/2 上午 10:00 寫道:\n> 請給地址\n\n寄件人：王小明\n收件人：志工組\n日期：3月5日",
        "寄件人：王小明\n收件人：志工組\n日期：3月5日",
    ),
}  # fmt: skip
"""A text, and what of it is the writer's own."""
