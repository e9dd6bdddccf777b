"""Local Slack, driven by the real SDK and the real bolt."""
