"""Run django-ogc-sensorthings beside us: a virtual environment under build/, a project of its own, PostgreSQL."""

import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from .. import children
from ..measure import say
from . import database, posting
from . import plan as plans
from .database import Database
from .plan import DATASTREAMS, PER_THING, Plan
from .servers import Side
from .site import Known, Site

NAME = "django-ogc-sensorthings"
_DECLARED = Path(__file__).resolve().parents[3] / "pyproject.toml"
THREADS = 8
_PATH = "/sensorthings/v1.1"
_TABLE = "sensorthings_v1_1_django_backend_observation"
_APP = "sensorthings.versions.v1_1"
_FIRST_MILLISECOND = plans.START // 1_000
_SETTINGS = """from uuid import UUID

SECRET_KEY = "of a benchmark"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "addresses"
LOGGING = {{"version": 1, "disable_existing_loggers": False, "root": {{"level": "CRITICAL", "handlers": []}}}}
INSTALLED_APPS = ["{app}", "{app}.backends.django", "{app}.extensions.dataarray"]
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "{name}",
        "USER": "{user}",
        "HOST": "{host}",
        "OPTIONS": {{"pool": {{"min_size": 2, "max_size": 10}}}},
    }}
}}
SENSORTHINGS_V1_1_SERVICE_URL = "http://127.0.0.1:{port}/sensorthings"
SENSORTHINGS_V1_1_BACKEND_ADAPTER = "{app}.backends.django.adapter.DjangoBackendAdapter"
SENSORTHINGS_V1_1_ID_TYPE = UUID
SENSORTHINGS_V1_1_ID_DELIMITER = "'"
SENSORTHINGS_V1_1_MAX_TOP = 10_000
"""
_ADDRESSES = f"""from django.urls import include, path

urlpatterns = [path("sensorthings/", include("{_APP}.urls"))]
"""
_APPLICATION = """import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "choices"
application = get_wsgi_application()
"""


class Peer(msgspec.Struct, frozen=True):
    """The server, filled.

    Attributes:
        size: of its Observations with their indexes on disk, in bytes.
    """

    side: Side
    size: int


@contextmanager
def serving(folder: Path, plan: Plan) -> Iterator[Peer]:
    """Install it where it is not yet, start it and fill it: entities over HTTP, Observations by COPY.

    Raises:
        ServerError: it does not come up, or there is no PostgreSQL.
    """
    programs = _installed(folder)
    port = children.free_port()
    with database.running() as base:
        _project(folder, base, port=port)
        _run([programs / "django-admin", "migrate", "--settings", "choices", "--pythonpath", folder])
        words = (programs / "gunicorn", "project:application", "--bind", f"{children.HOST}:{port}", "--workers", 1)
        more = ("--threads", THREADS, "--timeout", 600, "--chdir", folder, "--log-level", "critical")
        with children.running([str(word) for word in (*words, *more)], port, health=f"{_PATH}/") as server:
            site = Site(NAME, port, _PATH)
            posting.describe(site)
            _copy(base, plan, known=Known.of(site))
            size = int(base.answer(f"SELECT pg_total_relation_size('{_TABLE}')"))  # a name of this module
            yield Peer(Side(site, (server.process, base.process)), size)


def _installed(folder: Path) -> Path:
    """Make the virtual environment once."""
    programs, done = folder / "venv" / "bin", folder / "venv" / ".installed"
    if not done.exists():
        say(f"{NAME}: installing into {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        _run([sys.executable, "-m", "venv", "--clear", folder / "venv"])
        _run([programs / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *_packages()])
        done.touch()
    return programs


def _packages() -> list[str]:
    """Read what it needs from the extra `bench`, which is for this environment alone."""
    declared: list[str] = tomllib.loads(_DECLARED.read_text("utf-8"))["project"]["optional-dependencies"]["bench"]
    return declared


def _project(folder: Path, base: Database, *, port: int) -> None:
    settings = _SETTINGS.format(app=_APP, name=database.NAME, user=database.USER, host=base.socket, port=port)
    (folder / "choices.py").write_text(settings, encoding="utf-8")
    (folder / "addresses.py").write_text(_ADDRESSES, encoding="utf-8")
    (folder / "project.py").write_text(_APPLICATION, encoding="utf-8")


def _copy(base: Database, plan: Plan, *, known: Known) -> None:
    columns = "id, phenomenon_time_begin, result, result_time, datastream_id, feature_of_interest_id"
    say(f"{NAME}: {plan.rows:,} Observations by COPY")
    rows = "".join(_rows(plan, known))
    base.copy(f"COPY {_TABLE} ({columns}) FROM STDIN", rows.encode())
    base.answer("VACUUM ANALYZE")


def _rows(plan: Plan, known: Known) -> Iterator[str]:
    """Give the rows in order of time, as they would have come, with identifiers that grow as the package's do."""
    for row in range(plan.each):
        time = plans.time(row)
        for number, result in enumerate(plan.results[:, row].tolist()):
            place = known.feature_ids[number // PER_THING]
            handle = _uuid7(row * DATASTREAMS + number)
            yield f"{handle}\t{time}\t{result}\t{time}\t{known.datastream_ids[number]}\t{place}\n"


def _uuid7(number: int) -> uuid.UUID:
    """Make a UUID of version 7 (RFC 9562, 5.7) for each number, in order."""
    return uuid.UUID(int=(_FIRST_MILLISECOND + number) << 80 | 0x7 << 76 | 0b10 << 62 | number)


def _run(words: list[object]) -> None:
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
