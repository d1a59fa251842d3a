"""语料里的店,一次装好给全部测试用。"""

from datetime import date
from pathlib import Path

import pytest

import intents
from intents.frame import Catalog

CORPUS = Path(__file__).parent.parent / "data" / "corpus"
DEV = CORPUS / "dev"
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def shop() -> Catalog:
    """成都那家调料批发店的目录。"""
    intents.load()
    return Catalog.from_csv(DEV)
