"""Files: glasses by format, blocks, tables, provenance."""
