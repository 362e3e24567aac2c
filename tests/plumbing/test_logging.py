import json
import logging

import pytest

from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.logging import configure, get_logger
from sparfuchs.plumbing.settings import LogLevel, LogSettings, Settings


def _settings(*, as_json: bool, level: LogLevel = LogLevel.INFO) -> Settings:
    return Settings(log=LogSettings(as_json=as_json, level=level))


def test_a_line_is_one_json_object_on_stderr_with_the_facts_as_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(_settings(as_json=True))
    get_logger("sparfuchs.flows").info("feed.run_published", source="a/b", run=7)
    out, err = capsys.readouterr()
    assert out == ""
    line = json.loads(err)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "feed.run_published",
        "module": "sparfuchs.flows",
        "level": "info",
        "source": "a/b",
        "run": 7,
    }


def test_people_get_a_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure(_settings(as_json=False))
    get_logger("x").warning("feed.late", source="a/b")
    err = capsys.readouterr().err
    assert "feed.late" in err
    assert "source=a/b" in err
    assert err.count("\n") == 1


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure(_settings(as_json=True, level=LogLevel.WARNING))
    get_logger("x").info("feed.run_published")
    assert capsys.readouterr().err == ""


def test_libraries_speak_in_the_same_form_once_however_often_configured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(_settings(as_json=True))
    configure(_settings(as_json=True))
    logging.getLogger("some.library").warning("it is %s", "late")
    logging.getLogger("some.library").info("chatter")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"]) == ("it is late", "warning")


def test_an_error_is_logged_with_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    configure(_settings(as_json=True))
    try:
        1 / 0  # noqa: B018 - raises
    except ZeroDivisionError:
        get_logger("x").exception("job.failed", job=3)
    line = json.loads(capsys.readouterr().err)
    assert line["exception"][0]["exc_type"] == "ZeroDivisionError"


def test_metrics_are_rendered_for_a_scraper() -> None:
    before = metrics.REGISTRY.get_sample_value("sparfuchs_runs_total", {"status": "test"}) or 0
    metrics.RUNS.labels(status="test").inc()
    metrics.STEP_SECONDS.labels(step="test").observe(0.02)
    text = metrics.render().decode()
    assert f'sparfuchs_runs_total{{status="test"}} {before + 1}' in text
    assert 'sparfuchs_step_seconds_bucket{le="0.05",step="test"}' in text
