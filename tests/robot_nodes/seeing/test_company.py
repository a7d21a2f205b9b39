import math

from robot_nodes.navigation.geometry import Pose2D
from robot_nodes.seeing.company import Company
from robot_nodes.seeing.people import Person


def driven(company: Company, metres: float, speed_of_person: float, bearing: float = math.pi) -> Person:
    """The robot drives along x at 1 m/s; the person keeps 1.5 m off it, with the given speed in its track."""
    person = Person(1, 0.0, 0.0, 0.0, 0.0, 0.0)
    for k in range(round(metres / 0.3) + 1):
        x = 0.3 * k
        at = (x + 1.5 * math.cos(bearing), 1.5 * math.sin(bearing))
        person = Person(1, *at, speed_of_person, 0.0, 0.0)
        company.update(Pose2D(x, 0.0, 0.0), [person], 0.3 * k)
    return person


def test_metres_walked_behind_count_up_to_a_limit() -> None:
    company = Company()
    assert math.isclose(company.along_m(driven(company, 1.8, 1.0)), 1.8)
    assert company.along_m(driven(company, 30.0, 1.0)) == 4.0


def test_who_leads_stands_or_comes_against_does_not_follow() -> None:
    for speed, bearing in ((1.0, 0.0), (0.0, math.pi / 2), (-1.0, math.pi / 2)):
        company = Company()
        assert company.along_m(driven(company, 3.0, speed, bearing)) == 0.0


def test_who_stops_loses_what_they_had() -> None:
    company = Company()
    driven(company, 3.0, 1.0)
    for k in range(11, 31):
        company.update(Pose2D(0.3 * k, 0.0, 0.0), [Person(1, 1.5, 0.0, 0.0, 0.0, 0.0)], 0.3 * k)
    company.update(Pose2D(3.0, 0.0, 0.0), [Person(1, 1.5, 0.0, 0.0, 0.0, 0.0)], 20.0)
    assert company.along_m(Person(1, 1.5, 0.0, 0.0, 0.0, 0.0)) == 0.0


def test_a_jump_of_pose_or_clock_is_no_walk() -> None:
    company, person = Company(), Person(1, -1.0, 0.0, 1.0, 0.0, 0.0)
    for pose, now in ((Pose2D(0, 0, 0), 5.0), (Pose2D(8, 0, 0), 5.3), (Pose2D(0, 0, 0), 1.0), (Pose2D(0.5, 0, 0), 9.0)):
        company.update(pose, [person], now)
        assert company.along_m(person) == 0.0


def test_coming_to_a_standing_robot() -> None:
    company, here = Company(), Pose2D(0.0, 0.0, 0.0)
    for k in range(10):
        person = Person(1, 0.3 * k - 4.2, 0.0, 1.0, 0.0, 0.0)
        company.update(here, [person], 0.3 * k)
    assert company.came(person)
    assert 0.85 < company.by_s(person) < 1.25
    assert company.by_s(Person(9, 0.0, 0.0, 0.0, 0.0, 0.0)) == 0.0


def test_what_was_walked_in_all_stays_until_somebody_else_is_led_and_goes_with_a_new_number() -> None:
    company = Company()
    person = driven(company, 9.0, 1.0)
    assert company.whole_m(person) > 8.5
    new = Person(2, person.x, person.y, 1.0, 0.0, 0.0)
    company.update(Pose2D(9.3, 0.0, 0.0), [new], 9.3)
    company.credit(new, 9.0)
    assert company.whole_m(new) == 9.0
    company.begin()
    assert company.whole_m(new) == company.walked_m(new) == company.along_m(new) == 0.0


def test_who_passes_close_by_does_not_stand_there() -> None:
    company, here = Company(), Pose2D(0.0, 0.0, 0.0)
    for k in range(20):
        company.update(
            here, [Person(1, 0.3 * k - 3.0, 0.5, 1.0, 0.0, 0.0), Person(2, 1.5, 0.0, 0.1, 0.0, 0.0)], 0.3 * k
        )
        assert company.stands_s(Person(1, 0.0, 0.0, 0.0, 0.0, 0.0)) == 0.0
    assert math.isclose(company.stands_s(Person(2, 1.5, 0.0, 0.0, 0.0, 0.0)), 5.7)
