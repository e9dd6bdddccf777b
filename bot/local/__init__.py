"""The running bot's local address, by which the command line asks for work on this computer."""
