"""Write the table of requirements: which tests prove them, and whether the service says that it fulfils them."""

import asyncio

import httpx
from starlette.applications import Starlette

from ssclab_data.access import NO_TOKENS, Access
from ssclab_data.endpoints.app import build_app
from ssclab_data.model.lab import LabInfo
from ssclab_data.settings import Settings
from ssclab_data.stores.memory import MemoryStore

from .requirements import CLASSES, REQUIREMENTS, ROOT, proofs

FEATURES = "features.md"
"""The page, in the folder of the documentation."""
_HEAD = f"""# Requirements of SensorThings 1.1

Each requirement of OGC 18-088 has a test of our own, or none and is not claimed. Addresses begin with
`{ROOT}`; *claimed* says whether the service lists the requirement in
`serverSettings.conformance` of its root, as it does where somebody may write. Tests are in `tests/conformance`; those
of what 1.0 has too run for 1.0 as well. A test fails the build when this page is not what the tests and the service
say, when something is claimed that no test proves or that is only skipped, and when something is proved that is not
claimed.

One thing that `update-entity` asks for is refused, with 400 and the reason: an Observation does not move to another
Datastream, because its `@iot.id` is of its Datastream. Delete it, and create it there.
"""


def claimed() -> frozenset[str]:
    """Ask the service which requirements it fulfils, without the common part of their addresses.

    A class that is named stands for all its requirements (OGC 18-088, 9.2.1).
    """
    addresses = asyncio.run(_conformance())
    named = {address.removeprefix(ROOT) for address in addresses if address.startswith(ROOT)}
    return frozenset(
        name for name in REQUIREMENTS if any(name == each or name.startswith(f"{each}/") for each in named)
    )


def feature_page() -> str:
    """Write the page."""
    proved, said = proofs(), claimed()
    rows = [
        f"| {group} | {name} | {_named(proved[f'{group}/{name}'])} | {'yes' if f'{group}/{name}' in said else 'no'} |\n"
        for group, names in CLASSES.items()
        for name in names
    ]
    total = sum(1 for tests in proved.values() if tests)
    return (
        f"{_HEAD}\n{total} of {len(rows)} requirements have tests, {len(said)} are claimed.\n\n"
        f"| class | requirement | tests | claimed |\n| --- | --- | --- | --- |\n{''.join(rows)}"
    )


def _named(tests: tuple[str, ...]) -> str:
    """Name the file of some tests, and count them."""
    if not tests:
        return "none"
    files = {test.partition(".")[0] for test in tests}
    return f"{len(tests)} in {', '.join(f'`{file}.py`' for file in sorted(files))}"


async def _conformance() -> list[str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=_application()), base_url="http://lab") as client:
        listed: list[str] = (await client.get("/sta/v1.1")).json()["serverSettings"]["conformance"]
    return listed


def _application() -> Starlette:
    access = Access(tokens=NO_TOKENS, anonymous_writes=True)
    labs = [LabInfo(key="breda", name="Breda")]
    return build_app(MemoryStore("breda"), labs=labs, settings=Settings(), title="Breda", access=access)
