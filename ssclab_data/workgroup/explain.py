"""Explain a term or code: what it is, where it is used, how it is written in SensorThings and in RDF."""

from collections.abc import Iterator

import msgspec

from ssclab_data.model.codelists import observed_properties, read
from ssclab_data.model.units import resolve_unit, units
from ssclab_data.ontology import alignments, codelists, registry
from ssclab_data.sources.mapping import MappedSource, load_source, source_names
from ssclab_data.validation.profile import load_profile
from ssclab_data.workgroup.faults import Language
from ssclab_data.workgroup.lookup import Lookup, Term

_TITLES = {
    "en": ("in use", "in SensorThings", "in RDF", "no term is called {asked!r}; nearest", "nothing is like it"),
    "nl": ("in gebruik", "in SensorThings", "in RDF", "geen term heet {asked!r}; het meest lijkt", "niets lijkt erop"),
}


class Use(msgspec.Struct, frozen=True):
    """One place where a term is used.

    Attributes:
        kind: `shape`, `code list`, `mapping`, `profile` or `alignment`.
        where: what it is, by name.
    """

    kind: str
    where: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to say of a term.

    Attributes:
        sensorthings: JSON as it stands in an entity, "" where it has no place there.
        rdf: Turtle.
    """

    term: Term
    uses: tuple[Use, ...]
    sensorthings: str
    rdf: str


def explain(asked: str, lookup: Lookup) -> tuple[Explanation, ...]:
    """Explain all that a name stands for; nothing where no term has it."""
    return tuple(explain_term(term, lookup) for term in lookup.find(asked))


def explain_term(term: Term, lookup: Lookup) -> Explanation:
    """Explain one term."""
    return Explanation(term=term, uses=tuple(_uses(term, lookup)), sensorthings=_json(term, lookup), rdf=_turtle(term))


def as_text(asked: str, found: tuple[Explanation, ...], lookup: Lookup, language: Language) -> str:
    """Write explanations for people; the nearest terms where there is none."""
    used, sensorthings, rdf, unknown, nothing = _TITLES[language]
    if not found:
        near = [f"  {one.name}  {one.labels.get(language, '')}" for one in lookup.nearest(asked)]
        return "\n".join([f"{unknown.format(asked=asked)}:", *(near or [f"  {nothing}"])]) + "\n"
    return "\n".join(_text(one, language, (used, sensorthings, rdf)) for one in found)


def _text(one: Explanation, language: Language, titles: tuple[str, str, str]) -> str:
    term = one.term
    other = "en" if language == "nl" else "nl"
    lines = [f"{term.name}  ({term.kind}, {term.home})", f"  <{term.iri}>"]
    for each in (language, other):
        label, definition = term.labels.get(each, ""), term.definitions.get(each, "")
        lines.append(f"  {each}: {label}{'. ' + definition if definition else ''}")
    lines += [f"  {name}: {value}" for name, value in term.columns.items() if value and "_" not in name]
    if one.uses:
        lines += [f"  {titles[0]}:", *(f"    {use.kind} {use.where}" for use in one.uses)]
    for title, text in ((titles[1], one.sensorthings), (titles[2], one.rdf)):
        if text:
            lines += [f"  {title}:", *(f"    {line}" for line in text.splitlines())]
    return "\n".join(lines) + "\n"


def _uses(term: Term, lookup: Lookup) -> Iterator[Use]:
    for id_ in lookup.known.workspace.modules:
        yield from _in_shapes(term, id_, lookup)
    if term.kind == "code":
        yield from _in_lists(term)
        yield from _in_mappings(term)
    yield from _in_profiles(term)
    same = {term.iri, term.columns.get("definition", "")}
    for name in alignments.names():
        for row in alignments.read(name).rows:
            if same & {row.subject, row.object}:
                other = row.object if row.subject in same else row.subject
                predicate = lookup.known.curie(row.predicate)
                yield Use("alignment", f"{name}: {predicate} {lookup.known.curie(other)}")


def _in_shapes(term: Term, id_: str, lookup: Lookup) -> Iterator[Use]:
    shapes = lookup.known.files(id_).shapes
    if shapes is None:
        return
    lines = shapes.places.mentions.get(term.iri, ())
    starts = sorted((line, iri) for iri, line in shapes.places.subjects.items())
    names = dict.fromkeys(max((start for start in starts if start[0] <= line), default=(0, ""))[1] for line in lines)
    yield from (Use("shape", f"{lookup.known.curie(name)} ({id_})") for name in names if name)


def _in_lists(term: Term) -> Iterator[Use]:
    """Give codes of other lists that name this one: properties with a unit, groups with properties."""
    columns = {"units": ("ucum", "units"), "observed-properties": ("properties",), "averagings": ("averaging",)}
    for name in codelists.names():
        for row in read(name):
            (_, code), *others = row.items()
            if any(column in columns.get(term.home, ()) and term.code in cell.split("|") for column, cell in others):
                yield Use("code list", f"{name}/{code}")


def _in_mappings(term: Term) -> Iterator[Use]:
    for name in source_names():
        source = load_source(name)
        fields = source.mapping.fields if isinstance(source, MappedSource) else {}
        for field, rule in fields.items():
            is_unit = term.home == "units" and rule.unit != "" and resolve_unit(rule.unit).ucum == term.code
            is_property = term.home == "observed-properties" and term.code in (rule.property, *rule.by_unit.values())
            if is_unit or is_property:
                yield Use("mapping", f"{name}: {field}")


def _in_profiles(term: Term) -> Iterator[Use]:
    for name in registry.profiles():
        profile = load_profile(name)
        if (term.home == "observed-properties" and term.code in profile.observed_properties) or (
            term.kind != "code" and term.home in profile.modules
        ):
            yield Use("profile", name)
        paths = (path for path, codes in profile.vocabularies.items() if term.kind == "code" and codes == term.home)
        yield from (Use("profile", f"{name}: {path}") for path in paths)


def _json(term: Term, lookup: Lookup) -> str:
    """Write what of an entity says it."""
    value: object = None
    if term.home == "observed-properties":
        info = observed_properties()[term.code]
        observed = {"name": info.label_en, "definition": info.definition, "description": info.label_nl}
        unit = msgspec.structs.asdict(units()[info.ucum].measurement)
        value = {"Datastream": {"unitOfMeasurement": unit, "ObservedProperty": observed}}
    elif term.home == "units":
        unit = msgspec.structs.asdict(units()[term.code].measurement)
        value = {"Datastream": {"unitOfMeasurement": unit}}
    elif term.kind == "code":
        value = _at_path(term)
    elif term.kind == "property":
        value = _key(term, lookup)
    return "" if value is None else msgspec.json.encode(value).decode()


def _at_path(term: Term) -> object:
    """Put a code where a profile wants codes of its list (`Thing/properties/placement`)."""
    for name in registry.profiles():
        for path, codes in load_profile(name).vocabularies.items():
            if codes == term.home:
                value: object = term.code
                for part in reversed(path.split("/")):
                    value = {part: value}
                return value
    return None


def _key(term: Term, lookup: Lookup) -> object:
    """Put a property under the key that the context of its module has for it."""
    context = lookup.known.files(term.home).context
    document = msgspec.json.decode(context.text) if context else {}
    keys = document.get("@context", {})
    for key, value in keys.items():
        name = value.get("@id") if isinstance(value, dict) else value
        if name in (term.name, term.iri):
            return {"properties": {key: "…"}}
    return None


def _turtle(term: Term) -> str:
    if term.home == "observed-properties":
        return f"[] a sosa:Observation ; sosa:observedProperty <{term.columns.get('definition') or term.iri}> ."
    if term.home == "units":
        return f"[] qudt:hasUnit <{term.columns.get('definition') or term.iri}> ."
    if term.kind == "class":
        return f"[] a {term.name} ."
    if term.kind == "property":
        return f"[] {term.name} … ."
    return f"<{term.iri}> a skos:Concept ."
