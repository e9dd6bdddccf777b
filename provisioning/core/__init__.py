"""The nouns, the contracts, the errors and the language that all other packages speak. No I/O."""
