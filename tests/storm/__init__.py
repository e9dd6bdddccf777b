"""`make storm`: lives of servers under faults, kills, freezes and restarts.

What runs are the demo's real parts, each a process. They are driven by what people can do in local
Slack and by the two servers' own faults; the database is only read, for the checks.
"""
