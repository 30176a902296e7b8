"""What AWS would bill: a meter for the local world, its prices, and the growth of both."""
