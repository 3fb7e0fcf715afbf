# Reports, in Python. Alone: `python3 examples/reports.py` (Ctrl-C finishes the report it is at).
import hashlib
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "sdk/python"))
from supervise import Daemon, DaemonRunner


class ReportDaemon(Daemon):
    def init(self):
        super().init()
        worker = f"{os.environ.get('SUPERVISE_NAME', 'alone')}-{os.environ.get('SUPERVISE_INSTANCE', '1')}"
        self.spool = Path(os.environ.get("SPOOL", "spool"), "reports")
        self.mine = self.spool / "work" / worker
        self.reports = 0
        for folder in (self.spool / "new", self.spool / "out", self.spool / "done", self.mine):
            folder.mkdir(parents=True, exist_ok=True)
        # What lies here now was cut: by a power loss, a SIGKILL. This slot never runs twice at once, so nobody else is at it.
        for file in self.mine.iterdir():
            file.rename(self.spool / "new" / file.name)

    def run(self):
        job = self.take()
        if job is None:
            self.status("waiting for reports")
            self.sleep(0.5)  # a wait for work: a stop ends it at once
            return

        # From here to the ledger nothing may be cut, and nothing is: a stop waits until run is over.
        self.status(f"writing {job.name}")
        data = job.read_bytes()
        with open(self.spool / "out" / job.name, "w") as out:
            print("half", hashlib.sha256(data[: len(data) // 2]).hexdigest(), file=out, flush=True)
            time.sleep(0.3)  # stands for the query
            print("whole", hashlib.sha256(data).hexdigest(), file=out)
        job.rename(self.spool / "done" / job.name)
        with open(self.spool / "ledger", "a") as ledger:
            ledger.write(f"{job.name} {self.mine.name}\n")

        self.reports += 1
        print(f"wrote {job.name}, {len(data)} bytes", flush=True)  # under supervise Python does not buffer; alone it would

    def shutdown(self):
        print(f"{self.reports} reports written, at a boundary: nothing is half done")

    def take(self):
        """Takes the oldest job by rename, so that of several workers exactly one has it."""
        for file in sorted((self.spool / "new").iterdir()):
            try:
                return file.rename(self.mine / file.name)
            except FileNotFoundError:
                continue  # another worker has it
        return None


DaemonRunner.exec(ReportDaemon)
