"""Answers are kept for some seconds and no longer, and not without end."""

from sparfuchs.entrypoints.http.kept import KeptAnswers


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_given_again_until_its_seconds_are_over() -> None:
    clock = Clock()
    kept = KeptAnswers(10.0, seconds=clock)
    kept.put("/a?", b"one")
    clock.now = 9.9
    assert kept.get("/a?") == b"one"
    clock.now = 10.0
    assert kept.get("/a?") is None
    kept.put("/a?", b"two")
    assert kept.get("/a?") == b"two"


def test_without_seconds_nothing_is_kept() -> None:
    kept = KeptAnswers(0.0)
    kept.put("/a?", b"one")
    assert kept.get("/a?") is None


def test_the_oldest_go_when_there_are_too_many_bytes() -> None:
    kept = KeptAnswers(10.0, most=10, seconds=Clock())
    for name in ("/a?", "/b?", "/c?"):
        kept.put(name, b"x" * 4)
    assert kept.get("/a?") is None
    assert kept.get("/b?") == kept.get("/c?") == b"xxxx"
    kept.put("/b?", b"y" * 4)
    assert kept.get("/b?") == b"yyyy"
    assert kept.get("/c?") == b"xxxx"
