"""Threads of many: the group address, several outsiders at once, lists of others, and one thread of over a hundred."""

from typing import Final

from demo_story.cast import BY_KEY, GROUP
from demo_story.instants import DAY, HOUR, MINUTE
from demo_story.model import Letter, Party, Witness
from demo_story.stage import Scenario, answer, ask, build_stranger

_LONG: Final = 112
_LONG_TALK: Final = (
    "今天的水位比上週高十公分，紀錄表我填好了。",
    "收到，溶氧值看起來偏低，要不要再量一次？",
    "下午再量是 5.2，正常了，照片放在雲端。",
    "好的，謝謝！下一個點位我明天早上去。",
    "雙溪口有漂流木，請志工小心。",
    "了解，我請小隊長繞過去。",
)


def send_gatherings(stage: Scenario) -> None:
    """Every thread of many."""
    _send_groups(stage)
    _send_typhoon_notice(stage)
    _send_lists(stage)
    _send_changed_subject(stage)
    _send_forward_from_outside(stage)
    _send_long_thread(stage)


def _send_groups(stage: Scenario) -> None:
    """Mail to several outsiders at once, and one to more than ten, which is bulk (R32, R35)."""
    leaders = tuple(
        Party(name, f"{latin}@mail.example")
        for name, latin in (
            ("隊長 江冠宇", "kuanyu.chiang"),
            ("隊長 何詩涵", "shihhan.ho"),
            ("隊長 卓明哲", "mingche.cho"),
        )
    )
    first = stage.post.send(
        at=stage.day(97, 10),
        author=BY_KEY["volunteers"],
        to=leaders,
        cc=(GROUP,),
        subject="小隊長會議時間",
        text="三位好，下週二或週三晚上七點，哪一天方便？\n\n雅婷",
        thread="odd-leaders",
        kind="group",
    )
    for index, leader in enumerate(leaders):
        first = stage.post.send(
            at=stage.day(97, 12 + index),
            author=leader,
            to=(BY_KEY["volunteers"].party,),
            cc=(*(party for party in leaders if party != leader), GROUP),
            subject="Re: 小隊長會議時間",
            text=("週二可以。", "我也是週二，週三要上課。", "兩天都可以，需要我準備點心嗎？")[index],
            thread="odd-leaders",
            parent=first,
            kind="group",
        )
    stage.post.send(
        at=stage.day(97, 17),
        author=BY_KEY["volunteers"],
        to=leaders,
        cc=(GROUP,),
        subject="Re: 小隊長會議時間",
        text="那就週二，點心我來準備，會議室二樓。\n\n雅婷",
        thread="odd-leaders",
        parent=first,
        kind="group",
    )


def _send_typhoon_notice(stage: Scenario) -> None:
    """One mail with more than ten people in To: outbound bulk by its number."""
    everybody = tuple({letter.author for letter in stage.post.letters if _is_volunteer_mail(letter)})
    chosen = sorted(everybody, key=lambda party: party.address)[:14]
    stage.post.send(
        at=stage.day(110, 16),
        author=BY_KEY["volunteers"],
        to=tuple(chosen),
        subject="颱風停辦通知",
        text="各位夥伴：明天因颱風停班停課，清掃活動取消，延到下週同一時間，請大家注意安全。\n\n雅婷",
        thread="odd-typhoon",
        kind="outbound_many",
    )


def _is_volunteer_mail(letter: Letter) -> bool:
    return letter.kind == "human" and letter.thread.startswith("p") and letter.to[0] == GROUP


