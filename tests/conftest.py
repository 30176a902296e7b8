"""What all tests share. Being here, it also lets them import ``strategies``."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "milepost",
    deadline=None,  # a busy machine is not a bug
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("milepost")
