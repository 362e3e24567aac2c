"""Requests that schemathesis draws from our own description, right ones and wrong ones.

No answer is a fault of ours.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as drawing
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from entrypoints.web import key, limited, opened
from flows.market import NOW
from sparfuchs.accounts.api import Scope
from sparfuchs.entrypoints.http.app import describe, make_app
from sparfuchs.kernel.ids import public_id
from sparfuchs.plumbing.settings import Settings

EXAMPLES = 25


def test_no_request_makes_a_fault_of_ours(settings: Settings, tmp_path: Path) -> None:
    with opened(settings, tmp_path) as shop:
        heads = {"authorization": f"Bearer {key(shop.here, *Scope)}"}
        real: dict[str, Any] = {
            "id": public_id(shop.id("p0")),
            "merchant": "laden",
            "slug": "laden",
        }
        real |= {"name": "feed", "number": 3}
        free = limited(shop.here, requests_per_minute=10**9, key_requests_per_minute=10**9)
        app = make_app(free, clock=lambda: NOW)
        seen: Counter[int] = Counter()

        def examine(operation: Any, mode: GenerationMode, path: dict[str, Any] | None) -> None:
            @drawing(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(operation.as_strategy(mode, path_parameters=path))
            def ask(case: Any) -> None:
                answer = case.call(app=app, headers=heads)
                case.validate_response(answer, checks=[not_a_server_error])
                seen[answer.status_code] += 1

            ask()

        described = schemathesis.openapi.from_dict(describe(app))
        operations = [
            operation
            for found in described.get_all_operations()
            if isinstance(found, Ok)
            and not (operation := found.ok()).path.startswith(
                "/health"
            )  # says 503 when something is missing
        ]
        assert len(operations) > 15
        # What takes something away comes last.
        for operation in sorted(operations, key=lambda one: one.method == "delete"):
            names = {name for name in real if f"{{{name}}}" in operation.path}
            path = {name: real[name] for name in names} or None
            # Names that exist get behind the first look, drawn ones before it.
            examine(operation, GenerationMode.POSITIVE, path)
            if len(operation.query) or len(operation.body):  # else only its names can be wrong
                examine(operation, GenerationMode.NEGATIVE, path)
            if names:
                examine(operation, GenerationMode.POSITIVE, None)
    assert {200, 201, 202, 404, 409, 422} <= set(seen), seen
