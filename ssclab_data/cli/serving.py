"""The command that serves a lab or a hub."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ssclab_data.errors import SettingsError
from ssclab_data.federation import Federation
from ssclab_data.lab import Lab

LOCAL = "127.0.0.1"
_TARGET = "SSCLAB_SERVED"
"""Variable in which the first process tells the others what to serve."""
SWITCH_SECONDS = 0.000_5
"""How long a thread keeps the interpreter while another waits: what is ready to be sent must not wait for a query."""
_KEPT = ExitStack()
"""What a worker has opened, for as long as it lives."""


def serve(
    target: Annotated[Path, typer.Argument(help="A lab's .db file or folder, or a federation.yaml.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOCAL,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    workers: Annotated[int, typer.Option(help="Processes that answer, on one store.", min=1, max=64)] = 1,
) -> None:
    """Serve a lab, or a hub over many labs."""
    check_free(host, port)
    if not target.exists():
        raise SettingsError(f"{target} does not exist")
    with _opened(target) as (app, name):
        typer.echo(f"{name}: http://{host}:{port}/")
        if workers == 1:
            _run(app, host, port)
            return
    os.environ[_TARGET] = str(target.absolute())
    _run(f"{__name__}:app_of_worker", host, port, workers=workers)


def app_of_worker() -> Any:
    """Build the application of one of several processes; it keeps what it opened until it ends."""
    sys.setswitchinterval(SWITCH_SECONDS)
    app, _ = _KEPT.enter_context(_opened(Path(os.environ[_TARGET])))
    return app


@contextmanager
def _opened(target: Path) -> Iterator[tuple[Any, str]]:
    """Open a lab or a federation, and give its application and its name."""
    if target.suffix in (".yaml", ".yml"):
        with Federation.open(target) as federation:
            yield federation.asgi(), federation.name
        return
    with Lab.open(target) as lab:
        yield lab.asgi(), lab.info.name


def check_free(host: str, port: int) -> None:
    """Make sure that a port can be listened on.

    Raises:
        SettingsError: it is taken, or the address is none of this machine.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error


def _run(app: Any, host: str, port: int, *, workers: int = 1) -> None:
    try:
        import uvicorn
    except ImportError as error:
        raise SettingsError("serving needs the extra: pip install 'ssclab-data[server]'") from error
    sys.setswitchinterval(SWITCH_SECONDS)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=2,
        workers=workers,
        factory=workers > 1,
    )
