"""十六个进程，整轮测试只起一次。"""

from collections.abc import Iterator

import pytest

from tests.races.crew import Crew


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    made = Crew(16)
    yield made
    made.stop()
