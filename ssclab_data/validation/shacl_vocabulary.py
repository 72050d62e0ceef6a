"""Name the terms of SHACL, and say in words what each of its constraints asks."""

import re
from collections.abc import Mapping

import msgspec

WRONG_NAMESPACE = re.compile(r"https?://(?:www\.)?w3\.org/(?:ns|TR)/shacl(?:[#/][a-z]*)?$", re.IGNORECASE)
"""Properties and classes that were meant to be of SHACL; those that start with its namespace are."""

NODE_KINDS = ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")


class Wording(msgspec.Struct, frozen=True):
    """How a constraint component is told to people who do not read SHACL.

    Attributes:
        parameter: name of its parameter in the `sh:` namespace.
        text: message in English; `{path}`, `{value}` and `{expected}` stand for what they say.
        text_nl: message in Dutch.
        cure: what to do, in English.
        cure_nl: in Dutch.
    """

    parameter: str
    text: str
    text_nl: str
    cure: str
    cure_nl: str


WORDINGS: Mapping[str, Wording] = {
    "MinCount": Wording(
        "minCount",
        "{path} has fewer than {expected} values",
        "{path} heeft minder dan {expected} waarden",
        "Add what is missing.",
        "Vul aan wat ontbreekt.",
    ),
    "MaxCount": Wording(
        "maxCount",
        "{path} has more than {expected} values",
        "{path} heeft meer dan {expected} waarden",
        "Keep the right value.",
        "Houd alleen de juiste waarde over.",
    ),
    "Datatype": Wording(
        "datatype",
        "{value} of {path} is no {expected}",
        "{value} van {path} is geen {expected}",
        "Write the value in the form of that datatype, and give the datatype.",
        "Schrijf de waarde in de vorm van dat datatype, en noem het datatype.",
    ),
    "NodeKind": Wording(
        "nodeKind",
        "{value} of {path} is of the wrong kind: {expected} is asked",
        "{value} van {path} is van de verkeerde soort: {expected} wordt gevraagd",
        "Give an IRI, a text or a nested node, as is asked.",
        "Geef een IRI, een tekst of een geneste node, zoals gevraagd.",
    ),
    "Class": Wording(
        "class",
        "{value} of {path} is not known to be a {expected}",
        "van {value} van {path} is niet bekend dat het een {expected} is",
        "State the class of that resource, or refer to one of that class.",
        "Noem de klasse van die bron, of verwijs naar een van die klasse.",
    ),
    "In": Wording(
        "in",
        "{value} of {path} is not in the list {expected}",
        "{value} van {path} staat niet in de lijst {expected}",
        "Take a value of the list.",
        "Neem een waarde uit de lijst.",
    ),
    "HasValue": Wording(
        "hasValue",
        "{path} lacks the value {expected}",
        "{path} mist de waarde {expected}",
        "Add that value.",
        "Voeg die waarde toe.",
    ),
    "Pattern": Wording(
        "pattern",
        "{value} of {path} has not the form {expected}",
        "{value} van {path} heeft niet de vorm {expected}",
        "Write the value in that form.",
        "Schrijf de waarde in die vorm.",
    ),
    "MinLength": Wording(
        "minLength",
        "{value} of {path} is shorter than {expected} characters",
        "{value} van {path} is korter dan {expected} tekens",
        "Write more.",
        "Schrijf meer.",
    ),
    "MaxLength": Wording(
        "maxLength",
        "{value} of {path} is longer than {expected} characters",
        "{value} van {path} is langer dan {expected} tekens",
        "Write less.",
        "Schrijf minder.",
    ),
    "MinInclusive": Wording(
        "minInclusive",
        "{value} of {path} is less than {expected}",
        "{value} van {path} is kleiner dan {expected}",
        "Mend the value or its unit.",
        "Herstel de waarde of haar eenheid.",
    ),
    "MaxInclusive": Wording(
        "maxInclusive",
        "{value} of {path} is more than {expected}",
        "{value} van {path} is groter dan {expected}",
        "Mend the value or its unit.",
        "Herstel de waarde of haar eenheid.",
    ),
    "MinExclusive": Wording(
        "minExclusive",
        "{value} of {path} is not more than {expected}",
        "{value} van {path} is niet groter dan {expected}",
        "Mend the value or its unit.",
        "Herstel de waarde of haar eenheid.",
    ),
    "MaxExclusive": Wording(
        "maxExclusive",
        "{value} of {path} is not less than {expected}",
        "{value} van {path} is niet kleiner dan {expected}",
        "Mend the value or its unit.",
        "Herstel de waarde of haar eenheid.",
    ),
    "LanguageIn": Wording(
        "languageIn",
        "{value} of {path} is in none of the languages {expected}",
        "{value} van {path} is in geen van de talen {expected}",
        "Give the text a language tag of the list.",
        "Geef de tekst een taalcode uit de lijst.",
    ),
    "UniqueLang": Wording(
        "uniqueLang",
        "{path} has more than one text in a language",
        "{path} heeft meer dan een tekst in een taal",
        "Keep one text for each language.",
        "Houd één tekst per taal over.",
    ),
    "Equals": Wording(
        "equals",
        "{value} is not a value of both {path} and {expected}",
        "{value} is niet een waarde van zowel {path} als {expected}",
        "Give both the same values.",
        "Geef beide dezelfde waarden.",
    ),
    "Disjoint": Wording(
        "disjoint",
        "{value} is a value of both {path} and {expected}",
        "{value} is een waarde van zowel {path} als {expected}",
        "Take it away from one of them.",
        "Haal het bij een van beide weg.",
    ),
    "LessThan": Wording(
        "lessThan",
        "{value} of {path} is not less than {expected}",
        "{value} van {path} is niet kleiner dan {expected}",
        "Mend one of the two.",
        "Herstel een van de twee.",
    ),
    "LessThanOrEquals": Wording(
        "lessThanOrEquals",
        "{value} of {path} is more than {expected}",
        "{value} van {path} is groter dan {expected}",
        "Mend one of the two.",
        "Herstel een van de twee.",
    ),
    "Closed": Wording(
        "closed",
        "{path} is not allowed here",
        "{path} is hier niet toegestaan",
        "Take the property away, or use one that the shape names.",
        "Haal de eigenschap weg, of neem er een die de shape noemt.",
    ),
    "Node": Wording(
        "node",
        "{value} of {path} is not as {expected} asks",
        "{value} van {path} is niet zoals {expected} vraagt",
        "Look at what that shape asks.",
        "Bekijk wat die shape vraagt.",
    ),
    "Not": Wording(
        "not",
        "{value} of {path} is what it must not be",
        "{value} van {path} is wat het niet mag zijn",
        "Look at what the shape forbids.",
        "Bekijk wat de shape verbiedt.",
    ),
    "And": Wording(
        "and",
        "{value} of {path} is not all that it must be",
        "{value} van {path} is niet alles wat het moet zijn",
        "Look at what the shapes ask.",
        "Bekijk wat de shapes vragen.",
    ),
    "Or": Wording(
        "or",
        "{value} of {path} is none of what it may be",
        "{value} van {path} is niets van wat het mag zijn",
        "Make it one of what the shapes ask.",
        "Maak er een van de gevraagde vormen van.",
    ),
    "Xone": Wording(
        "xone",
        "{value} of {path} is not exactly one of what it may be",
        "{value} van {path} is niet precies een van wat het mag zijn",
        "Make it exactly one of what the shapes ask.",
        "Maak er precies één van de gevraagde vormen van.",
    ),
    "QualifiedMinCount": Wording(
        "qualifiedMinCount",
        "{path} has fewer than {expected} values of the kind that is asked",
        "{path} heeft minder dan {expected} waarden van de gevraagde soort",
        "Add what is missing.",
        "Vul aan wat ontbreekt.",
    ),
    "QualifiedMaxCount": Wording(
        "qualifiedMaxCount",
        "{path} has more than {expected} values of a kind",
        "{path} heeft meer dan {expected} waarden van een soort",
        "Keep the right ones.",
        "Houd alleen de juiste over.",
    ),
}
"""By the name of the component without `ConstraintComponent`."""