def _send_lists(stage: Scenario) -> None:
    """A discussion list of others (Mailman), and a share notice that names nobody (R7, R15)."""
    for number, (name, address, text) in enumerate(
        (
            (
                "盧嘉文",
                "chiawen.lu@mallard.example",
                "各位，今年的水鳥普查下個月開始，志願者請在清單上登記。",
            ),
            ("Anders Holm", "anders@worldrivers.example", "Sharing our new field guide for plastic counts."),
        )
    ):
        stage.post.send(
            at=stage.day(120 - 40 * number, 8),
            author=Party(name, address),
            to=(Party("流域論壇", "rivers-forum@lists.clearstream.example"),),
            subject=("[rivers-forum] 水鳥普查", "[rivers-forum] Field guide")[number],
            text=text,
            thread=f"odd-list-{number}",
            kind="list_of_others",
            headers=(
                ("List-Id", "<rivers-forum.lists.clearstream.example>"),
                ("List-Post", "<mailto:rivers-forum@lists.clearstream.example>"),
                ("List-Unsubscribe", "<https://lists.clearstream.example/options>"),
                ("Precedence", "list"),
                ("X-Mailman-Version", "2.1.39"),
                ("Sender", "rivers-forum-bounces@lists.clearstream.example"),
            ),
            witnesses=(Witness(BY_KEY["programmes"].email, ("INBOX", "CATEGORY_FORUMS")),),
        )


def _send_changed_subject(stage: Scenario) -> None:
    """A subject changed on the way: Gmail cuts the thread, the headers join it (R23)."""
    person = build_stranger("傅偉倫", "weilun.fu@clearstream.example", segment="partner", look="outlook")
    first = ask(stage, person, 84, ("下游採樣", "承翰，下週的採樣改到週四可以嗎？"), to="programmes")
    second = answer(stage, first, "可以，週四早上八點。\n\n承翰", by="programmes")
    assert second is not None  # noqa: S101 - it lies in the past
    third = stage.post.send(
        at=second.at + 3 * HOUR,
        author=person,
        to=(BY_KEY["programmes"].party,),
        subject="採樣當天的便當（原：下游採樣）",
        text="那天要訂便當嗎？一共六個人，一位吃素。",
        thread=f"{person.key}-lunch",
        parent=second,
        kind="changed_subject",
    )
    if third is not None:
        answer(stage, third, "我來訂，六個，一個素。\n\n承翰", by="programmes")


def _send_forward_from_outside(stage: Scenario) -> None:
    person = build_stranger("田麗華", "lihua.tien@xizhou.gov.example", segment="partner", look="plain")
    text = (
        "轉給你們參考，里民想捐課桌椅，請協助聯絡。\n\n---------- Forwarded message ---------\n"
        "寄件者： 里民 陳先生 <chen@hinet.example>\nDate: 2026年1月5日 週一 上午9:00\nSubject: 捐課桌椅\n"
        "To: 溪洲里辦公處 <lihua.tien@xizhou.gov.example>\n\n\n里長好，家裡有六張課桌椅，不知道協會要不要？"
    )
    letter = ask(stage, person, 72, ("Fwd: 捐課桌椅", text), to="programmes", kind="forward_from_outside")
    answer(
        stage,
        letter,
        "謝謝里幹事，我們需要，會直接跟陳先生約時間。\n\n承翰",
        by="programmes",
        is_quoting=False,
    )


def _send_long_thread(stage: Scenario) -> None:
    """A thread of more than a hundred: Gmail begins a second one (R23)."""
    person = build_stranger("魏立群", "lichun.wei@mallard.example", segment="partner", look="plain")
    last: Letter | None = None
    at = stage.day(150, 9)
    for number in range(_LONG):
        is_ours = number % 2 == 1
        last = stage.post.send(
            at=at,
            author=BY_KEY["programmes"] if is_ours else person,
            to=(person.party if is_ours else BY_KEY["programmes"].party,),
            subject="水質紀錄每日回報" if number == 0 else "Re: 水質紀錄每日回報",
            text=_LONG_TALK[number % len(_LONG_TALK)],
            thread="odd-long",
            parent=last,
            kind="long_thread",
            look="plain",
        )
        at += 5 * HOUR if not is_ours else DAY - 5 * HOUR + number % 7 * MINUTE
