"""Every schema: its examples are right, its counter-examples wrong as they say, and no keyword in it checks nothing."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ssclab_data import resources
from ssclab_data.errors import InformationModelError, SsclabError
from ssclab_data.federation.descriptor import read_descriptor
from ssclab_data.lab_files import read_lab_file
from ssclab_data.model.codelists import observed_properties
from ssclab_data.model.entity import Kind
from ssclab_data.model.multi import VIEWS
from ssclab_data.model.units import units
from ssclab_data.ontology.registry import read_registry
from ssclab_data.sources.mapping import parse_mapping
from ssclab_data.validation import struct_schemas
from ssclab_data.validation.json_engines import ENGINES
from ssclab_data.validation.json_schema import check_against, schema_names
from ssclab_data.validation.schemas import BASE, EXAMPLES, SUFFIX, schema_file, schema_files

ENTITIES = tuple(f"entities/{name}" for name in VIEWS)
FEWEST_WRONG = 3


def examples(name: str, kind: str) -> list[Path]:
    folder = Path(str(resources.folder("schemas")), EXAMPLES, name, kind)
    return sorted(folder.glob("*.json"))


def read(file: Path) -> Any:
    return msgspec.json.decode(file.read_bytes())


def each(kind: str) -> list[Any]:
    files = [(name, file) for name in schema_names() for file in examples(name, kind)]
    return [pytest.param(name, file, id=f"{name}-{file.stem}") for name, file in files]


@pytest.mark.parametrize("name", schema_names())
def test_schema_says_who_it_is_and_has_examples(name: str) -> None:
    schema = schema_file(name).schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"{BASE}{name}{SUFFIX}"
    assert schema["title"]
    assert len(examples(name, "ok")) >= 1
    assert len(examples(name, "fail")) >= FEWEST_WRONG


def test_every_example_is_of_a_schema() -> None:
    root = Path(str(resources.folder("schemas")), EXAMPLES)
    found = {str(file.parent.parent.relative_to(root)) for file in root.rglob("*.json")}
    assert found == set(schema_names())


def test_each_entity_type_of_the_model_has_a_schema() -> None:
    assert set(ENTITIES) <= set(schema_names())


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize(("name", "file"), each("ok"))
def test_example_is_right(name: str, file: Path, engine: str) -> None:
    assert check_against(name, read(file), engine=engine) == ()


@pytest.mark.parametrize(("name", "file"), each("fail"))
def test_counter_example_is_wrong_as_it_says(name: str, file: Path) -> None:
    example = read(file)
    found = [check_against(name, example["document"], engine=engine) for engine in ENGINES]
    assert found[0] == found[1]
    expect = example["expect"]
    told = [one for one in found[0] if (one.rule, one.path) == (expect["rule"], expect["path"])]
    assert told, [str(one) for one in found[0]]
    assert told[0].suggestion == expect.get("suggestion", told[0].suggestion)
    assert all(one.text_nl for one in found[0])


@pytest.mark.parametrize("name", list(VIEWS))
def test_entity_schema_agrees_with_the_model(name: str) -> None:
    schema, kind = schema_file(f"entities/{name}").schema, VIEWS[name]
    assert [one for one in schema["properties"] if "@" not in one] == list(kind.by_name)
    required = {part.name for part in kind.properties if part.required}
    assert set(schema["required"]) == required
    linked = {part["x-link"] for part in schema.get("allOf", ())}
    # A service may make the FeatureOfInterest itself (OGC 18-088, 8.2.7); ObservedProperties is of version 2.0.
    made = {"FeatureOfInterest", "ObservedProperties"} if name != "MultiDatastream" else set()
    assert linked == {link.name for link in kind.navigations if link.required} - made


@pytest.mark.parametrize("name", list(VIEWS))
def test_each_time_of_an_entity_has_a_format(name: str) -> None:
    formats = {Kind.INSTANT: "date-time", Kind.INTERVAL: "time-interval", Kind.TIME: "time-or-interval"}
    common = schema_file("entities/common").schema["$defs"]
    properties = schema_file(f"entities/{name}").schema["properties"]
    for part in VIEWS[name].properties:
        if part.kind in formats:
            shape = common[properties[part.name]["$ref"].rpartition("/")[2]]
            assert shape["format"] == formats[part.kind], part.name


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(part)


def test_units_of_models_are_codes_and_agree_with_the_observed_property() -> None:
    seen = 0
    for file in schema_files().values():
        for part in parts(file.schema):
            if "x-unit" not in part or not isinstance(part["x-unit"], str):
                continue
            seen += 1
            assert part["x-unit"] in units(), (file.name, part)
            about = observed_properties().get(part.get("x-property", ""))
            assert ("x-property" in part) == (about is not None), (file.name, part)
            if about is not None and "x-scale" not in part:
                assert part["x-unit"] == about.ucum, (file.name, part)
    assert seen > 20


@pytest.mark.parametrize("name", list(struct_schemas.FILES))
def test_schema_of_a_declared_file_is_up_to_date(name: str) -> None:
    """`python -m ssclab_data.validation.struct_schemas` writes them anew."""
    file = Path(str(resources.folder("schemas")), name + SUFFIX)
    assert file.read_bytes() == struct_schemas.struct_schema(name)


def yaml_files(folder: str, pattern: str) -> list[Path]:
    return sorted(Path(str(resources.folder(folder))).glob(pattern))


def test_files_of_this_project_meet_their_schemas(repository: Path) -> None:
    files = [("registry", file) for file in yaml_files("ontologies", "registry.yaml")]
    files += [("profile", file) for file in yaml_files("ontologies", "profiles/*/*/profile.yaml")]
    files += [("mapping", file) for file in sorted((repository / "ssclab_data/sources/mappings").glob("*.yaml"))]
    assert {kind for kind, _ in files} == {"registry", "profile", "mapping"}
    for kind, file in files:
        assert check_against(kind, msgspec.yaml.decode(file.read_bytes())) == (), file


@pytest.mark.parametrize(
    "file", examples("federation", "ok") + examples("federation", "fail"), ids=lambda file: file.stem
)
def test_reader_of_federations_says_the_same(file: Path) -> None:
    document = read(file).get("document", read(file))
    assert _reads(lambda: read_descriptor(msgspec.yaml.encode(document).decode() + "\n")) == (file.parent.name == "ok")


@pytest.mark.parametrize("file", examples("lab", "ok") + examples("mapping", "ok") + examples("registry", "ok"))
def test_readers_take_the_examples(file: Path, tmp_path: Path) -> None:
    text = msgspec.yaml.encode(read(file))
    kind = file.parent.parent.name
    copy = tmp_path / {"lab": "lab.yaml", "mapping": "mapping.yaml", "registry": "registry.yaml"}[kind]
    copy.write_bytes(text)
    if kind == "lab":
        assert read_lab_file(copy).key
    elif kind == "mapping":
        assert parse_mapping(text.decode(), copy.name).source
    else:
        assert read_registry(tmp_path) is not None


def _reads(run: Any) -> bool:
    try:
        run()
    except SsclabError:
        return False
    return True


WRONG_SCHEMAS: list[tuple[dict[str, Any], str, str]] = [
    ({"format": "date-time"}, "format says nothing about values that are no string", "row 70: 123 would pass"),
    ({"type": "number", "format": "date-time"}, "format checks a string", "the type never has the format"),
    ({"type": "string", "format": "datetime"}, "nothing checks the format 'datetime'", "a misspelt format"),
    ({"type": "string", "format": "hostname"}, "nothing checks the format 'hostname'", "one that we do not check"),
    ({"minimum": 0}, "minimum says nothing", "the text '54' would pass"),
    ({"type": "string", "minimum": 0}, "minimum checks a number", "a limit of a text"),
    ({"type": "object", "minLength": 1}, "minLength checks a string", "a length of an object"),
    ({"required": ["name"]}, "required says nothing", "a list would pass"),
    ({"items": {"type": "string"}}, "items says nothing", "an object would pass"),
    ({"type": "object", "properties": {"a": {"pattern": "^x"}}}, "at /properties/a: pattern says", "the place is told"),
    ({"type": "object", "anyOf": [{"required": ["a"]}, {"minimum": 1}]}, "at /anyOf/1: minimum checks", "in a branch"),
    ({"$defs": {"a": {"format": "uri"}}, "type": "string"}, "at /$defs/a: format says", "in a part that is not used"),
    ({"type": "object", "requried": ["a"]}, "it looks like 'required'", "a misspelt keyword checks nothing"),
    ({"type": "string", "x-rule": "no-such"}, "there is no rule 'no-such'", "a finding of no rule"),
    (
        {"$ref": "https://ssclab.example/schemas/gone.schema.json"},
        "not at hand; nothing is fetched",
        "a dead reference",
    ),
    ({"$ref": "#/$defs/gone"}, "has no part '$defs'", "a reference to a part that is not there"),
    ({"type": "text"}, "is not valid under any of the", "no type of JSON"),
    ({"type": "string", "pattern": "["}, "", "no pattern"),
    ({"type": "object", "properties": []}, "", "not the shape of the keyword"),
]


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize(("schema", "message", "why"), WRONG_SCHEMAS, ids=[row[2] for row in WRONG_SCHEMAS])
def test_schema_that_would_let_values_pass_is_refused(
    schema: dict[str, Any], message: str, why: str, engine: str
) -> None:
    with pytest.raises(InformationModelError) as raised:
        check_against(schema, {}, engine=engine)
    assert message in str(raised.value)


RIGHT_SCHEMAS: list[tuple[dict[str, Any], str]] = [
    ({"type": ["string", "null"], "format": "date-time"}, "null is another type, and stated"),
    ({"type": "string", "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]}, "a branch has the type around it"),
    ({"$ref": "#/$defs/a", "minLength": 1, "$defs": {"a": {"type": "string"}}}, "the type is that of the reference"),
    ({"type": "object", "propertyNames": {"pattern": "^a"}}, "names are always texts"),
    ({"type": "integer", "maximum": 3}, "an integer is a number"),
    ({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, "branches of an object"),
    ({"type": "string", "x-anything": {"format": "nope"}, "examples": [{"format": "nope"}]}, "what is no schema"),
    ({"type": "string", "modelTags": "", "$schemaVersion": "0.1"}, "annotations of other makers"),
]


@pytest.mark.parametrize(("schema", "why"), RIGHT_SCHEMAS, ids=[row[1] for row in RIGHT_SCHEMAS])
def test_schema_that_states_its_types_is_taken(schema: dict[str, Any], why: str) -> None:
    assert isinstance(check_against(schema, None), tuple)


@pytest.fixture
def extension(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "schemas/models").mkdir(parents=True)
    yield tmp_path
    resources.use(())


def put(extension: Path, name: str, schema: dict[str, Any]) -> None:
    (extension / "schemas" / f"{name}{SUFFIX}").write_bytes(msgspec.json.encode(schema))
    resources.use([extension])


BENCH: dict[str, Any] = {
    "$id": "https://breda.example/schemas/bench.schema.json",
    "type": "object",
    "properties": {"place": {"$ref": "https://ssclab.example/schemas/entities/common.schema.json#/$defs/geojson"}},
    "required": ["place"],
    "additionalProperties": False,
}


def test_schema_of_an_extension_is_found_and_may_use_ours(extension: Path) -> None:
    put(extension, "models/bench", BENCH)
    assert "models/bench" in schema_names()
    assert check_against("models/bench", {"place": {"type": "Point", "coordinates": [4.7, 51.5]}}) == ()
    found = check_against("models/bench", {"place": {"type": "Point", "coordinates": [0, 0]}})
    assert [one.rule for one in found] == ["zero-position"]
    resources.use(())
    with pytest.raises(InformationModelError, match="no schema 'models/bench'; known: descriptor, entities/Datastream"):
        check_against("models/bench", {})


@pytest.mark.parametrize(
    ("name", "schema", "message"),
    [
        ("models/bench", {"type": "object"}, "has no $id"),
        ("models/bench", {"$id": f"{BASE}lab{SUFFIX}"}, "its $id is that of"),
        ("lab", {"$id": "https://breda.example/lab"}, "there is a schema 'lab' already"),
        ("models/bench", {**BENCH, "unit": "m"}, "there is no keyword 'unit'; begin one of your own with x-"),
        ("models/bench", {**BENCH, "properties": {"at": {"format": "date"}}}, "state the type too"),
    ],
)
def test_wrong_schema_of_an_extension_is_refused_with_its_file(
    extension: Path, name: str, schema: dict[str, Any], message: str
) -> None:
    put(extension, name, schema)
    with pytest.raises(InformationModelError) as raised:
        check_against("models/bench", {})
    assert message in str(raised.value)
    assert str(extension) in str(raised.value)


def test_schema_with_parts_alone_checks_nothing_and_says_so() -> None:
    assert "entities/common" not in schema_names()
    with pytest.raises(InformationModelError, match="only has parts of other schemas"):
        check_against("entities/common", {})


def test_schema_that_is_no_json_is_refused(extension: Path) -> None:
    (extension / "schemas" / f"broken{SUFFIX}").write_text("{")
    resources.use([extension])
    with pytest.raises(InformationModelError, match="broken"):
        schema_names()


def test_folder_of_examples_holds_no_schemas() -> None:
    folder: Traversable = resources.folder("schemas") / EXAMPLES
    assert folder.is_dir()
    assert not any(name.startswith(EXAMPLES) for name in schema_files())
