"""Start a writer, kill it, and read what it told."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec

WRITER = Path(__file__).with_name("writer.py")
PATIENCE = 60.0
"""How long a writer may take until it has done the first thing, seconds."""
_LOWEST = ("begin", "vacuum", "pragma", "commit")
"""What is told when it begins only; it ends what was told before."""


class Kill(msgspec.Struct, frozen=True, kw_only=True):
    """When a writer is killed.

    Attributes:
        after: seconds after its first acknowledgement; not used where `statement` is given.
        statement: before which statement after that; below 0 counts from the start.
    """

    after: float = 0.0
    statement: int = 0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer told before it was killed.

    Attributes:
        acknowledged: number of the last operation that it said was done; one less than its first where none was.
        started: the operation that it was at, None where it was between two.
        kind: of that operation, or "".
        during: what the kill hit, in words.
    """

    acknowledged: int
    started: int | None
    kind: str
    during: str


class WriterFailedError(Exception):
    """A writer ended by itself."""


def kill(file: Path, seed: int, first: int, when: Kill) -> Told:
    """Let a writer go on with a file, kill it, and give what it told.

    Raises:
        WriterFailedError: it was not the signal that ended it.
    """
    log = file.with_suffix(".told")
    command = [sys.executable, str(WRITER), str(file), str(seed), str(first), f"--fatal={when.statement}"]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE) as child:
        try:
            if not when.statement:
                _wait_for_first(child, log)
                time.sleep(when.after)
                child.kill()
            _, errors = child.communicate(timeout=PATIENCE)
        finally:
            child.kill()
    if child.returncode != -signal.SIGKILL:
        raise WriterFailedError(f"the writer ended with {child.returncode}: {errors.decode()}")
    return understood(log.read_text().splitlines(), first)


def understood(lines: list[str], first: int) -> Told:
    """Read what a writer told.

    >>> understood(["begin 4 apply", "done 4", "begin 5 seal", "+begin", "+seal", "+merge", "-merge"], 4).during
    'seal'
    """
    acknowledged, started, kind = first - 1, None, ""
    parts: list[str] = []
    for line in lines:
        word, *rest = line.split()
        if word == "begin":
            started, kind, parts = int(rest[0]), rest[1], []
        elif word == "done":
            if int(rest[0]) != acknowledged + 1:
                raise WriterFailedError(f"operation {rest[0]} was done after {acknowledged}")
            acknowledged, started, kind, parts = int(rest[0]), None, "", []
        elif word.startswith("+"):
            parts = [word[1:]] if word[1:] in _LOWEST else [*parts, word[1:]]
        else:
            parts = parts[:-1]
    return Told(acknowledged=acknowledged, started=started, kind=kind, during=_during(kind, parts, opened=bool(lines)))


def _during(kind: str, parts: list[str], *, opened: bool) -> str:
    if not opened or (not kind and parts):
        return "opening"
    if not kind:
        return "between two operations"
    if not parts:
        return "waiting or reading"
    if parts[-1] == "begin":
        return {"apply": "writing rows", "delete": "deleting"}.get(kind, kind)
    return {"pragma": "cutting the log"}.get(parts[-1], parts[-1])


def _wait_for_first(child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < deadline:
        if b"done" in log.read_bytes():
            return
        time.sleep(0.002)
