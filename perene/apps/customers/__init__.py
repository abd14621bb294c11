"""Who buys: customers, how to reach them."""
