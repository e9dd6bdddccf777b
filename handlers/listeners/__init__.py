"""What Bolt calls: slash commands, clicks, forms and the Home tab. They only translate."""
