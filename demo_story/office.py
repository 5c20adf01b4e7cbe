"""Mail that stays inside, and what never counts: internal threads, chats, drafts, spam, trash."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

from demo_story import quoting
from demo_story.cast import BY_KEY, COLLEAGUES
from demo_story.hours import at_time, office, start_of_ours
from demo_story.instants import MINUTE
from demo_story.model import Colleague, Letter, Party, Person, Witness
from demo_story.post import Post, reply_subject, short_name

_MATTERS: Final = (
    ("director", "fundraising", "董事會資料", "志豪，{day}的董事會需要上一季的捐款統計，週五前可以給我嗎？", "可以，我今天下班前先給你一版。"),
    ("volunteers", "programmes", "{day}清掃的人力", "承翰，{day}目前報名 {n} 人，器材夠嗎？", "夾子還差 10 支，我跟倉庫拿。"),
    ("cases", "director", "個案會議", "怡君，這個月有兩位孩子需要開個案會議，{day}下午可以嗎？", "可以，我把會議室訂起來。"),
    ("international", "director", "Translation of the annual report", "Yichun, the English summary is ready for you to read. {n} pages. OK to print on {day}?", "Read it on the bus, it's great. Go ahead."),
    ("fundraising", "cases", "感謝卡", "美玲姐，孩子們的感謝卡還有幾張？捐款人要寄 {n} 份。", "還有 20 張，不夠的請陪讀班這週再畫。"),
    ("programmes", "volunteers", "鑰匙", "教室的鑰匙在誰那裡？{day}一早要載器材。", "在我這裡，我先放到郵局對面的早餐店。"),
    ("director", "volunteers", "颱風停班", "明天停班停課，陪讀班和清掃都取消，請通知志工。", "收到，已經發訊息給小隊長了。"),
    ("volunteers", "cases", "新志工面談", "美玲姐，{day}晚上有一位新志工面談，你可以一起嗎？", "可以，七點我在。"),
)  # fmt: skip
_SPAM: Final = (
    ("Lucky Winner", "win@lottery.example", "恭喜您中獎 {n} 萬元", "請立即點選連結領獎。"),
    ("SEO Expert", "seo@rank.example", "First page in {n} days", "We can rank your website. Reply now."),
    ("貸款專員", "loan@fastcash.example", "免聯徵，{n} 分鐘撥款", "信用不良也可以，加我的好友。"),
)  # fmt: skip
_CHATS: Final = ("到了嗎？", "便當幾個？", "會議室改二樓", "收到", "下班了，明天見", "Coffee?")


def send_internal(post: Post, *, start: date, today: date, share: float) -> None:
    """Two mails about an office matter, twice a week or so; `share` of all that there are."""
    rng = Random(f"{post.seed}:internal")
    day, number = start, 0
    while day <= today:
        by, to, subject, question, answer = rng.choice(_MATTERS)
        blanks = {
            "day": f"{(day + timedelta(days=4)).month}/{(day + timedelta(days=4)).day}",
            "n": str(rng.randrange(4, 60)),
        }
        author, reader = BY_KEY[by], BY_KEY[to]
        language = "en" if author.locale == "en" else "zh"
        first = post.send(
            at=start_of_ours(day, rng),
            author=author,
            to=(reader.party,),
            subject=subject.format(**blanks),
            text=question.format(**blanks),
            thread=f"internal-{number}",
            kind="internal",
            language=language,
        )
        if first is not None:
            _answer(post, first, reader, author, answer, language, rng)
        day += timedelta(days=round(rng.randrange(3, 7) / share))
        number += 1


def _answer(
    post: Post, first: Letter, author: Colleague, to: Colleague, text: str, language: str, rng: Random
) -> None:
    post.send(
        at=office(first.at + rng.randrange(10, 200) * MINUTE, rng),
        author=author,
        to=(to.party,),
        subject=reply_subject(first.subject, "gmail", language),
        text=text,
        thread=first.thread,
        parent=first,
        kind="internal",
        language=language,
    )


def send_asides(post: Post) -> None:
    """Colleagues among themselves in outside threads: remarks, and forwards by hand of what came from outside (R13, R17)."""
    outside = [
        letter
        for letter in post.letters
        if letter.kind == "human" and letter.author.address not in _OURS and letter.to[0].address in _OURS
    ]
    for letter in outside:
        if post.is_chosen(letter, one_in=32, lot="aside"):
            rng = Random(letter.message_id)
            holder = _colleague(letter.to[0].address)
            other = rng.choice([colleague for colleague in COLLEAGUES if colleague != holder])
            tell = _remark if rng.random() < 0.5 else forward_by_hand
            tell(post, letter, holder, other)


def _remark(post: Post, letter: Letter, holder: Colleague, other: Colleague) -> Letter | None:
    """A word to a colleague in the outside thread: internal, and not stored (R13)."""
    return post.send(
        at=letter.at + 20 * MINUTE,
        author=holder,
        to=(other.party,),
        subject=reply_subject(letter.subject.removeprefix("Re: ").removeprefix("回覆: "), "gmail", "zh"),
        text=f"{short_name(other, 'zh')}，這位你上次也聊過，我先回，你覺得還要補充什麼嗎？（內部）",
        thread=letter.thread,
        parent=letter,
        kind="internal_aside",
    )


def forward_by_hand(post: Post, letter: Letter, holder: Colleague, other: Colleague) -> Letter | None:
    """A colleague's manual forward of outside mail to another: internal, an offer (R17)."""
    shell = Letter("", letter.at, holder.party, (other.party,), "", "這封給你參考，請看一下。", "", "", ())
    text = quoting.forwarded(shell, letter)
    return post.send(
        at=letter.at + 35 * MINUTE,
        author=holder,
        to=(other.party,),
        subject=f"Fwd: {letter.subject}",
        text=text,
        thread=f"{letter.thread}-forward",
        kind="internal_forward",
        look="plain",
        is_quoting=False,
    )


