"""Payment provider in test mode: takes payments without money, and sends signed webhooks. See README.md."""
