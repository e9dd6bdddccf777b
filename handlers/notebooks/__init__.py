"""Commands and answers about what is on a server: packages, logs, exports."""
