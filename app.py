"""Start the bot: `python app.py serve` is `notebook-bot serve`."""

from bot.cli.main import main

if __name__ == "__main__":
    main()
