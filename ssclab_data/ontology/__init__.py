"""Read the information models of `ontologies/`: modules, code lists, alignments, profiles."""
