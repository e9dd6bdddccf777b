"""The core: servers, their owners and their life. Knows neither Slack nor Azure."""
