"""拿一夹语料考一遍:每句写出读法,报快慢和占多少内存。"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from intents import dialogue, segment
from intents.frame import Catalog
from intents.understand import understand

SHANGHAI = timezone(timedelta(hours=8))


def evaluate(
    corpus_dir: str | Path, out_path: str | Path, catalogue: str | Path | None = None
) -> dict[str, Any]:
    """读语料夹,把每句的读法写进 out_path,返回快慢的小结。"""
    folder = Path(corpus_dir)
    begun = time.perf_counter()
    segment.load()
    catalog = Catalog.from_csv(folder, catalogue)
    loaded = time.perf_counter() - begun
    spent: list[float] = []
    with Path(out_path).open("w", encoding="utf-8") as out:
        for case in cases(folder):
            frame, seconds = _one(case, catalog)
            spent.append(seconds)
            out.write(json.dumps({"id": case.get("id"), **frame}, ensure_ascii=False) + "\n")
    return summary(spent, loaded)


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """语料里的句子。"""
    with (folder / "cases.jsonl").open(encoding="utf-8") as file:
        for row in file:
            if row.strip():
                yield json.loads(row)


def _one(case: dict[str, Any], catalog: Catalog) -> tuple[dict[str, Any], float]:
    today = date.fromisoformat(case["today"]) if case.get("today") else datetime.now(SHANGHAI).date()
    state = dialogue.replay(case.get("context") or (), catalog, today)
    begun = time.perf_counter()
    frame = understand(case.get("text") or "", state, catalog, today)
    return frame.to_dict(), time.perf_counter() - begun


def summary(spent: list[float], loaded: float) -> dict[str, Any]:
    """p50、p99(毫秒)、每秒几句、装载几秒、最多用多少内存(MB)。"""
    ordered = sorted(spent) or [0.0]
    total = sum(ordered)
    return {
        "messages": len(spent),
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 3),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)], 3),
        "messages_per_second": round(len(spent) / total, 1) if total else 0.0,
        "load_seconds": round(loaded, 3),
        "peak_memory_mb": peak_memory(),
    }


def peak_memory() -> float | None:
    """这个进程最多用过多少 MB;Windows 上不报。"""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1024 / (1024 if sys.platform == "darwin" else 1), 1)
