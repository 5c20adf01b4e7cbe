"""A small NGO to look at: members of each role, people in every state, boxes, tasks, long and hostile names."""

from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.lifecycle import create_box
from streaklike.boxes.notes import log
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.tasks import add_task
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.instants import DAY, HOUR, MINUTE, parse_instant, to_datetime
from streaklike.people.contacts import set_do_not_contact, set_tier
from streaklike.people.finding import get_contact
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Box, Mailbox, User
from tests.factories import PostOffice

NOW = parse_instant("2026-11-18T02:00:00+00:00")
"""A Wednesday, ten in the morning in Taipei."""

MEI = "林小美 <mei@ngo.example>"
WEI = "陳志偉 <wei@ngo.example>"
ANNA = "Anna Berg <anna@ngo.example>"
LOOKER = "理事長 <board@ngo.example>"

CHEN = "陳雅婷 <yating.chen@donor.example>"
WANG = "王大明 <wang@volunteer.example>"
LI = "李淑芬 <shufen@member.example>"
SMITH = "Margaret Smith-Fotheringham <margaret.smith-fotheringham@foundation.example>"
ZHANG = "張家豪 <jiahao@press.example>"
HUANG = "黃美玲 <meiling@donor.example>"
NEW = "周子瑜 <ziyu@newcomer.example>"
QUIET = "許志明 <ming@quiet.example>"
EVIL_NAME = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
EVIL = "evil@hostile.example"
EVIL_SUBJECT = "</title><script>alert(3)</script> {{ 7*7 }} ${7*7}"
LONG_SUBJECT = "關於明年春天在花蓮縣秀林鄉舉辦的部落長者共餐計畫與志工排班、交通接駁、保險以及場地租借費用分攤方式的第三次討論（含附件）"


class World(NamedTuple):
    """Where to find what was made."""

    chen: int
    wang: int
    evil: int
    newcomer: int
    quiet: int
    box: str
    mei: int
    looker: int


def build_world(database: Database, now: int = NOW) -> World:
    """Fill the database; everything is dated before `now`."""
    with database.begin() as session:
        office = PostOffice(session, now=now)
        for person, role in ((MEI, "admin"), (WEI, "member"), (ANNA, "member"), (LOOKER, "viewer")):
            office.user(person, role=role)
            if role != "viewer":
                office.mailbox(person)
        _post(office, now)
        office.link()
        _do(session, now)
        for mailbox in session.scalars(select(Mailbox)):
            mailbox.synced_at = now - 3 * MINUTE
        refresh(session, now=now)
        return find_world(session)


def _post(office: PostOffice, now: int) -> None:
    def at(days: float) -> int:
        return now - round(days * DAY)

    hello = office.post(
        CHEN,
        to=[MEI],
        at=at(80),
        subject="想了解定期定額捐款",
        text="您好，我想了解定期定額捐款的方式，謝謝。",
    )
    office.post(
        MEI,
        to=[CHEN],
        at=at(79.5),
        subject="Re: 想了解定期定額捐款",
        refs=[hello],
        text="雅婷您好，附上說明與表單。",
    )
    subjects = ("秋季成果報告", "邀請您參加感恩茶會", "感恩茶會提醒", "義賣活動需要您", "年終募款信")
    for number, (subject, sender) in enumerate(zip(subjects, (MEI, WEI, MEI, WEI, MEI), strict=True)):
        office.post(
            sender,
            to=[CHEN],
            at=at(9.2 - number * 2),
            subject=subject,
            text=f"{subject}：親愛的雅婷，" + "感謝您的支持。" * (4 + 40 * (number == 4)),
        )
    asked = office.post(
        WANG,
        to=[MEI],
        cc=[WEI],
        at=at(5),
        subject=LONG_SUBJECT,
        text="小美您好，\n\n我可以幫忙開車接送，但星期三不行。請問還缺人嗎？\n\n大明",
    )
    office.post(
        WANG, to=[MEI], at=at(3), subject="Re: " + LONG_SUBJECT, refs=[asked], text="補充：我有九人座。"
    )
    office.post(
        SMITH,
        to=[ANNA],
        at=at(0.2),
        subject="Grant report: two questions before Friday",
        text="Dear Anna,\n\nCould you confirm the two figures in table 3?\n\nBest wishes,\nMargaret",
    )
    thanks = office.post(MEI, to=[LI], at=at(2), subject="會員續約", text="淑芬您好，續約資料已收到。")
    office.post(
        LI, to=[MEI], at=at(1.8), subject="Re: 會員續約", refs=[thanks], text="謝謝！", is_thanks=True
    )
    talked = office.post(ZHANG, to=[WEI], at=at(40), subject="採訪邀約", text="想採訪貴會的志工計畫。")
    office.post(
        WEI, to=[ZHANG], at=at(39.8), subject="Re: 採訪邀約", refs=[talked], text="歡迎，下週二可以。"
    )
    receipt = office.post(HUANG, to=[WEI], at=at(200), subject="捐款收據", text="請問收據何時寄出？")
    office.post(
        WEI, to=[HUANG], at=at(199.9), subject="Re: 捐款收據", refs=[receipt], text="已寄出，謝謝美玲。"
    )
    office.post(NEW, to=[WEI], at=at(1.1), subject="我想當志工", text="我是大學生，週末有空。")
    office.post(
        _named(EVIL_NAME, EVIL),
        to=[MEI],
        at=at(4),
        subject=EVIL_SUBJECT,
        text="<b>bold</b><script>alert(4)</script>",
    )
    office.post(ANNA, to=[QUIET], at=at(20), subject="年度問卷", text="志明您好，請撥空填寫。")
    office.post(
        "電子報 <news@bulk.example>", to=[MEI], at=at(6), subject="特價", kind="bulk", text="買一送一"
    )


