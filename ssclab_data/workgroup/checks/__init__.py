"""Check the parts of a module, each in a module of its own; `workgroup.check` puts them together."""
