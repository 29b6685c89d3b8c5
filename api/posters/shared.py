"""Answers of other services that the processes of all hosts keep together, in Redis."""

from __future__ import annotations

from collections.abc import Callable

from api.posters.lookup import HIT_S, MISS_S
from api.web.shared import Shared


class SharedAnswers:
    """Asks Redis first, then the service, whose answer all others find there.

    Args:
        redis_url: where.
        service: its name, in keys and in the log.
        ask: the service's answer for a key, None if there is none.
    """

    def __init__(self, redis_url: str, service: str, ask: Callable[[str], str | None]) -> None:
        self._service, self._ask = service, ask
        self._shared = Shared(redis_url, f"answers of {service} are not shared")

    def __call__(self, key: str) -> str | None:
        """The answer for a key; while Redis is away the service's own.

        Raises:
            AwayError, LimitError: as the service's client does.
        """
        name = f"reelkin:{self._service.lower()}:{key}"
        (known,) = self._shared.get(name)
        if known is not None:
            return known or None
        answer = self._ask(key)
        self._shared.keep(name, answer or "", int(MISS_S if answer is None else HIT_S))
        return answer
