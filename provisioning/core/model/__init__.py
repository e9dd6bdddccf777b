"""Values: a server, a member, a size, an event. No contracts and no I/O."""
