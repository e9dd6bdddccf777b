"""Messages that no command asks for: cards, warnings, reports, questions to approvers."""
