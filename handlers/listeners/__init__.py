"""Bolt's listeners for slash commands, clicks, forms and the Home tab. They only translate."""
