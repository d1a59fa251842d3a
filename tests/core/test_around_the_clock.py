"""钟和历：机器设在 UTC、上海、纽约，记的账一字不差；午夜、月底、二月二十九、夏令时，一张不错、日报一天一份。"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ZONES = ("UTC", "Asia/Shanghai", "America/New_York")


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What happened in each zone, the three at once."""
    root, running = Path(__file__).parents[2], {}
    for zone in ZONES:
        url = f"sqlite:///{tmp_path_factory.mktemp('zone')}/shop.db"
        running[zone] = subprocess.Popen(
            [sys.executable, "-m", "tests.core.around_the_clock", url],
            cwd=root,
            env=os.environ | {"TZ": zone},
            stdout=subprocess.PIPE,
        )
    return {zone: json.loads(process.communicate(timeout=120)[0]) for zone, process in running.items()}


def test_the_host_s_zone_changes_nothing(stories: dict[str, dict[str, Any]]) -> None:
    assert stories["UTC"] == stories["Asia/Shanghai"] == stories["America/New_York"]


def test_every_document_has_the_day_of_the_shop(stories: dict[str, dict[str, Any]]) -> None:
    days = {
        what: (number, day)
        for what, number, day, _ in stories["America/New_York"]["documents"]
        if number.startswith("GR")
    }
    assert days["a second before midnight"] == ("GR-20260131-0001", "2026-01-31")
    assert days["midnight, a new month"] == ("GR-20260201-0001", "2026-02-01")
    # a clock put back: the document is of the day it shows, and the numbers of that day go on without a gap
    assert days["the clock put back an hour"] == ("GR-20260131-0002", "2026-01-31")
    assert days["28 February"] == ("GR-20280228-0001", "2028-02-28")
    assert days["29 February"] == ("GR-20280229-0001", "2028-02-29")
    assert days["its last second"] == ("GR-20280229-0002", "2028-02-29")
    assert days["1 March"] == ("GR-20280301-0001", "2028-03-01")
    assert days["fall back in New York"][0] == "GR-20261101-0001"
    assert days["the same hour there"][0] == "GR-20261101-0002"


def test_terms_count_over_the_leap_day_and_the_month_s_end(stories: dict[str, dict[str, Any]]) -> None:
    """成都总代 30天: 29 February + 30 = 30 March; 31 January + 30 = 2 March."""
    due = {what: due for what, number, _, due in stories["UTC"]["documents"] if number.startswith("GR")}
    assert due["29 February"] == "2028-03-30"
    assert due["a second before midnight"] == "2026-03-02"


def test_one_digest_a_day_whatever_the_clock_does(stories: dict[str, dict[str, Any]]) -> None:
    told = Counter(tuple(one) for one in stories["UTC"]["digests"])
    assert told
    assert set(told.values()) == {1}
    assert {key.rsplit("/", 1)[1] for key, _ in told} >= {"2026-03-08"}


def test_the_books_prove_themselves_after_all_of_it(stories: dict[str, dict[str, Any]]) -> None:
    assert stories["Asia/Shanghai"]["differences"] == []
