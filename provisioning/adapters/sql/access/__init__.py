"""Who may use which server, over SQLAlchemy: shares, SSH keys, departures."""
