"""What operators ask of a stage or a local world: does it work, what happened, who may send.

It only reads, except for partners' secrets.
"""
