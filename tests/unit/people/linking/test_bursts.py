"""R32's one body to many people within the hour, from the mails alone."""

from streaklike.people.linking.bursts import Sent, find_bursts

WINDOW = 60


def sent(number: int, at: int, *people: int, by: int | None = 1, body: str = "body") -> Sent:
    return Sent(number, by, body, at, frozenset(people))


def bursts(*mails: Sent) -> set[int]:
    return find_bursts(mails, window=WINDOW, many=3)


def test_R32_more_than_so_many_people_within_the_window_both_ends_in() -> None:
    assert bursts(sent(1, 0, 1, 2), sent(2, 60, 3, 4)) == {1, 2}
    assert bursts(sent(1, 0, 1, 2), sent(2, 61, 3, 4)) == set()
    assert bursts(sent(1, 0, 1, 2), sent(2, 60, 2, 3)) == set()


def test_R32_a_person_counts_until_their_last_mail_left_the_window() -> None:
    mails = [sent(1, 0, 1, 2), sent(2, 30, 1), sent(3, 90, 3, 4)]
    assert bursts(*mails) == set()
    assert bursts(*mails, sent(4, 80, 5)) == {2, 3, 4}


def test_R32_each_author_and_each_body_is_counted_alone_in_any_order() -> None:
    mails = [sent(number, number, number, by=number % 2 or None) for number in range(8)]
    assert bursts(*mails) == set(range(8))
    assert bursts(*mails[:6]) == set()
    assert bursts(*(sent(number, number, number, by=number % 2 + 1) for number in range(8))) == set(range(8))
    bodies = [sent(number, number, number, body=str(number % 2)) for number in range(8)]
    assert bursts(*bodies) == set(range(8))
    assert bursts(*bodies[:6]) == set()


def test_R32_every_burst_is_found() -> None:
    early = [sent(number, number, number) for number in range(4)]
    late = [sent(number, 1000 + number, number) for number in range(10, 14)]
    other = [sent(number, number, number, by=2) for number in range(20, 24)]
    assert bursts(*early, sent(5, 500, 9), *late, *other) == {0, 1, 2, 3, *range(10, 14), *range(20, 24)}
