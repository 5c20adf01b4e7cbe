"""What comes back by its date in the casebook: reminders, a snooze, follow-ups, and something handed over."""

from streaklike.boxes.follow_ups import add_follow_up
from streaklike.boxes.handover import OwnedItem, hand_over
from streaklike.boxes.reminders import add_reminder
from streaklike.cadence.calendar.due_dates import next_working_day, start_of_work
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.demo.casebook.book import ZONE, Book, pair_of
from streaklike.instants import DAY, HOUR
from streaklike.people.snoozes import snooze

HANDED_OVER = ("promised-proposal", "lapsed-donor")
REASON = "十二月起由國際合作接手英文聯絡"


def plan_ahead(book: Book) -> None:
    """One reminder that is due and one to come, one who sleeps, and follow-ups: due, to come, and answered."""
    calendar = load_calendar(book.session, str(ZONE))
    tomorrow = start_of_work(next_working_day(book.today, calendar), ZONE, calendar)
    director, emily = book.users["director"], book.users["international"]
    for key, due_at, text in (
        ("journalist-waiting", book.now - HOUR, "問記者截稿時間，並附上今年的照片"),
        ("promised-proposal", tomorrow + 3 * DAY, "冠名方案送出前先打電話"),
    ):
        contact = pair_of(book, key)[1]
        add_reminder(
            book.session, text=text, due_at=due_at, contact=contact, by=director, now=book.now - 3 * DAY
        )
    snooze(
        book.session, pair_of(book, "funder-waiting")[1], until=tomorrow, by=emily, now=book.now - HOUR // 2
    )
    for key, made_ago, due_at, text in (
        ("lapsed-donor", 9 * DAY, book.now - HOUR, "再問一次成果報告寄到哪裡"),
        ("promised-proposal", 2 * DAY, tomorrow + 5 * DAY, "冠名方案的回覆"),
        ("journalist-waiting", 60 * DAY, book.now - 40 * DAY, "採訪提綱的回覆"),
    ):
        person, contact = pair_of(book, key)
        made_at = book.now - made_ago
        add_follow_up(
            book.session, contact=contact, due_at=due_at, since_at=made_at, text=text, by=book.user_for(person),
            now=made_at,
        )  # fmt: skip


def hand_some_over(book: Book) -> None:
    """Two people change hands, with a reason that their new colleague reads."""
    fundraising, emily = book.users["fundraising"], book.users["international"]
    parts = [(OwnedItem("person", pair_of(book, key)[1].id), emily) for key in HANDED_OVER]
    hand_over(book.session, parts, source=fundraising, reason=REASON, by=fundraising, now=book.now - HOUR)
