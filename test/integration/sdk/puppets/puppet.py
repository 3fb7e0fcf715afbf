# Does what its first argument says; the tests read what it prints and what it says on descriptor 3.
import os
import select
import signal
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[4] / "sdk/python"))
from supervise import Daemon, DaemonRunner


def say(line):
    rest = f"{line}\n".encode()
    while rest:
        rest = rest[os.write(1, rest) :]


def wait_for_go():
    while not os.path.exists(os.environ["GO"]):
        time.sleep(0.005)


def signalled_before(wait):
    def call(*args):
        os.kill(os.getpid(), signal.SIGTERM)
        return wait(*args)

    return call


class Puppet(Daemon):
    signals = (signal.SIGUSR2,)
    runs = 0
    over = False

    # Forgets its parent, on purpose.
    def init(self):
        self.mode = self.argv[1]
        if self.mode == "loop":
            super().init()
        say("init")
        if self.mode == "slow-init":
            self.sleep(0.001)
            wait_for_go()
        if self.mode == "bad-init":
            raise RuntimeError("no spool here")
        say("init end")

    def run(self):
        self.runs += 1
        if self.mode in ("work", "bad-signal", "loop"):
            if self.mode == "loop":
                self.sleep(0.001)
            say(f"begin {self.runs}")
            wait_for_go()
            say(f"end {self.runs}")
        elif self.mode in ("idle", "race", "own-done"):
            if self.mode == "race":
                select.select = signalled_before(select.select)
            say("before")
            self.sleep(3600)
            say("after")
        elif self.mode == "flood":
            self.done = True
        elif self.mode == "late":
            os.kill(os.getpid(), signal.SIGTERM)
        elif self.mode == "error" and self.runs == 2:
            raise RuntimeError("the spool is gone")
        elif self.mode == "count":
            self.done = self.runs == int(self.argv[2])
        elif self.mode == "talk":
            self.status("two\nlines")
            self.status("é" * 5000)
            self.progress(1, 3)
            self.waiting("database")
            self.extend(1.5)
            self.done = True
        elif self.mode == "helper":
            self.sleep(0.001)
            say(next(line for line in open("/proc/self/status") if line.startswith("SigBlk")).rstrip())
            os.system(os.environ["HELPER"])
            self.done = True

    def shutdown(self):
        say("shutdown")
        if self.mode == "flood":
            say("x" * 1_000_000)
        if self.mode == "error":
            self.sleep(0.001)
        if self.mode == "bad-shutdown":
            raise RuntimeError("cannot close")

    def is_done(self):
        return self.over or self.mode == "bad-shutdown" or super().is_done()

    def on_signal(self, signum):
        say(f"signal {signal.Signals(signum).name}")
        if self.argv[1] == "bad-signal":
            raise RuntimeError("a bad handler")
        if self.mode == "own-done":
            self.over = True
        else:
            super().on_signal(signum)


if sys.argv[1] == "loop":
    daemon = Puppet(sys.argv)
    daemon.init()
    while not daemon.is_done():
        daemon.run()
    daemon.shutdown()
else:
    DaemonRunner.exec(Puppet)
