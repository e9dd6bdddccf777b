"""Commands and answers about who comes in: shares, connections, SSH keys, alarms."""
