"""The words that people type: their table, the parser, help and the manifest."""
