"""The bench: what the engine costs in CPU, beside the same AWS calls made bare.

Every figure is a ratio or a median inside one run, since machines differ and are noisy. It must
never be imported by the engine, and nothing here runs on AWS.
"""
