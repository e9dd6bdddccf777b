"""How work is made durable: steps with stored outcomes, and the runner of workflows."""
