"""Help a workgroup extend the information models: check, compare, document, explain, add."""
