"""Mail to many: the monthly newsletter and the mailings of the seasons, with the automatic answers and bounces they draw."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from demo_story.cast import BY_EMAIL, BY_KEY
from demo_story.hours import at_time, day_of, work_day_from
from demo_story.instants import MINUTE, SECOND
from demo_story.ledger import Totals
from demo_story.machines import send_away_note, send_bounce
from demo_story.model import Letter, Party, Person
from demo_story.post import Post, signature_of

_UNSUBSCRIBE: Final = (
    ("List-Unsubscribe", "<https://riverbank.example/unsubscribe>, <mailto:unsubscribe@riverbank.example>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)
_NEWS: Final = (
    """本月的河岸教室：{a}。清掃紀錄：{n} 公斤。志工徵求：週二、週四晚上各缺一位。
In English: {n} kg collected this month; two tutors wanted on weekday evenings.""",
    """這一期的封面是孩子們畫的{a}。下個月的開放日在第三個星期六下午，歡迎帶朋友來。
In English: the open house is on the third Saturday. Everybody is welcome.""",
    """水質觀察課發現了{a}！完整的紀錄放在網站上，感謝 {n} 位志工。
In English: thank you to the {n} volunteers of this month.""",
)
_TOPICS: Final = ("夜鷺", "彈塗魚", "翠鳥的巢", "水筆仔", "招潮蟹", "一艘紙船")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A mailing in a season: its day, who sends it to whom, and one body for all (so that it counts as bulk, R32)."""

    month: int
    day: int
    by: str
    segment: str
    is_ask: bool
    subject: str
    text: str


_CAMPAIGNS: Final = (
    Campaign(1, 8, "director", "donor", False, "新年快樂，謝謝您的陪伴", "親愛的朋友：\n\n新的一年，孩子們畫了一張賀卡給您，放在網站首頁。去年我們一起陪了 78 個孩子、清了 11.6 公噸的垃圾。\n祝您平安健康。"),
    Campaign(4, 10, "volunteers", "volunteer", False, "春季清掃日開始報名", "親愛的志工夥伴：\n\n春季清掃日分三個河段同時進行，請上網選一段報名，額滿為止：https://riverbank.example/spring"),
    Campaign(6, 12, "fundraising", "donor", False, "半年成果報告出爐", "親愛的朋友：\n\n上半年的成果報告已經放在網站上：https://riverbank.example/report ，每一筆收支都看得到。謝謝您。"),
    Campaign(9, 11, "volunteers", "volunteer", False, "秋季志工大會", "親愛的志工夥伴：\n\n秋季志工大會要選新的小隊長，會後一起吃麵。請上網登記人數：https://riverbank.example/autumn"),
    Campaign(11, 5, "fundraising", "donor", True, "歲末募款開跑：八十份溫暖的晚餐", "親愛的朋友：\n\n歲末募款今天開始，目標是明年八十份晚餐。懇請捐款支持：https://riverbank.example/year-end\n一個孩子一個月是 1,500 元，一份就好。"),
)  # fmt: skip
_RECIPIENTS: Final = 34


def plan_campaigns(
    seed: int,
    people: tuple[Person, ...],
    ledger: Totals,
    leavers: dict[str, date],
    *,
    start: date,
    today: date,
) -> list[tuple[Campaign, date, tuple[Person, ...]]]:
    """Choose each mailing's day and people, and note them in the ledger before the everyday is played."""
    planned = []
    for year in range(start.year, today.year + 1):
        for campaign in _CAMPAIGNS:
            day = work_day_from(date(year, campaign.month, campaign.day))
            if start + timedelta(days=60) <= day <= today:
                chosen = _choose(seed, campaign, day, people, leavers)
                for person in chosen:
                    ledger.of(person.key).mailings.append(day)
                    if campaign.is_ask:
                        ledger.of(person.key).asks.append(day)
                planned.append((campaign, day, chosen))
    return sorted(planned, key=lambda plan: plan[1])


