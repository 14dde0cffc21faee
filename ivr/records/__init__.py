"""Every call and every turn, and the figures made from them."""
