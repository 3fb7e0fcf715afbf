"""The SDK of `supervise` for daemons in Python 3.8 or later: one file, nothing else needed.

    from supervise import Daemon, DaemonRunner

    class PhotoDaemon(Daemon):
        def run(self):  # one iteration: take a job, do it
            ...

    DaemonRunner.exec(PhotoDaemon)

It runs the same without the supervisor: after Ctrl-C `python photos.py` finishes its iteration and exits with 0.

A process forked by an iteration (os.fork, multiprocessing) does not report and has none of our handlers: SIGTERM ends it,
and a Ctrl-C in the terminal does not, since it is part of an iteration that has to finish.
"""

import os
import re
import select
import signal
import stat
import sys
import threading
import time
import traceback

__all__ = ["Daemon", "DaemonRunner"]


class Daemon:
    """A loop that can be stopped only between two iterations. Write `run`."""

    #: Signals passed to on_signal besides SIGTERM and SIGINT, e.g. (signal.SIGUSR2,).
    signals = ()

    #: True once a stop is requested; a daemon may set it too.
    done = False

    def __init__(self, argv):
        """argv[0] is the script."""
        self.argv = argv

    def init(self):
        """Called once, before the first iteration. Sets the signal handlers for daemons run without the runner."""
        _process.listen(self.signals)
        _process.deliver_to(self)

    def run(self):
        """One iteration. A stop never cuts it: Python resumes a sleep or a read that a signal interrupted."""
        raise NotImplementedError("a daemon needs a run method: one iteration")

    def shutdown(self):
        """Called once, after the last iteration, even if that raised."""

    def is_done(self):
        return self.done

    def on_signal(self, signum):
        """Called in the middle of an iteration: set a flag and return. A lock taken here may already be held by run."""
        if signum in _STOP_SIGNALS:
            self.done = True

    def idle(self, wait):
        """Marks that wait() only waits for work; returns its result, or None if a stop was requested before it began.

        Python resumes an interrupted wait by itself, so give it a timeout of a second or so. Take the job after the
        wait, not within it. In a thread other than run's it just waits: run may be working meanwhile.
        """
        if self.is_done():
            return None
        _boundary.idle()
        try:
            return wait()
        finally:
            _boundary.busy()

    def sleep(self, seconds):
        """An idle wait; a stop ends it at once."""
        self.idle(lambda: _process.wait_for_signal(seconds, self.is_done))

    def progress(self, done, total):
        """Reports how far this iteration is: done of total steps."""
        _notify.say("PROGRESS", f"{done}/{total}")

    def status(self, text):
        """Reports in a few words what is being done; shown in `supervise status`."""
        _notify.say("STATUS", text)

    def waiting(self, resource):
        """Reports which shared resource is missing. Call it, then raise: the restart waits for it, and it is no crash."""
        _notify.say("WAITING", resource)

    def extend(self, seconds):
        """Asks for this many seconds beyond the grace, while starting or stopping."""
        _notify.say("EXTEND_TIMEOUT_USEC", round(seconds * 1e6))


class DaemonRunner:
    @staticmethod
    def exec(daemon_class):
        """Runs a daemon to its end and ends the process: handlers, new, init, run until it is done, shutdown.

        The exit code is 0, or 1 after an exception in any of them (printed on stderr).
        """
        if _is_being_imported():
            return  # by a helper of the daemon, which needs its functions and must not become a second daemon
        code = _live(daemon_class)
        _notify.say("EXIT_STATUS", code)
        sys.exit(code)


def _live(daemon_class):
    try:
        _process.listen(daemon_class.signals)  # first: overriding init without super() must not get a daemon cut
        daemon = daemon_class(sys.argv)
        _process.deliver_to(daemon)
        daemon.init()
        _process.listen(daemon_class.signals)  # once more, in case init has forked and this is the child that continues
    except Exception:
        _log_error("init failed")
        return 1
    _notify.say("READY", 1)

    code = 0
    me = os.getpid()
    try:
        while not daemon.is_done():
            _boundary.begin()
            daemon.run()
            if os.getpid() != me:
                print("a process that run has forked came back from it, and ends here: end it with os._exit", file=sys.stderr)
                _end_child(0)
            _boundary.iteration_done()
    except Exception:
        _log_error("run failed")
        code = 1
        if os.getpid() != me:
            _end_child(1)
    _boundary.leave()
    _notify.say("STOPPING", 1)
    try:
        daemon.shutdown()
    except Exception:
        _log_error("shutdown failed")
        code = 1
    return code


