"""What all handlers share: Block Kit, action ids, mentions, times, deliveries and failures."""