def _choose(
    seed: int, campaign: Campaign, day: date, people: tuple[Person, ...], leavers: dict[str, date]
) -> tuple[Person, ...]:
    """A part of those whom it suits; whoever left since the last one is still on the list."""
    fit = [
        person
        for person in people
        if person.segment == campaign.segment
        and person.language == "zh"
        and person.tier not in {"A", "B"}
        and person.since < day - timedelta(days=45)
    ]
    rng = Random(f"{seed}:{campaign.subject}:{day}")
    chosen = rng.sample(fit, min(len(fit), _RECIPIENTS))
    left = [
        person
        for person in fit
        if timedelta(0) <= day - leavers.get(person.key, date.max) < timedelta(days=200)
    ]
    return tuple(dict.fromkeys((*chosen, *left)))


def send_campaigns(
    post: Post, planned: list[tuple[Campaign, date, tuple[Person, ...]]], leavers: dict[str, date]
) -> list[str]:
    """Send the mailings: one mail a person within the hour; the Message-IDs of the asks.

    `leavers` are people whose address dies on a day.
    """
    asks: list[str] = []
    for number, (campaign, day, chosen) in enumerate(planned):
        colleague = BY_KEY[campaign.by]
        for index, person in enumerate(chosen):
            letter = post.send(
                at=at_time(day, 10) + index * 40 * SECOND,
                author=colleague,
                to=(person.party,),
                subject=campaign.subject,
                text=campaign.text,
                thread=f"campaign-{number}-{index}",
                kind="mailing",
                signature=signature_of(colleague, "zh"),
            )
            if letter is not None:
                _answer_by_machine(post, letter, person, index, leavers)
                if campaign.is_ask:
                    asks.append(letter.message_id)
    return asks


def _answer_by_machine(
    post: Post, letter: Letter, person: Person, index: int, leavers: dict[str, date]
) -> None:
    if leavers.get(person.key, date.max) <= day_of(letter.at):
        send_bounce(post, letter, person.party, status="5.1.1")
    elif index % 17 == 3:
        send_bounce(post, letter, person.party, status="4.4.1")
    elif index % 11 == 5:
        send_away_note(post, letter, person, has_header=index % 2 == 0)


def send_newsletters(post: Post, people: tuple[Person, ...], *, start: date, today: date) -> None:
    """The newsletter, on the first Thursday of each month, to two thirds of those we have written to by then (in Bcc)."""
    sender = Party("河岸共學協會電子報", BY_KEY["programmes"].email)
    written_at = _first_letters(post)
    subscribers = [person for person in people if int(person.key[1:]) % 3]
    for number, day in enumerate(_first_thursdays(start, today)):
        at = at_time(day, 11, 30)
        readers = tuple(person.party for person in subscribers if written_at.get(person.address, at) < at)
        rng = Random(f"{post.seed}:news:{number}")
        text = rng.choice(_NEWS).format(a=rng.choice(_TOPICS), n=rng.randrange(300, 900))
        letter = post.send(
            at=at,
            author=sender,
            to=(sender,),
            bcc=readers,
            subject=f"河岸電子報 {day.year} 年 {day.month} 月號 | Riverbank News",
            text=text,
            thread=f"newsletter-{number}",
            kind="newsletter",
            look="html",
            headers=_UNSUBSCRIBE,
        )
        if letter is not None and readers:
            away = next(person for person in people if person.party == readers[number % len(readers)])
            send_away_note(post, letter, away, has_header=True, delay=9 * MINUTE)


def _first_letters(post: Post) -> dict[str, int]:
    """When we first wrote to each address."""
    written_at: dict[str, int] = {}
    for letter in post.letters:
        if letter.kind == "human" and letter.author.address in BY_EMAIL:
            for party in letter.to:
                written_at[party.address] = min(letter.at, written_at.get(party.address, letter.at))
    return written_at


def _first_thursdays(start: date, today: date) -> Iterator[date]:
    day = start + timedelta(days=75)
    while day <= today:
        if day.weekday() == 3 and day.day <= 7:
            yield day
        day += timedelta(days=1)
