"""R9's circles, from people and the mail they share alone."""

from streaklike.people.linking.contacts.contact_graph import ContactGraph, SharedMail, find_dependants


def mail(at: int, *people: int) -> SharedMail:
    return SharedMail(at, frozenset(people))


def test_R9_since_when_follows_the_shortest_path() -> None:
    circle = ContactGraph({1: 50})
    circle.add_mails(
        {1: mail(10, 1, 2), 2: mail(70, 2, 3), 3: mail(60, 1, 3), 4: mail(5, 3, 4), 5: mail(1, 8, 9)}
    )
    assert circle.spread() == {2, 3, 4}
    assert circle.since == {1: 50, 2: 50, 3: 60, 4: 60}
    assert circle.spread() == set()


def test_R9_who_depends_on_a_doubted_person() -> None:
    stored = {1: {50}, 2: {50}, 3: {60}}
    mails = [mail(10, 1, 2), mail(60, 2, 3), mail(70, 3, 4)]
    assert find_dependants({1}, mails, stored) >= {1, 2}
    assert find_dependants({1, 2}, mails, stored) == {1, 2, 3}
    assert find_dependants({4}, mails, stored) == {4}
    assert find_dependants({1}, [mail(10, 2, 3)], {2: {10}, 3: {10}}) == {1}
    assert find_dependants({9}, [mail(70, 9, 3)], {3: {70}}) == {9}


def test_R9_a_way_that_came_late_stops_no_other() -> None:
    circle = ContactGraph({1: 10, 9: 0})
    circle.add_mails({1: mail(100, 9, 2), 2: mail(200, 9, 3), 3: mail(20, 1, 2), 4: mail(5, 3, 4)})
    assert circle.spread() == {2, 3, 4}
    assert circle.since == {1: 10, 9: 0, 2: 20, 3: 200, 4: 200}
