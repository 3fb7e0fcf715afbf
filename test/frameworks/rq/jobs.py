import os
import subprocess
import time


def photo(id):
    """One job of 12 s, half of it in a helper process."""
    note("begin", id)
    subprocess.run(["./helper.sh", id], check=True)
    time.sleep(6)
    note("end", id)


def note(what, id):
    """A whole line in one write."""
    with open(os.environ["LEDGER"], "ab", buffering=0) as ledger:
        ledger.write(f"{what} {id} {os.getpid()}\n".encode())
