"""What any long-running process needs: logs, metrics, tasks, a clock, a lock."""
