"""R13 的两个人，真的是两个进程。"""

from collections.abc import Iterator

import pytest

from tests.races.crew import Crew


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    made = Crew(2)
    yield made
    made.stop()
