"""What every rate limiter must do."""

from abc import ABC, abstractmethod

from sparfuchs.plumbing.rate import Allowance, RateLimiter

TEN_A_MINUTE = Allowance(most=10, seconds=60)


class RateLimiterContract(ABC):
    """Subclass it, make a limiter, and every test of it is the exam."""

    @abstractmethod
    def make_limiter(self) -> RateLimiter: ...

    def test_so_many_are_let_through_and_no_more(self) -> None:
        limiter = self.make_limiter()
        taken = [limiter.take("a", TEN_A_MINUTE, now=100.0) for _ in range(12)]
        assert [one.allowed for one in taken] == [True] * 10 + [False] * 2
        assert [one.left for one in taken][:3] == [9, 8, 7]
        assert taken[-1].wait == 6

    def test_callers_do_not_take_from_each_other(self) -> None:
        limiter = self.make_limiter()
        for _ in range(10):
            limiter.take("a", TEN_A_MINUTE, now=100.0)
        assert limiter.take("b", TEN_A_MINUTE, now=100.0).allowed

    def test_tokens_come_back_evenly_and_never_above_the_most(self) -> None:
        limiter = self.make_limiter()
        for _ in range(10):
            limiter.take("a", TEN_A_MINUTE, now=100.0)
        assert not limiter.take("a", TEN_A_MINUTE, now=105.9).allowed
        assert limiter.take("a", TEN_A_MINUTE, now=106.1).allowed
        assert limiter.take("a", TEN_A_MINUTE, now=10_000.0).left == 9

    def test_a_clock_that_stands_still_or_goes_back_gives_nothing(self) -> None:
        limiter = self.make_limiter()
        for _ in range(10):
            limiter.take("a", TEN_A_MINUTE, now=100.0)
        assert not limiter.take("a", TEN_A_MINUTE, now=50.0).allowed
