"""Cards, answers and forms of a server, and the commands of its life."""
