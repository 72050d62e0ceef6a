"""Publish the store in one file into another one."""

from pathlib import Path

from ssclab_data.errors import SettingsError
from ssclab_data.model.lab import LabInfo
from ssclab_data.model.values import Instant
from ssclab_data.publishing import PublishReport, is_published, publish, rules_of
from ssclab_data.stores.sqlite import SQLiteStore

PUBLIC_FILE = "public.db"
"""Name of the store that the public gets, beside the `lab.yaml`."""


def publish_files(
    exact: SQLiteStore, info: LabInfo, out: str | Path | None, *, now: Instant, full: bool
) -> PublishReport:
    """Bring the published store of a lab to what its exact store holds.

    Args:
        exact: beside its `lab.yaml`.
        out: file of the published store; None is `PUBLIC_FILE` in the same folder.

    Raises:
        SettingsError: the lab has no `publishing:`, a file of it cannot be used, or `out` is another store.
    """
    folder = exact.path.parent
    rules = rules_of(info, folder, make=True)
    file = Path(out) if out is not None else folder / PUBLIC_FILE
    if file.resolve() == exact.path.resolve():
        raise SettingsError(f"{file} is the exact store; give --out another file")
    public = SQLiteStore.open(file, lab=info.key)
    try:
        if public.sequence and not is_published(public):
            raise SettingsError(f"{file} holds what was not published; give --out another file")
        return publish(exact, public, rules, now=now.us, full=full)
    finally:
        public.close()
