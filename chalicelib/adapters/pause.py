"""Waiting in real time, for clients that try again; the engine itself never sleeps."""

import time


def pause(seconds: float) -> None:
    time.sleep(seconds)
