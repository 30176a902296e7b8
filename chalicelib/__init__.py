"""Milepost: events come in, a pure function decides, a conditional write claims, a call sends."""
