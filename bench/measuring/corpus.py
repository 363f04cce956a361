"""The labelled corpora in a folder of results: unpacked once, read in the fixed order of the shared protocol."""
import csv
import os
import subprocess
from collections import namedtuple

HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("SEKISHO_SHARED", os.path.join(HERE, "..", "shared"))
MEASURE = os.path.join(SHARED, "tools", "measure")
INDEX = os.path.join(MEASURE, "index.csv")
PROTOCOL = os.path.join(MEASURE, "protocol.py")
JAPANESE = os.path.join(SHARED, "corpora", "japanese-dev")

Message = namedtuple("Message", "path spam split folder file")


def folder_of_results(given):
    """The folder where raw scores are kept: the argument, or target/bench."""
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "target"))
    where = os.path.abspath(given or os.path.join(target, "bench"))
    os.makedirs(where, exist_ok=True)
    return where


def prepare(where):
    """Unpacks the corpus and compiles the load driver, once; returns the folder of messages."""
    if not os.path.isdir(MEASURE):
        raise SystemExit(f"bench: {MEASURE} is not here; set SEKISHO_SHARED")
    subprocess.run(["bash", os.path.join(MEASURE, "prepare.sh"), where], check=True)
    driver = os.path.join(where, "scandrv")
    if not os.path.exists(driver):
        subprocess.run(["cc", "-O2", "-w", "-o", driver, os.path.join(MEASURE, "scandrv.c"), "-lpthread"], check=True)
    return os.path.join(where, "msgs")


def english(root):
    """The SpamAssassin corpus in the fixed order."""
    with open(INDEX) as rows:
        return [
            Message(row["path"], row["label"] == "spam", row["split"], row["path"].split("/")[0],
                    os.path.join(root, row["path"]))
            for row in csv.DictReader(rows)
        ]


def japanese():
    """The fictional Japanese set; the folder is the category."""
    with open(os.path.join(JAPANESE, "index.csv"), encoding="utf-8") as rows:
        return [
            Message(row["path"], row["label"] == "spam", "test", row["category"], os.path.join(JAPANESE, row["path"]))
            for row in csv.DictReader(rows)
        ]
