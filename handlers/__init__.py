"""What people type, click and read in Slack. Each package has the words of provisioning."""
