"""The cleanup: probe, history, rules, sweep, warnings, schedules, keep.

Reads no library of a cloud's or of Slack's.
"""
