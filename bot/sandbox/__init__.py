"""Local Slack, local Azure and machines, for the demo and the tests alone."""
