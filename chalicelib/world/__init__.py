"""The virtual-clock world that runs the whole engine on one machine."""
