"""Who may use this machine's notebooks: one-time passwords, own passwords, sessions."""