def _named(name: str, address: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{address}>'


def _do(session: Session, now: int) -> None:
    mei = session.scalars(select(User).where(User.email == "mei@ngo.example")).one()
    wei = session.scalars(select(User).where(User.email == "wei@ngo.example")).one()
    ensure_start_pipelines(session)
    chen, wang, huang, quiet, zhang = (
        get_contact(session, key)
        for key in (
            "yating.chen@donor.example",
            "wang@volunteer.example",
            "meiling@donor.example",
            "ming@quiet.example",
            "jiahao@press.example",
        )
    )
    set_tier(session, chen, "A", by=mei, now=now - 70 * DAY)
    set_tier(session, huang, "B", by=wei, now=now - 190 * DAY)
    set_do_not_contact(session, quiet, until=FOREVER, reason="家屬請我們不要再寫", by=mei, now=now - 9 * DAY)
    log(
        session,
        "call",
        contact=zhang,
        by=wei,
        at=now - 12 * DAY,
        now=now - 12 * DAY,
        text="電話確認採訪時間，對方改到十二月。",
    )
    create_box(
        session,
        "supporters",
        "donor",
        name="陳雅婷",
        contacts=[chen],
        owners=[mei],
        by=mei,
        now=now - 60 * DAY,
    )
    create_box(
        session,
        "supporters",
        "volunteer",
        name="王大明",
        contacts=[wang],
        owners=[wei, mei],
        by=wei,
        now=now - 30 * DAY,
    )
    create_box(
        session,
        "supporters",
        "stranger",
        name="張家豪（報社）",
        contacts=[zhang],
        owners=[],
        by=wei,
        now=now - 39 * DAY,
    )
    create_box(
        session,
        "supporters",
        "supporter",
        name="黃美玲",
        contacts=[huang],
        owners=[wei],
        by=wei,
        now=now - 190 * DAY,
    )
    zone_day = to_datetime(now + 8 * HOUR).date()
    add_task(
        session,
        text="寄成果報告的紙本",
        due_on=zone_day + timedelta(days=3),
        zone=ZoneInfo("Asia/Taipei"),
        contact=chen,
        by=mei,
        now=now - DAY,
    )
    add_task(
        session,
        text="回覆採訪題綱",
        due_on=zone_day - timedelta(days=2),
        zone=ZoneInfo("Asia/Taipei"),
        contact=zhang,
        by=wei,
        now=now - 8 * DAY,
    )


def find_world(session: Session) -> World:
    """What `build_world` made, found again in a copy of it."""

    def contact(key: str) -> int:
        return get_contact(session, key).id

    emails = dict(session.execute(select(User.email, User.id)).all())
    box = session.scalars(select(Box.uid).where(Box.name == "張家豪（報社）")).one()
    return World(
        chen=contact("yating.chen@donor.example"),
        wang=contact("wang@volunteer.example"),
        evil=contact(EVIL),
        newcomer=contact("ziyu@newcomer.example"),
        quiet=contact("ming@quiet.example"),
        box=box,
        mei=emails["mei@ngo.example"],
        looker=emails["board@ngo.example"],
    )
