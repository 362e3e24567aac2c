"""Logs say what happened, not a sentence: a dotted event name and facts as keys, on stderr.

`log.info("feed.run_published", source="nordlicht/main", run=7)`. stdout belongs to the answers of
the commands. What libraries log by the standard way comes out in the same form.
"""

import logging
import sys
from typing import Any, Final, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from sparfuchs.plumbing.settings import LogLevel, Settings

_LEVELS: Final = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}


def get_logger(name: str) -> FilteringBoundLogger:
    """The logger of a module, which stands in each line as `module`."""
    return cast("FilteringBoundLogger", structlog.get_logger(module=name))


def configure(settings: Settings) -> None:
    """Sets form and level for the whole process. May be called again."""
    level = _LEVELS[settings.log.level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Processor]
    if settings.log.as_json:
        rendered = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    else:
        rendered = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # stderr is looked up at each line: it may have been redirected since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    for earlier in [h for h in root.handlers if isinstance(h, _Stderr)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    # Libraries talk much: their warnings are news, their progress is not.
    root.setLevel(max(level, logging.WARNING))


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at the moment of each line."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream: Any = sys.stderr
        super().emit(record)
