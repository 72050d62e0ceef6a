"""The command that serves a lab or a hub."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from ssclab_data.access import is_loopback
from ssclab_data.cli.token import HUB_ENDINGS
from ssclab_data.errors import SettingsError
from ssclab_data.federation import Federation
from ssclab_data.lab import Lab

LOCAL = "127.0.0.1"
_SERVED = "SSCLAB_SERVED"
"""Variable in which the first process tells the others what to serve."""
SWITCH_SECONDS = 0.000_5
"""How long a thread keeps the interpreter while another waits: what is ready to be sent must not wait for a query."""
_KEPT = ExitStack()
"""What a worker has opened, for as long as it lives."""
MAX_CONNECTIONS = 800
"""The most connections of a process, below the 1,024 files that most systems let one have open."""
IDLE_SECONDS = 5
"""How long a connection may wait for the next request."""


class Served(msgspec.Struct, frozen=True):
    """What is served.

    Attributes:
        target: a lab's file or folder, or the descriptor of a hub.
        anonymous_writes: whether anyone on this machine may write.
        exact: whether exact places are served of a lab of which the public gets others.
    """

    target: Path
    anonymous_writes: bool = False
    exact: bool = False

    @property
    def hub(self) -> bool:
        """Whether it is a hub."""
        return self.target.suffix in HUB_ENDINGS


def serve(
    target: Annotated[Path, typer.Argument(help="A lab's .db file or folder, or a federation.yaml.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOCAL,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    workers: Annotated[int, typer.Option(help="Processes that answer, on one store.", min=1, max=64)] = 1,
    anonymous_writes: Annotated[
        bool, typer.Option("--allow-anonymous-writes", help="Let anyone on this machine write; for test suites.")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Serve the exact store of a lab that has `publishing:`; for the city alone.")
    ] = False,
) -> None:
    """Serve a lab, or a hub over many labs."""
    check_free(host, port)
    if not target.exists():
        raise SettingsError(f"{target} does not exist")
    served = Served(target.absolute(), anonymous_writes, exact)
    if exact:
        typer.echo(f"warning: what is served of {target} is not made for the public", err=True)
    if anonymous_writes:
        _check_anonymous(served, host)
        typer.echo(f"warning: anyone on this machine may write to {target}, without a token", err=True)
    with _opened(served) as (app, name):
        typer.echo(f"{name}: http://{host}:{port}/")
        if workers == 1:
            _run(app, host, port)
            return
    os.environ[_SERVED] = msgspec.json.encode(served, enc_hook=str).decode()
    _run(f"{__name__}:app_of_worker", host, port, workers=workers)


def app_of_worker() -> Any:
    """Build the application of one of several processes; it keeps what it opened until it ends."""
    sys.setswitchinterval(SWITCH_SECONDS)
    served = msgspec.json.decode(os.environ[_SERVED], type=Served, dec_hook=lambda kind, text: kind(text))
    app, _ = _KEPT.enter_context(_opened(served))
    return app


def _check_anonymous(served: Served, host: str) -> None:
    """Let nobody but this machine write without a token.

    Raises:
        SettingsError: others could.
    """
    if not is_loopback(host):
        raise SettingsError(
            f"--allow-anonymous-writes is for a loopback address such as {LOCAL}, not for --host {host}; "
            "for others make tokens by `ssclab token add`"
        )
    if served.hub:
        raise SettingsError("--allow-anonymous-writes is for a lab: nobody writes to a hub")


@contextmanager
def _opened(served: Served) -> Iterator[tuple[Any, str]]:
    """Open a lab or a federation, and give its application and its name."""
    if served.hub:
        with Federation.open(served.target) as federation:
            yield federation.asgi(), federation.name
        return
    with Lab.open_served(served.target, exact=served.exact) as lab:
        app = lab.asgi(anonymous_writes=served.anonymous_writes, exact=served.exact)
        yield app, lab.info.name


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

        from ssclab_data.cli.protocol import BoundedProtocol
    except ImportError as error:
        raise SettingsError("serving needs the extra: pip install 'ssclab-data[server]'") from error
    sys.setswitchinterval(SWITCH_SECONDS)
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        log_level="warning",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=2,
        workers=workers,
        factory=workers > 1,
    )
