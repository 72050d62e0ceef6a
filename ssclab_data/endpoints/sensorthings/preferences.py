"""Read what a client would like (RFC 7240), and tell what of it was done."""

from ssclab_data.editing.writes import Preferences, Resolution

CONTINUE = ("continue-on-error", "odata.continue-on-error")
_RETURN, _RESOLUTION = "return", "resolution"


def read_preferences(header: str) -> Preferences:
    """Read a `Prefer` header; of several of one name the first holds, and unknown ones are passed over.

    >>> read_preferences("return=minimal; wait=10, resolution=merge-duplicates").minimal
    True
    """
    found = _named(header)
    wanted = found.get(_RESOLUTION, "")
    known = (Resolution.MERGE, Resolution.IGNORE)
    return Preferences(
        minimal=found.get(_RETURN) == "minimal",
        resolution=Resolution(wanted) if wanted in known else Resolution.REFUSE,
    )


def continues(header: str) -> bool | None:
    """Tell whether a batch goes on after a request that fails; None where the client does not say (OData 4.0, 8.2.8.3).

    >>> continues("odata.continue-on-error"), continues("continue-on-error=false"), continues("")
    (True, False, None)
    """
    found = _named(header)
    values = [found[name] for name in CONTINUE if name in found]
    return values[0] != "false" if values else None


def _named(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    return found


def applied(preferences: Preferences) -> dict[str, str]:
    """Give the header that tells which preferences were followed; none where there was none."""
    told = []
    if preferences.minimal:
        told.append(f"{_RETURN}=minimal")
    if preferences.resolution is not Resolution.REFUSE:
        told.append(f"{_RESOLUTION}={preferences.resolution}")
    return {"Preference-Applied": ", ".join(told)} if told else {}
