"""真的进程：各开各的账本，同时起跑；也有半路被杀的。"""

import multiprocessing
import os
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import event

from core.db import Books, open_books
from core.errors import BusinessError, Need
from core.execute import Order, execute
from core.staff import Actor
from tests.make import Shop

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.races.crew", "core.commands"])


@dataclass(frozen=True)
class Job:
    actor: Actor
    command: Any
    key: str


@dataclass(frozen=True)
class Outcome:
    """kind ok · refused (a sentence for people) · broken (anything else)."""

    kind: str
    result: dict[str, Any]
    said: str = ""


def attempt(books: Books, job: Job, now: datetime) -> Outcome:
    try:
        return Outcome("ok", execute(books, job.actor, Order(job.command, job.key), now))
    except (BusinessError, Need) as refusal:
        return Outcome("refused", {}, str(refusal))
    except Exception as error:  # noqa: BLE001 — whatever it is, the test shall see it
        return Outcome("broken", {}, repr(error))


def _work(pipe: Connection, start: Any) -> None:
    books: Books | None = None
    opened = ""
    while (order := pipe.recv()) is not None:
        url, jobs, now = order
        if url != opened or books is None:
            if books is not None:
                books.close()
            books, opened = open_books(url), url
            with books.read():
                pass
        start.wait(60)
        pipe.send([attempt(books, job, now) for job in jobs])
    if books is not None:
        books.close()


class Crew:
    """`size` processes that live for the whole test run; run() lets all of them start at the same instant."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.start = CONTEXT.Barrier(size)
        self.pipes, self.processes = [], []
        for _ in range(size):
            here, there = CONTEXT.Pipe()
            process = CONTEXT.Process(target=_work, args=(there, self.start), daemon=True)
            process.start()
            there.close()
            self.pipes.append(here)
            self.processes.append(process)

    def run(self, shop: Shop, work: list[list[Job]]) -> list[list[Outcome]]:
        """work[i] goes to process i; the rest of the crew stands idle at the line."""
        url = shop.books.engine.url.render_as_string(hide_password=False)
        for pipe, jobs in zip(self.pipes, work + [[]] * (self.size - len(work)), strict=True):
            pipe.send((url, jobs, shop.now))
        return [pipe.recv() for pipe in self.pipes][: len(work)]

    def stop(self) -> None:
        for pipe in self.pipes:
            pipe.send(None)
        for process in self.processes:
            process.join(10)


# ── those who do not come home ──


def keep_posting(url: str, jobs: list[Job], now: datetime, pipe: Connection) -> None:
    """Post one after the other and acknowledge each, until killed."""
    books = open_books(url)
    for job in jobs:
        pipe.send((job.key, attempt(books, job, now)))


def die_at(url: str, job: Job, now: datetime, moment: int) -> None:
    """Post, but leave the world at the n-th statement (the COMMIT counts as the last one)."""
    books = open_books(url)
    passed = 0

    def step(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == moment:
            os._exit(9)

    with books.read():
        pass
    event.listen(books.engine, "after_cursor_execute", step)
    event.listen(books.engine, "commit", step)
    outcome = attempt(books, job, now)
    os._exit(0 if outcome.kind == "ok" else 1)
