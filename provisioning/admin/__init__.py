"""What only admins do, and the reconciliation of Azure with the database.

No other package of provisioning imports this one.
"""