def send_uncounted(post: Post, people: tuple[Person, ...], *, start: date, today: date) -> None:
    """Chats, drafts, spam and trash: none of it may count (R14)."""
    rng = Random(f"{post.seed}:uncounted")
    span = (today - start).days
    for number in range(44):
        day = start + timedelta(days=rng.randrange(span))
        name, address, subject, text = _SPAM[number % len(_SPAM)]
        to = rng.choice(COLLEAGUES)
        _lay(
            post,
            Party(name, address),
            to.party,
            at_time(day, 3, number),
            (subject.format(n=number + 3), text),
            "spam",
            ("SPAM",),
        )
    for number in range(36):
        author, to = rng.sample(COLLEAGUES, 2)
        at = at_time(start + timedelta(days=rng.randrange(span)), 15, number)
        _lay(post, author.party, to.party, at, ("", rng.choice(_CHATS)), "chat", ("CHAT",))
    for number, person in enumerate(rng.sample(people, min(len(people), 12))):
        author = rng.choice(COLLEAGUES)
        at = at_time(today - timedelta(days=number * 9 + 1), 17, 20)
        _lay(
            post,
            author.party,
            person.party,
            at,
            ("近況問候", "您好，想跟您聊聊"),
            "draft",
            ("DRAFT",),
            by_sender=True,
        )
    for number in range(14):
        to = rng.choice(COLLEAGUES)
        at = at_time(start + timedelta(days=rng.randrange(span)), 12, number)
        seller = Party("旅遊團購", f"sales{number}@groupbuy.example")
        _lay(
            post, seller, to.party, at, ("員工旅遊方案", "貴單位今年員工旅遊決定了嗎？"), "trash", ("TRASH",)
        )


def _lay(
    post: Post, author: Party, to: Party, at: int, words: tuple[str, str], kind: str, labels: tuple[str, ...], *,
    by_sender: bool = False,
) -> None:  # fmt: skip
    mailbox = author.address if by_sender or author.address in _OURS else to.address
    post.send(
        at=at,
        author=author,
        to=(to,),
        subject=words[0],
        text=words[1],
        thread=f"{kind}-{at}",
        kind=kind,
        look="plain",
        witnesses=(Witness(mailbox, labels),),
    )


def throw_away_one_side(post: Post) -> None:
    """Some letters that two colleagues hold lie in the trash of one of them: the other's copy still counts."""
    is_done = False
    for index, letter in enumerate(post.letters):
        held = [witness for witness in letter.witnesses if "SENT" not in witness.label_ids]
        if letter.kind != "human" or len(held) < 2:
            continue
        if not is_done or post.is_chosen(letter, one_in=18, lot="trash"):
            thrown = replace(held[0], label_ids=("TRASH",))
            kept = tuple(thrown if witness is held[0] else witness for witness in letter.witnesses)
            post.letters[index] = replace(letter, witnesses=kept, kind="one_sided_trash")
            is_done = True


def _colleague(address: str) -> Colleague:
    return next(colleague for colleague in COLLEAGUES if colleague.email == address)


_OURS: Final = frozenset(colleague.email for colleague in COLLEAGUES)
