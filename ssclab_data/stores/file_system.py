"""Refuse file systems on which processes cannot share a SQLite file."""

from collections.abc import Iterable
from pathlib import Path

import psutil

from ssclab_data.errors import SettingsError

_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "fuse.s3",
    "davfs",
    "ncpfs",
    "beegfs",
)


def check_local(path: Path) -> None:
    """Make sure that a file lies on a disk of this machine.

    Locks and shared memory, which readers and writers of one file need, do not work over a network (SQLite,
    "Write-Ahead Logging", section 1).

    Raises:
        SettingsError: it does not.
    """
    mounts = ((part.mountpoint, part.fstype) for part in psutil.disk_partitions(all=True))
    kind = kind_of(path.absolute(), mounts)
    if kind.lower().startswith(_NETWORK):
        raise SettingsError(
            f"{path} lies on a network file system ({kind}), where processes cannot share a store; put it on a local "
            "disk, or serve it there and read it over HTTP"
        )


def kind_of(path: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """Name the file system that a path lies on: that of the longest mount point above it.

    >>> kind_of(Path("/srv/labs/breda.db"), [("/", "ext4"), ("/srv", "nfs4"), ("/srv/labs-old", "ext4")])
    'nfs4'
    """
    found = [(len(Path(point).parts), kind) for point, kind in mounts if path.is_relative_to(point)]
    return max(found, key=lambda pair: pair[0], default=(0, ""))[1]
