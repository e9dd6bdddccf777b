"""The running process: wiring, Slack, settings and the command line."""
