"""What the bot stores about its conversations: interactions, and messages that are posted once."""
