"""Run the stub: ``python -m bench.stub`` prints its port and serves until its input ends.

It ends with whoever started it, since their end of the pipe closes then.
"""

import asyncio
import os
import sys
import threading

from bench.stub.server import serve


def main() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(serve(_say_port))


def _say_port(port: int) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
