"""The pace of a run between any two counts."""

import pytest

from bench._course import Course


def test_the_pace_between_two_counts() -> None:
    course = Course(done=[(0.0, 0), (10.0, 100), (30.0, 200)])

    assert (course.pace(0, 100), course.pace(100, 200)) == (10.0, 5.0)


def test_a_course_of_ends_in_any_order() -> None:
    course = Course.of([3.0, 1.0, 2.0, 10.0, 7.0, 4.0])

    assert course.done == [(1.0, 1), (2.0, 2), (3.0, 3), (4.0, 4), (7.0, 5), (10.0, 6)]
    assert course.ends(6) == {
        "images_per_s_first_1000": 1.0,
        "images_per_s_last_1000": 0.33,
        "last_vs_first_1000": 0.333,
    }


def test_a_long_course_is_told_by_few_points_and_its_end() -> None:
    course = Course.of(float(second) for second in range(1, 1001))

    points = course.sampled(10)

    assert len(points) == 11
    assert (points[0], points[-1]) == ((1.0, 1), (1000.0, 1000))
    assert course.figures(1000)["course"][-1] == (1000.0, 1000)


def test_what_was_never_reached_has_no_pace() -> None:
    with pytest.raises(ValueError, match="never 7 done"):
        Course(done=[(1.0, 6)]).pace(0, 7)
