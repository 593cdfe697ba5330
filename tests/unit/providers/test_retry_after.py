from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gloss.providers.retry_after import DEFAULT_S, MAX_S, retry_after

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REQUESTS, TOKENS = "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, DEFAULT_S),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "Fri, 20 Nov 2026 12:01:00 GMT"}, 60),
        ({"retry-after": "Fri, 20 Nov 2026 12:01:00"}, 60),
        ({"retry-after": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "3600"}, 3600),
        ({"retry-after": "864000"}, MAX_S),
        ({"retry-after": "soon"}, DEFAULT_S),
        ({"retry-after": "-5"}, DEFAULT_S),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({REQUESTS: "6m0s"}, 360),
        ({REQUESTS: "1h2m3.5s"}, 3723.5),
        ({REQUESTS: "20ms"}, 0.02),
        ({REQUESTS: "12"}, 12),
        ({REQUESTS: "1s", TOKENS: "3s"}, 3),
        ({REQUESTS: "9s", "x-ratelimit-remaining-requests": "5", TOKENS: "3s"}, 3),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 40)}, 40),
        ({REQUESTS: "later"}, DEFAULT_S),
        ({REQUESTS: ""}, DEFAULT_S),
    ],
)
def test_the_headers_say_how_long(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, NOW) == pytest.approx(seconds)


@given(
    st.dictionaries(
        st.sampled_from(["retry-after", "retry-after-ms", REQUESTS, TOKENS]), st.text(max_size=30)
    )
)
def test_whatever_they_say_it_is_a_bounded_time(headers: dict[str, str]) -> None:
    assert 0 <= retry_after(headers, NOW) <= MAX_S
