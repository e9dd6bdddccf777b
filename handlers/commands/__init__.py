"""The slash command's subcommands: their table, the parser, help and the manifest."""
