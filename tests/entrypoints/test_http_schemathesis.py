"""Whatever fits the description is answered without a fault of ours, and described as it was."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from flows.market import Shop, day, installed, read_at_once
from sparfuchs.accounts import api as accounts
from sparfuchs.entrypoints.http.app import make_app
from sparfuchs.flows.subscriptions import ensure_index
from sparfuchs.plumbing.settings import Settings

EXAMPLES = 25  # of each operation
# Answers that a caller may get for what fits the description; none of them is ours to mend.
EXPECTED = {200, 201, 202, 400, 404, 409, 413, 414, 422}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_no_request_that_fits_the_description_is_a_fault_of_ours(
    settings: Settings, tmp_path: Path
) -> None:
    http = settings.http.model_copy(update={"key_requests_per_minute": 1_000_000})
    generous = settings.model_copy(update={"http": http})
    with installed(generous) as here:
        ensure_index(here)
        shop = Shop(here, tmp_path / "feed.tsv")
        row = {"title": "Angebot", "price": "100.00 EUR"}
        told = [{"a": row, "b": row}] * 3
        read_at_once(here, shop, told, [day(n) for n in range(3)])
        with here.database.unit_of_work() as work:
            issued = accounts.issue(work, "test", frozenset(accounts.Scope), at=day(0))
        app = make_app(here, clock=lambda: day(4))
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
        asked = 0
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            asked += _ask(found.ok(), {"Authorization": f"Bearer {issued.secret}"})
        assert asked > EXAMPLES * 10


def _ask(operation: Any, headers: dict[str, str]) -> int:
    """Requests of one operation; gives how many."""
    asked = 0

    @settings_of_this
    @given(case=operation.as_strategy(), keyed=st.booleans())
    def answers(case: Any, keyed: bool) -> None:  # noqa: FBT001 - drawn
        nonlocal asked
        answer = case.call(headers=headers if keyed else {})
        asked += 1
        allowed = EXPECTED if keyed else EXPECTED | {401}
        if case.path == "/metrics":
            allowed = allowed | {401}
        assert answer.status_code in allowed, (case.as_curl_command(), answer.text[:300])
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"]

    answers()
    return asked


settings_of_this = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
