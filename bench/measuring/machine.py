"""What the machine did meanwhile: processor time of processes, and how busy it was with what."""
import os

TICKS = os.sysconf("SC_CLK_TCK")


def _fields(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()


def processor_of(pid, ended=False):
    """Seconds of processor time of one process; with `ended`, also of its children that have ended."""
    fields = _fields(pid)
    return sum(int(field) for field in fields[11:15 if ended else 13]) / TICKS


def processor_of_family(pid):
    """Seconds of processor time of a process, its children that live and those that have ended."""
    seconds = processor_of(pid, ended=True)
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if int(_fields(name)[1]) == pid:
                    seconds += processor_of_family(int(name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return seconds


class Load:
    """How busy the machine was during a block, and its load average at the end."""

    def _busy(self):
        with open("/proc/stat") as stat:
            parts = [int(word) for word in stat.readline().split()[1:9]]
        return sum(parts) - parts[3] - parts[4], sum(parts)

    def __enter__(self):
        self.before = self._busy()
        return self

    def __exit__(self, *_):
        busy, all_of_it = (now - then for now, then in zip(self._busy(), self.before))
        self.busy, self.average = busy / max(1, all_of_it), os.getloadavg()[0]

    def __str__(self):
        return f"machine {self.busy:.0%} busy, load average {self.average:.1f}"
