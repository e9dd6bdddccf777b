"""Extensions of the running server that report more about its use than Jupyter itself does."""
