"""A product of each drill's own, whose processes may be killed and whose broker may be taken away."""

from collections.abc import Iterator

import pytest

from tests.drills.faults import Clinic
from tests.product import a_product


@pytest.fixture
def product(worker_id: str) -> Iterator[Clinic]:
    with a_product(f"faults_{worker_id}", Clinic) as running:
        yield running
