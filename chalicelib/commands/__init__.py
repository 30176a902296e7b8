"""The commands of ``milepost``, a module each: what is asked for, and how the answer is shown."""
