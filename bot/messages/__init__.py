"""What the bot says of its own accord: cards, warnings, reports, questions to approvers."""
