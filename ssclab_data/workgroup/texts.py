"""Say in Dutch and English what each rule for information models means, and what to do about it."""

import msgspec

from ssclab_data.model.finding import Severity


class Words(msgspec.Struct, frozen=True):
    """The words of one rule; `{…}` are facts of a fault."""

    en: str
    nl: str
    cure_en: str
    cure_nl: str
    severity: Severity = Severity.ERROR


_WARNING = Severity.WARNING

RULES = {
    # files
    "file-missing": Words(
        "there is no {name}",
        "{name} ontbreekt",
        "add it; `ssclab ontology new-module` shows how a module looks",
        "voeg het toe; `ssclab ontology new-module` laat zien hoe een module eruitziet",
    ),
    "folder-empty": Words(
        "nothing to check: {name} has no {pattern}",
        "niets te controleren: {name} heeft geen {pattern}",
        "add at least one; a check of nothing proves nothing",
        "voeg er ten minste een toe; een controle van niets bewijst niets",
    ),
    "file-unexpected": Words(
        "{name} is not a file of a module, so nothing checks it",
        "{name} hoort niet bij een module, dus niets controleert het",
        "rename it to {expected}, or take it away",
        "hernoem het naar {expected}, of haal het weg",
    ),
    "file-encoding": Words(
        "not plain UTF-8: {reason}",
        "geen gewone UTF-8: {reason}",
        "save the file as UTF-8 without a byte order mark",
        "sla het bestand op als UTF-8 zonder byte order mark",
    ),
    "file-syntax": Words(
        "does not parse as {kind}: {reason}",
        "is geen geldige {kind}: {reason}",
        "correct the text at this line",
        "herstel de tekst op deze regel",
    ),
    "registry-wrong": Words(
        "{reason}",
        "{reason}",
        "correct the entry in registry.yaml",
        "herstel de regel in registry.yaml",
    ),
    # prefixes
    "prefix-namespace": Words(
        "prefix {prefix}: stands for <{found}>, elsewhere for <{expected}>",
        "prefix {prefix}: staat voor <{found}>, elders voor <{expected}>",
        "write @prefix {prefix}: <{expected}>",
        "schrijf @prefix {prefix}: <{expected}>",
    ),
    "prefix-name": Words(
        "<{namespace}> has the prefix {found}: here and {expected}: elsewhere",
        "<{namespace}> heeft hier de prefix {found}: en elders {expected}:",
        "use {expected}:",
        "gebruik {expected}:",
        _WARNING,
    ),
    # the ontology itself
    "ontology-count": Words(
        "{count} owl:Ontology in this file; a module has exactly one, <{expected}>",
        "{count} owl:Ontology in dit bestand; een module heeft er precies een, <{expected}>",
        "declare <{expected}> a owl:Ontology",
        "declareer <{expected}> a owl:Ontology",
    ),
    "version-iri": Words(
        "owl:versionIRI is {found}; registry.yaml says <{expected}>",
        "owl:versionIRI is {found}; registry.yaml zegt <{expected}>",
        "make both the same",
        "maak beide gelijk",
    ),
    "ontology-text": Words(
        "the ontology has no {property} in {language}",
        "de ontologie heeft geen {property} in {language}",
        'add {property} "…"@{language}',
        'voeg {property} "…"@{language} toe',
    ),
    "licence-missing": Words(
        "the ontology names no licence",
        "de ontologie noemt geen licentie",
        "add dct:license with the IRI of the licence",
        "voeg dct:license toe met de IRI van de licentie",
    ),
    "imports-differ": Words(
        "owl:imports names {found}; registry.yaml names {expected}",
        "owl:imports noemt {found}; registry.yaml noemt {expected}",
        "name the same modules in both",
        "noem in beide dezelfde modules",
    ),
    # terms
    "label-missing": Words(
        "{term} has no rdfs:label in {language}",
        "{term} heeft geen rdfs:label in {language}",
        'add rdfs:label "…"@{language}',
        'voeg rdfs:label "…"@{language} toe',
    ),
    "label-twice": Words(
        "{term} has {count} labels in {language}",
        "{term} heeft {count} labels in {language}",
        "keep one as rdfs:label, make the others skos:altLabel",
        "houd er een als rdfs:label, maak van de andere skos:altLabel",
    ),
    "comment-missing": Words(
        "{term} has no rdfs:comment in {language}",
        "{term} heeft geen rdfs:comment in {language}",
        'add rdfs:comment "…"@{language}: one sentence that says what it is',
        'voeg rdfs:comment "…"@{language} toe: een zin die zegt wat het is',
    ),
    "class-name": Words(
        "class {term} is not written as UpperCamelCase",
        "klasse {term} is niet geschreven als UpperCamelCase",
        "rename it to {expected}",
        "hernoem het naar {expected}",
    ),
    "property-name": Words(
        "property {term} is not written as lowerCamelCase",
        "eigenschap {term} is niet geschreven als lowerCamelCase",
        "rename it to {expected}",
        "hernoem het naar {expected}",
    ),
    "defined-by": Words(
        "{term} does not say that <{expected}> defines it",
        "{term} zegt niet dat <{expected}> het definieert",
        "add rdfs:isDefinedBy <{expected}>",
        "voeg rdfs:isDefinedBy <{expected}> toe",
    ),
    "term-untyped": Words(
        "{term} is no class, property, concept or shape",
        "{term} is geen klasse, eigenschap, concept of shape",
        "say what it is: {term} a owl:Class (or another kind)",
        "zeg wat het is: {term} a owl:Class (of een andere soort)",
    ),
    "term-undeclared": Words(
        "{term} is used and nowhere declared",
        "{term} wordt gebruikt en is nergens gedeclareerd",
        "declare it, or write {suggestion}",
        "declareer het, of schrijf {suggestion}",
    ),
    "term-unknown": Words(
        "{term} does not exist in <{namespace}>",
        "{term} bestaat niet in <{namespace}>",
        "write {suggestion}",
        "schrijf {suggestion}",
    ),
    "module-not-imported": Words(
        "{term} is of module {module}, which this module does not import",
        "{term} is van module {module}, die deze module niet importeert",
        "add {module} to imports in registry.yaml and to owl:imports",
        "voeg {module} toe aan imports in registry.yaml en aan owl:imports",
    ),
    "hierarchy-cycle": Words(
        "{property} goes round in a circle: {path}",
        "{property} loopt in een kring: {path}",
        "take one of these statements away",
        "haal een van deze uitspraken weg",
    ),
    "term-orphan": Words(
        "{term} has no place: nothing is above or below it and no shape or other term uses it",
        "{term} heeft geen plaats: er is niets boven of onder, en geen shape of andere term gebruikt het",
        "say what it is a kind of, or use it in a shape",
        "zeg waarvan het een soort is, of gebruik het in een shape",
        _WARNING,
    ),
    "deprecated-used": Words(
        "{term} is deprecated",
        "{term} is afgeschreven",
        "use {replacement} instead",
        "gebruik {replacement}",
    ),
    "deprecated-alone": Words(
        "{term} is deprecated, and nothing says what replaces it",
        "{term} is afgeschreven, en niets zegt wat het vervangt",
        "add dct:isReplacedBy with a term that exists",
        "voeg dct:isReplacedBy toe met een term die bestaat",
    ),
    # shapes
    "shape-anonymous": Words(
        "a node shape has no IRI, so a report cannot name it",
        "een node shape heeft geen IRI, dus een rapport kan hem niet noemen",
        "give it a name: {prefix}:SomethingShape a sh:NodeShape",
        "geef hem een naam: {prefix}:SomethingShape a sh:NodeShape",
    ),
    "shape-target": Words(
        "{shape} looks at instances of {term}, which is no class",
        "{shape} kijkt naar exemplaren van {term}, en dat is geen klasse",
        "name a class, or use sh:targetSubjectsOf for a property",
        "noem een klasse, of gebruik sh:targetSubjectsOf voor een eigenschap",
    ),
    "shape-message": Words(
        "{shape} has no sh:message in {language}",
        "{shape} heeft geen sh:message in {language}",
        'add sh:message "…"@{language}: what is wrong and what to do',
        'voeg sh:message "…"@{language} toe: wat er mis is en wat te doen',
    ),
    "shape-wrong": Words(
        "{reason}",
        "{reason_nl}",
        "correct the shape",
        "herstel de shape",
    ),
    # examples
    "example-refused": Words(
        "{component} on {path} for {focus}: {message}",
        "{component} op {path} bij {focus}: {message}",
        "correct the example, or the shape; an ok example meets all shapes",
        "herstel het voorbeeld, of de shape; een ok-voorbeeld voldoet aan alle shapes",
    ),
    "example-unchecked": Words(
        "no shape looks at anything in this example",
        "geen shape kijkt naar iets in dit voorbeeld",
        "use a class that a shape has as its target",
        "gebruik een klasse die een shape als doel heeft",
    ),
    "example-passes": Words(
        "this example should fail with {expected}, and nothing is wrong with it",
        "dit voorbeeld hoort te falen met {expected}, en er is niets mis mee",
        "break what it is about, or mend the shape",
        "maak stuk waar het om gaat, of herstel de shape",
    ),
    "example-differs": Words(
        "this example should fail with {expected}; it fails with {found}",
        "dit voorbeeld hoort te falen met {expected}; het faalt met {found}",
        "let it show one fault, and name that in the first line",
        "laat het een fout tonen, en noem die in de eerste regel",
    ),
    "example-expectation": Words(
        "the first line does not say what is wrong",
        "de eerste regel zegt niet wat er mis is",
        "begin with `# expect: sh:MinCountConstraintComponent on {prefix}:someProperty`",
        "begin met `# expect: sh:MinCountConstraintComponent on {prefix}:someProperty`",
    ),
    # requirements and competency questions
    "requirement-columns": Words(
        "the columns are {found}; they should be {expected}",
        "de kolommen zijn {found}; het moeten {expected} zijn",
        "correct the first line",
        "herstel de eerste regel",
    ),
    "requirement-empty": Words(
        "requirement {id} has an empty {column}",
        "eis {id} heeft een lege {column}",
        "fill it in",
        "vul het in",
    ),
    "requirement-twice": Words(
        "requirement {id} is there more than once",
        "eis {id} staat er meer dan eens",
        "give it another id",
        "geef het een ander id",
    ),
    "requirement-unanswered": Words(
        "requirement {id} has no tests/{id}.rq, so nothing shows that the module meets it",
        "eis {id} heeft geen tests/{id}.rq, dus niets laat zien dat de module eraan voldoet",
        "write the query and its answer, tests/{id}.expected.csv",
        "schrijf de query en het antwoord, tests/{id}.expected.csv",
    ),
    "question-unasked": Words(
        "no requirement has the id {id}",
        "geen eis heeft het id {id}",
        "add the row to requirements.csv",
        "voeg de regel toe aan requirements.csv",
    ),
    "question-unanswered": Words(
        "there is no tests/{id}.expected.csv with the answer to this question",
        "er is geen tests/{id}.expected.csv met het antwoord op deze vraag",
        "write what the examples should answer",
        "schrijf wat de voorbeelden horen te antwoorden",
    ),
    "question-answer": Words(
        "the examples answer {found}; tests/{id}.expected.csv says {expected}",
        "de voorbeelden antwoorden {found}; tests/{id}.expected.csv zegt {expected}",
        "correct the query, the examples or the expected answer",
        "herstel de query, de voorbeelden of het verwachte antwoord",
    ),
    "question-empty": Words(
        "the expected answer is empty, so the question proves nothing",
        "het verwachte antwoord is leeg, dus de vraag bewijst niets",
        "add an example that answers it",
        "voeg een voorbeeld toe dat antwoord geeft",
    ),
    # JSON-LD context
    "context-term": Words(
        "{key} stands for {term}, which does not exist",
        "{key} staat voor {term}, dat niet bestaat",
        "write {suggestion}",
        "schrijf {suggestion}",
    ),
    # code lists
    "list-columns": Words(
        "the list has no {columns}",
        "de lijst heeft geen {columns}",
        "add the column",
        "voeg de kolom toe",
    ),
    "list-width": Words(
        "this row has {found} cells; the first line has {expected}",
        "deze rij heeft {found} cellen; de eerste regel heeft er {expected}",
        "add or remove commas; put a text with a comma in double quotes",
        "voeg komma's toe of haal ze weg; zet een tekst met een komma tussen dubbele aanhalingstekens",
    ),
    "list-code-twice": Words(
        "code {code} is there more than once, first on line {first}",
        "code {code} staat er meer dan eens, eerst op regel {first}",
        "give each code one row",
        "geef elke code een rij",
    ),
    "list-cell-empty": Words(
        "code {code} has an empty {column}",
        "code {code} heeft een lege {column}",
        "fill it in",
        "vul het in",
    ),
    "list-cell-spaces": Words(
        "{column} of code {code} begins or ends with a space, or has an invisible character",
        "{column} van code {code} begint of eindigt met een spatie, of heeft een onzichtbaar teken",
        "write {expected}",
        "schrijf {expected}",
    ),
    "list-iri": Words(
        "{column} of code {code} is no IRI: {value}",
        "{column} van code {code} is geen IRI: {value}",
        "write a whole IRI, beginning with http:// or https://",
        "schrijf een hele IRI, beginnend met http:// of https://",
    ),
    # alignments
    "alignment-wrong": Words(
        "{reason}",
        "{reason}",
        "correct the row",
        "herstel de rij",
    ),
    "alignment-term": Words(
        "{term} does not exist",
        "{term} bestaat niet",
        "write {suggestion}",
        "schrijf {suggestion}",
    ),
    # profiles, mappings, schemas
    "profile-wrong": Words(
        "{reason}",
        "{reason}",
        "correct the profile",
        "herstel het profiel",
    ),
    "schema-wrong": Words(
        "{reason}",
        "{reason}",
        "correct the schema",
        "herstel het schema",
    ),
    "mapping-wrong": Words(
        "{reason}",
        "{reason}",
        "correct the mapping",
        "herstel de mapping",
    ),
}
