"""The engine that makes and looks after notebook servers. It knows neither Slack nor the bot."""
