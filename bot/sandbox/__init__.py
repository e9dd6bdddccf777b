"""Local Slack, local Azure and machines for the demo and the tests; the product never imports it."""
