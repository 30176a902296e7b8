"""One file an act, over ports that adapters fill."""
