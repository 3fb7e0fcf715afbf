# An iteration that does its work in processes or threads of its own. What it does is its first argument; the second is where it notes it.
import concurrent.futures
import multiprocessing
import os
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../sdk/python"))
from supervise import Daemon, DaemonRunner


def note(line):
    fd = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{line}\n".encode())
    os.close(fd)


def square(x):
    return x * x


def sum_of_squares(mode):
    """By a pool that is ended by SIGTERM (Pool), or by itself (executor)."""
    kind, _, method = mode.partition("-")
    context = multiprocessing.get_context(method)
    if kind == "pool":
        with context.Pool(2) as pool:
            return sum(pool.map(square, range(5)))
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        return sum(pool.map(square, range(5)))


class Forks(Daemon):
    runs = 0

    def run(self):
        self.runs += 1
        note(f"begin {self.runs}")
        mode = self.argv[1]
        if self.runs > 1 and mode not in ("wait", "thread"):
            os._exit(9)  # a child that has come back: it must not fork for ever
        if mode == "wait":
            self.work_in(self.child)
        elif mode == "thread":
            self.work_in(self.thread)
        elif mode == "pool-in-thread":
            thread = threading.Thread(target=lambda: note(f"sum {sum_of_squares('pool-fork')}"))
            thread.start()
            thread.join()
        elif mode == "terminate":
            process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(3600,))
            process.start()
            process.terminate()
            process.join()
            note(f"child ended by {-process.exitcode}")
        elif mode == "sigint":
            self.with_child(lambda: os.killpg(0, signal.SIGINT))
        elif mode == "sigint-exec":
            pid = os.fork()
            if pid == 0:
                os.execvp("sh", ["sh", "-c", "kill -INT $$"])
            note(f"child ended by {os.waitpid(pid, 0)[1]}")
        elif "-" in mode:
            note(f"sum {sum_of_squares(mode)}")
        else:
            pid = os.fork()
            if pid == 0:
                if mode == "raises":
                    raise RuntimeError("lost in the child")
                if mode == "exits":
                    sys.exit(3)
                return
            note(f"child exit {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")
        note(f"end {self.runs}")
        if mode not in ("wait", "thread"):
            self.done = True

    def work_in(self, helper):
        """The helper waits with the SDK, while this iteration is open."""
        reader, writer = os.pipe()
        join = helper(lambda: os.write(writer, b"."))
        os.read(reader, 1)
        self.status("at work")
        join()

    def wait_for_go(self, begun):
        self.idle(begun)
        while not os.path.exists(os.environ["GO"]):
            self.sleep(0.02)
            self.idle(lambda: time.sleep(0.02))

    def child(self, begun):
        pid = os.fork()
        if pid == 0:
            self.wait_for_go(begun)
            os._exit(0)
        return lambda: os.waitpid(pid, 0)

    def thread(self, begun):
        thread = threading.Thread(target=self.wait_for_go, args=(begun,))
        thread.start()
        return thread.join

    def with_child(self, deed):
        """Ctrl-C in a terminal: to all of the process group."""
        os.setpgid(0, 0)
        ready, go = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(ready[1], b".")
            os.read(go[0], 1)
            note("child done")
            os._exit(0)
        os.read(ready[0], 1)
        deed()
        os.write(go[1], b".")
        note(f"child exit {os.waitpid(pid, 0)[1]}")

    def on_signal(self, signum):
        note(f"heard {signal.Signals(signum).name}")
        super().on_signal(signum)

    def shutdown(self):
        note("shutdown")


DaemonRunner.exec(Forks)
