"""The whole engine under every fault that AWS can produce, from one seed, again and again."""