def _end_child(code):
    """A child runs neither the loop nor shutdown, nor what its parent registered with atexit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _is_being_imported():
    """Helpers of multiprocessing that are not forked (spawn, forkserver) run the main script for its definitions."""
    loaded = sys.modules.get("multiprocessing.process")
    # The check of multiprocessing itself before it starts a process; daemons often have no `if __name__ == "__main__"`.
    return loaded is not None and getattr(loaded.current_process(), "_inheriting", False)


_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Process:
    """The handlers of this process's signals."""

    def __init__(self):
        self.heard = {}  # signal: its previous handler
        self.early = []  # signals received before there was a daemon
        self.receiver = None
        self.forking = threading.local()  # any thread may fork

    def listen(self, others):
        for signum in (*_STOP_SIGNALS, *others):
            if signum not in self.heard:
                self.heard[signum] = signal.signal(signum, self._deliver)

    def before_fork(self):
        """A signal for the child must not arrive before `in_child`: the interpreter discards those that do."""
        self.forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, self.heard)

    def in_parent(self):
        signal.pthread_sigmask(signal.SIG_SETMASK, self.forking.mask)

    def in_child(self):
        """A child's parent may end it: Pool and Process.terminate send SIGTERM and wait until it has ended."""
        for signum, before in self.heard.items():
            if signal.getsignal(signum) != self._deliver:
                continue  # the daemon's own handler
            if signum == signal.SIGINT:
                # Ctrl-C reaches it too. A handler, since exec resets it: what the child executes stays interruptible.
                signal.signal(signum, _pass_by)
            else:
                signal.signal(signum, signal.SIG_DFL if before is None else before)
        self.heard = {}
        self.early = []
        signal.pthread_sigmask(signal.SIG_SETMASK, self.forking.mask)

    def deliver_to(self, daemon):
        self.receiver = daemon
        while self.early:
            self._deliver(self.early.pop(0), None)

    def wait_for_signal(self, seconds, is_done):
        """Waits until is_done() or until time is up.

        The interpreter writes a byte for each signal, whichever thread gets it, already before we check is_done: none can
        slip in between. No signal is blocked, since helpers would inherit that.
        """
        end = time.monotonic() + seconds
        if threading.current_thread() is not threading.main_thread():
            while not is_done() and time.monotonic() < end:  # signals wake the main thread only
                time.sleep(max(0, min(0.2, end - time.monotonic())))
            return
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            while not is_done():
                left = end - time.monotonic()
                if left <= 0 or (select.select([reader], [], [], left)[0] and not os.read(reader, 512)):
                    break
        finally:
            signal.set_wakeup_fd(before)
            os.close(reader)
            os.close(writer)

    def _deliver(self, signum, _frame):
        if self.receiver is None:
            self.early.append(signum)
            return
        try:
            self.receiver.on_signal(signum)
        except Exception:
            # Re-raised, it would cut the iteration wherever it is.
            _log_error(f"on_signal({signum}) failed")
            if signum in _STOP_SIGNALS:
                self.receiver.done = True


class _Notify:
    """Writes KEY=VALUE lines to the descriptor whose number is in SUPERVISE_NOTIFY_FD; without one, nothing."""

    #: PIPE_BUF: a write up to this size is never split. Includes the newline.
    LONGEST_LINE = 4096

    def __init__(self):
        # Helpers must not see the number: they would write our words into whatever they have open as that.
        self.fd = self._usable(os.environ.pop("SUPERVISE_NOTIFY_FD", ""))
        self.introduced = False
        if self.fd is not None:
            os.set_inheritable(self.fd, False)

    def close(self):
        """In a forked child, which would say IDLE while its parent's iteration is open."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    @staticmethod
    def _usable(text):
        if not re.fullmatch(r"[1-9][0-9]{0,3}", text) or int(text) < 3:
            return None
        try:
            mode = os.fstat(int(text)).st_mode  # behind some wrappers, and in children of Node, that number is another file
        except OSError:
            return None
        return int(text) if stat.S_ISFIFO(mode) else None

    def say(self, key, value):
        """False if it was lost: no reader, or a full pipe that nothing reads. That must not cost an iteration."""
        if self.fd is None:
            return False
        # It tells apart two processes that report behind one wrapper; neither is believed then.
        self.introduced = self.introduced or self._write("SPEAKER", os.getpid())
        return self.introduced and self._write(key, value)

    def _write(self, key, value):
        line = f"{key}=" + re.sub(r"[\x00-\x1f\x7f]+", " ", str(value))
        data = line.encode("utf-8", "replace")
        if len(data) >= self.LONGEST_LINE:
            data = data[: self.LONGEST_LINE - 1].decode("utf-8", "ignore").encode()  # not in the middle of a character
        try:
            os.write(self.fd, data + b"\n")
            return True
        except OSError:
            return False


class _Boundary:
    """The position of the loop as reported to the supervisor: in an iteration, waiting for work, or between iterations."""

    ITERATION_GAP = 0.1  # ten a second

    def __init__(self):
        # What the supervisor heard last. A lost word leaves it unchanged, so that the next one repeats it.
        self.heard = ""
        self.open = False
        self.thread = None  # the loop's: only there does a wait mean that the iteration waits
        self.done = 0
        self.told = 0
        self.told_at = float("-inf")

    def begin(self):
        """An iteration begins."""
        self.open = True
        self.thread = threading.get_ident()
        self.busy()

    def idle(self):
        """A wait for work begins. Not reported outside an iteration: in init, in shutdown, in a loop of the daemon's own."""
        if self._is_in_iteration():
            self._say_idle()

    def busy(self):
        """The wait is over, the iteration continues."""
        if self._is_in_iteration() and self.heard != "BUSY" and _notify.say("BUSY", 1):
            self.heard = "BUSY"

    def iteration_done(self):
        """The iteration is done; reported now or with the next report."""
        self.open = False
        self.done += 1
        if time.monotonic() - self.told_at >= self.ITERATION_GAP:
            self._tell()

    def leave(self):
        """The loop is left: no iteration is open any more, done or failed. Sends what the rate limit has held back."""
        self.open = False
        self._say_idle()

    def _is_in_iteration(self):
        return self.open and self.thread == threading.get_ident()

    def _say_idle(self):
        self._tell()
        if self.heard != "IDLE" and _notify.say("IDLE", 1):
            self.heard = "IDLE"

    def _tell(self):
        if self.told != self.done and _notify.say("ITERATION", self.done):
            self.heard = "ITERATION"
            self.told = self.done
            self.told_at = time.monotonic()


def _pass_by(_signum, _frame):
    pass


def _log_error(when):
    print(f"{when}: {traceback.format_exc()}", file=sys.stderr, end="", flush=True)


_process = _Process()
_notify = _Notify()
_boundary = _Boundary()
os.register_at_fork(after_in_child=_notify.close)  # before the next: a signal may end the child there
os.register_at_fork(before=_process.before_fork, after_in_parent=_process.in_parent, after_in_child=_process.in_child)
