"""What a member has set: language, quiet hours, and what they have been told once already.

Knows no server.
"""
