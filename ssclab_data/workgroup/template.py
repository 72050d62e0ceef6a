"""Hold the files of a new module: small, whole, and passing every check, so that a workgroup changes what works."""

from string import Template

VERSION = "0.1.0"
LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"

ONTOLOGY = Template("""\
@prefix ${prefix}: <${namespace}> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sosa: <http://www.w3.org/ns/sosa/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<${ontology}> a owl:Ontology ;
    owl:versionIRI <${ontology}/${version}> ;
    owl:versionInfo "${version}" ;
    dct:title ${title_en}@en , ${title_nl}@nl ;
    dct:description ${title_en}@en ,
        ${title_nl}@nl ;
    dct:license <${licence}> .

${prefix}:Site a owl:Class ;
    rdfs:subClassOf sosa:FeatureOfInterest ;
    rdfs:label "site"@en , "meetplek"@nl ;
    rdfs:comment "A place that is looked at."@en ,
        "Een plek waarnaar wordt gekeken."@nl ;
    rdfs:isDefinedBy <${ontology}> .

${prefix}:siteCode a owl:DatatypeProperty ;
    rdfs:subPropertyOf dct:identifier ;
    rdfs:domain ${prefix}:Site ;
    rdfs:range xsd:string ;
    rdfs:label "site code"@en , "code van de meetplek"@nl ;
    rdfs:comment "The code by which its owner knows the site."@en ,
        "De code waaronder de eigenaar de meetplek kent."@nl ;
    rdfs:isDefinedBy <${ontology}> .
""")

SHAPES = Template("""\
@prefix ${prefix}: <${namespace}> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix shape: <${ontology}/shapes#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

shape:Site a sh:NodeShape ;
    sh:targetClass ${prefix}:Site ;
    sh:property shape:Site-code .

shape:Site-code a sh:PropertyShape ;
    sh:path ${prefix}:siteCode ;
    sh:datatype xsd:string ;
    sh:minCount 1 ;
    sh:maxCount 1 ;
    sh:message "A site has one code, a text."@en , "Een meetplek heeft één code, een tekst."@nl .
""")

CONTEXT = Template("""\
{
  "@context": {
    "@version": 1.1,
    "${prefix}": "${namespace}",
    "id": "@id",
    "type": "@type",
    "Site": "${prefix}:Site",
    "siteCode": "${prefix}:siteCode"
  }
}
""")

EXAMPLE = Template("""\
@prefix ${prefix}: <${namespace}> .
@prefix ex: <https://breda.example/id/> .

ex:site-1 a ${prefix}:Site ;
    ${prefix}:siteCode "BREDA-1" .
""")

COUNTEREXAMPLE = Template("""\
# expect: sh:MinCountConstraintComponent on ${prefix}:siteCode
@prefix ${prefix}: <${namespace}> .
@prefix ex: <https://breda.example/id/> .

ex:site-1 a ${prefix}:Site .
""")

REQUIREMENTS = Template("""\
Id;Category;Question_nl;Question_en;Workgroup
CQ-01;register;Welke meetplekken zijn er, met welke code?;Which sites are there, with what code?;${id}
""")

QUESTION = Template("""\
PREFIX ${prefix}: <${namespace}>

SELECT ?site ?code WHERE {
  ?site a ${prefix}:Site ;
    ${prefix}:siteCode ?code .
}
ORDER BY ?code
""")

ANSWER = Template("""\
site,code
https://breda.example/id/site-1,BREDA-1
""")

ENTRY = Template("""\
- id: ${id}
  prefix: ${prefix}
  namespace: ${namespace}
  version: ${version}
  status: draft
  title: {nl: ${title_nl}, en: ${title_en}}
  maintainers: [${id}]
  licence: ${licence}
  folder: modules/${id}/${version}
""")

FILES = {
    "${id}.ttl": ONTOLOGY,
    "shapes.ttl": SHAPES,
    "context.jsonld": CONTEXT,
    "requirements.csv": REQUIREMENTS,
    "examples/ok/site.ttl": EXAMPLE,
    "examples/fail/no-code-fail.ttl": COUNTEREXAMPLE,
    "tests/CQ-01.rq": QUESTION,
    "tests/CQ-01.expected.csv": ANSWER,
}
"""What a new module holds, by path in its folder."""
