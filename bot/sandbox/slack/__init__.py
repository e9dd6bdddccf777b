"""A Slack workspace on loopback, for unmodified SDKs on one side and people on the other."""
