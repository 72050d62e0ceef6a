"""The command that serves a lab or a hub."""

import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from ssclab_data.errors import SettingsError
from ssclab_data.federation import Federation
from ssclab_data.lab import Lab

LOCAL = "127.0.0.1"


def serve(
    target: Annotated[Path, typer.Argument(help="A lab's .db file or folder, or a federation.yaml.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOCAL,
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
) -> None:
    """Serve a lab, or a hub over many labs."""
    check_free(host, port)
    if not target.exists():
        raise SettingsError(f"{target} does not exist")
    if target.suffix in (".yaml", ".yml"):
        with Federation.open(target) as federation:
            _run(federation.asgi(), host, port, federation.name)
        return
    with Lab.open(target) as lab:
        _run(lab.asgi(), host, port, lab.info.name)


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


def _run(app: Any, host: str, port: int, name: str) -> None:
    try:
        import uvicorn
    except ImportError as error:
        raise SettingsError("serving needs the extra: pip install 'ssclab-data[server]'") from error
    typer.echo(f"{name}: http://{host}:{port}/")
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)
