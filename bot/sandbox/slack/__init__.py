"""A local Slack workspace: unmodified SDKs on one side, people on the other."""
