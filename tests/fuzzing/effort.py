"""Say how long the generated tests search: shortly in `make test`, as long as asked for in `make fuzz`."""

import os

from hypothesis import HealthCheck, Phase, settings

EFFORT = int(os.environ.get("FUZZ_EFFORT", "1"))
"""How many times the examples of `make test` are tried; above 1 each run tries others."""


def effort(examples: int, *, steps: int = 50) -> settings:
    """Give the settings of a test that tries so many examples in `make test`, the same ones each time."""
    return settings(
        max_examples=examples * EFFORT,
        stateful_step_count=steps,
        deadline=None,
        derandomize=EFFORT == 1,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
