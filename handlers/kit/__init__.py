"""What all handlers draw and answer with: Slack's markup, ids, mentions, times, deliveries."""
