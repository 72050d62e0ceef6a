"""Read profiles: named bundles of vocabularies, modelling rules, privacy rules and quality rules."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec

from ssclab_data.errors import InformationModelError
from ssclab_data.model import codelists
from ssclab_data.model.finding import Severity
from ssclab_data.ontology import registry
from ssclab_data.resources import extensions
from ssclab_data.validation.modelling_rules import MODELLING_RULES
from ssclab_data.validation.series_rules import SeriesRules, merge

PROFILE_FILE = "profile.yaml"

type Level = Literal["error", "warning", "info", "off"]
"""How bad a breach of a rule is in a profile; `off` leaves the rule out."""


class ProfileFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `profile.yaml`.

    Attributes:
        description: by language.
        based_on: names of profiles whose rules hold too; what is said here goes before.
        modules: ids of the modules whose SHACL shapes the linked data must meet.
        observed_properties: ids in the code list of what the profile is about; empty means all.
        vocabularies: name of a code list, by the path of the value that must be one of its codes
            (`Thing/properties/placement`).
        required: how bad it is when a value is missing, by its path.
        rules: how bad a breach of a rule is, by the rule's id.
        series: rules for values and times of Observations.
    """

    description: Mapping[str, str]
    based_on: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    observed_properties: tuple[str, ...] = ()
    vocabularies: Mapping[str, str] = {}
    required: Mapping[str, Level] = {}
    rules: Mapping[str, Level] = {}
    series: SeriesRules = SeriesRules()


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A profile with all that it is based on.

    Attributes:
        name: `lab-air@1`.
        title: by language.
        observed_properties: ids in the code list; empty means all.
        vocabularies: the codes that may stand at a path, and the name of their code list.
    """

    name: str
    title: Mapping[str, str]
    modules: tuple[str, ...]
    observed_properties: tuple[str, ...]
    vocabularies: Mapping[str, str]
    required: Mapping[str, Level]
    rules: Mapping[str, Level]
    series: SeriesRules

    def severity(self, rule: str) -> Severity | None:
        """Tell how bad a breach of a rule is; None where the profile leaves the rule out.

        >>> load_profile("lab-core@1").severity("unit-unknown")
        <Severity.ERROR: 'error'>
        """
        return severity_of(self.rules.get(rule, "off"))


def severity_of(level: Level) -> Severity | None:
    """Give the severity of a level; None for `off`."""
    return None if level == "off" else Severity(level)


def load_profile(name: str) -> Profile:
    """Find a profile, ours or one of an extension; without `@version` the newest one.

    Raises:
        InformationModelError: no registry has it (the message lists those there are), or it is wrong.
    """
    return _load(_full_name(name), extensions())


def profile_names() -> tuple[str, ...]:
    """Give the names of all profiles, sorted."""
    return tuple(sorted(registry.profiles()))


def _full_name(name: str) -> str:
    known = registry.profiles()
    if name in known:
        return name
    versions = [entry.entry for entry in known.values() if entry.entry.id == name]
    if not versions:
        raise InformationModelError(f"no profile {name!r}; known: {', '.join(sorted(known))}")
    return max(versions, key=lambda entry: entry.version).name


@cache
def _load(name: str, _extensions: tuple[object, ...]) -> Profile:
    return _resolve(name, ())


def _resolve(name: str, seen: tuple[str, ...]) -> Profile:
    if name in seen:
        raise InformationModelError(f"profiles are based on each other: {' -> '.join((*seen, name))}")
    entry = registry.profiles().get(name)
    if entry is None:
        raise InformationModelError(f"no profile {name!r}; known: {', '.join(profile_names())}")
    file = _read(entry)
    _check(file, where=str(entry.folder / PROFILE_FILE))
    bases = [_resolve(base, (*seen, name)) for base in file.based_on]
    own = Profile(
        name=name,
        title=entry.entry.title,
        modules=file.modules,
        observed_properties=file.observed_properties,
        vocabularies=file.vocabularies,
        required=file.required,
        rules=file.rules,
        series=file.series,
    )
    for base in reversed(bases):
        own = _over(base, own)
    return own


def _over(base: Profile, own: Profile) -> Profile:
    """Put a profile over one that it is based on."""
    return msgspec.structs.replace(
        own,
        modules=tuple(dict.fromkeys((*base.modules, *own.modules))),
        observed_properties=own.observed_properties or base.observed_properties,
        vocabularies={**base.vocabularies, **own.vocabularies},
        required={**base.required, **own.required},
        rules={**base.rules, **own.rules},
        series=merge(base.series, own.series),
    )


def _read(profile: registry.Profile) -> ProfileFile:
    file = profile.folder / PROFILE_FILE
    try:
        return msgspec.yaml.decode(file.read_bytes(), type=ProfileFile)
    except FileNotFoundError as error:
        raise InformationModelError("the registry lists it, and there is no such file", file=str(file)) from error
    except msgspec.MsgspecError as error:
        raise InformationModelError(str(error), file=str(file)) from error


def _check(file: ProfileFile, *, where: str) -> None:
    """Refuse names that lead nowhere: each would be a rule that is never checked."""
    _known(file.modules, registry.modules(), what="module", where=where)
    _known(file.observed_properties, codelists.observed_properties(), what="observed property", where=where)
    _known(file.rules, MODELLING_RULES, what="rule", where=where)
    _known(file.series.properties, codelists.observed_properties(), what="observed property in series", where=where)
    for path, name in file.vocabularies.items():
        try:
            codelists.read(name)
        except FileNotFoundError as error:
            raise InformationModelError(f"vocabularies {path}: there is no code list {name!r}", file=where) from error


def _known(
    names: Mapping[str, object] | tuple[str, ...], known: Mapping[str, object], *, what: str, where: str
) -> None:
    for name in names:
        if name not in known:
            raise InformationModelError(f"no {what} {name!r}; known: {', '.join(known)}", file=where)