OTHER = Wording(
    "",
    "{value} of {path} breaks a rule of its own of the shape",
    "{value} van {path} is in strijd met een eigen regel van de shape",
    "Look at the shape.",
    "Bekijk de shape.",
)
"""For SPARQL constraints and components of others."""

UNSUPPORTED = (
    ("js", "no JavaScript is run; write it with core constraints or sh:sparql", "er wordt geen JavaScript uitgevoerd"),
    ("target", "such targets find no node here; use sh:targetClass or another target of SHACL Core", "zo'n doel vindt"
    " hier niets; gebruik sh:targetClass of een ander doel van SHACL Core"),
    ("expression", "node expressions are not evaluated; write it as sh:sparql", "zulke uitdrukkingen worden niet"
    " uitgerekend; schrijf het als sh:sparql"),
    ("rule", "rules add no triples here; state them in the data", "regels voegen hier niets toe; zet het in de data"),
)  # fmt: skip
"""Properties of SHACL-AF and SHACL-JS that would do nothing here, and why."""

_COMPONENTS = (*WORDINGS, "SPARQL", "Pattern", "QualifiedValueShape", "JS", "Expression")

TERMS = frozenset(
    (
        *NODE_KINDS,
        *(f"{name}ConstraintComponent" for name in _COMPONENTS),
        *(wording.parameter for wording in WORDINGS.values()),
        *[
            "NodeShape",
            "PropertyShape",
            "Shape",
            "path",
            "inversePath",
            "alternativePath",
            "zeroOrMorePath",
            "oneOrMorePath",
        ],
        *[
            "zeroOrOnePath",
            "property",
            "flags",
            "ignoredProperties",
            "qualifiedValueShape",
            "qualifiedValueShapesDisjoint",
        ],
        *["targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "severity", "message", "deactivated"],
        *[
            "name",
            "description",
            "order",
            "group",
            "defaultValue",
            "PropertyGroup",
            "Violation",
            "Warning",
            "Info",
            "Severity",
            "NodeKind",
        ],
        *[
            "declare",
            "prefix",
            "namespace",
            "prefixes",
            "PrefixDeclaration",
            "sparql",
            "select",
            "ask",
            "SPARQLConstraint",
        ],
        *["SPARQLExecutable", "SPARQLAskExecutable", "SPARQLSelectExecutable", "SPARQLAskValidator"],
        *[
            "SPARQLSelectValidator",
            "Validator",
            "ConstraintComponent",
            "Parameter",
            "Parameterizable",
            "parameter",
            "optional",
        ],
        *["labelTemplate", "nodeValidator", "propertyValidator", "validator", "shapesGraph", "suggestedShapesGraph"],
        *[
            "shapesGraphWellFormed",
            "entailment",
            "ValidationReport",
            "ValidationResult",
            "AbstractResult",
            "conforms",
            "result",
        ],
        *[
            "focusNode",
            "resultPath",
            "value",
            "resultMessage",
            "resultSeverity",
            "detail",
            "sourceConstraint",
            "sourceShape",
        ],
        *[
            "sourceConstraintComponent",
            "ResultAnnotation",
            "resultAnnotation",
            "annotationProperty",
            "annotationVarName",
        ],
        *[
            "annotationValue",
            "Rule",
            "SPARQLRule",
            "TripleRule",
            "rule",
            "construct",
            "condition",
            "subject",
            "predicate",
            "object",
        ],
        *["target", "Target", "TargetType", "SPARQLTarget", "SPARQLTargetType", "expression", "filterShape", "nodes"],
        *[
            "intersection",
            "union",
            "minus",
            "distinct",
            "count",
            "limit",
            "offset",
            "orderBy",
            "desc",
            "if",
            "then",
            "else",
            "this",
            "exists",
        ],
        *[
            "Function",
            "SPARQLFunction",
            "SPARQLConstructExecutable",
            "SPARQLUpdateExecutable",
            "returnType",
            "update",
            "bind",
        ],
        *[
            "js",
            "jsLibrary",
            "jsLibraryURL",
            "jsFunctionName",
            "JSConstraint",
            "JSLibrary",
            "JSExecutable",
            "JSFunction",
            "JSRule",
        ],
        *["JSTarget", "JSTargetType", "JSValidator"],
    )
)
"""All names in the namespace of SHACL, SHACL-AF and SHACL-JS."""
