"""The limiter in this process sits the exam of the port, and forgets the longest unseen."""

from sparfuchs.plumbing.rate import Allowance, ProcessRateLimiter
from sparfuchs.testing.contracts.rate_limiter import RateLimiterContract


class TestProcessRateLimiter(RateLimiterContract):
    def make_limiter(self) -> ProcessRateLimiter:
        return ProcessRateLimiter()


def test_so_many_callers_are_kept_and_the_longest_unseen_goes_first() -> None:
    limiter, once = ProcessRateLimiter(most_buckets=2), Allowance(most=1, seconds=60)
    for caller in ("a", "b", "c"):
        assert limiter.take(caller, once, now=0.0).allowed
    assert not limiter.take("c", once, now=0.0).allowed
    assert limiter.take("a", once, now=0.0).allowed
