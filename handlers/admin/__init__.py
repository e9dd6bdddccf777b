"""What admins alone type, and what they are told."""
