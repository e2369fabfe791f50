"""Reading one message: a small grammar each for amounts, dates, places, contacts and bids."""
