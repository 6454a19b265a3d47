"""Counters hold until their time is up: for many at once, and however many others there are."""

import threading

import pytest
from django.core.cache import caches
from django.db import connection, transaction

from accounts.counters import CounterCache


@pytest.fixture
def counters(django_db_setup, django_db_blocker):
    """Not in a test's own transaction, where nobody else would see what is counted; cleared by hand."""
    found = CounterCache("accounts_cache", {})
    with django_db_blocker.unblock():
        yield found
        found.clear()
        connection.close()


def rows():
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts_cache")
        return cursor.fetchone()[0]


def test_the_product_counts_with_it():
    assert isinstance(caches["default"], CounterCache)


def test_a_value_comes_back_until_its_time_is_up(counters):
    counters.set("a", [1.5, 2.5], 60)
    assert counters.get("a") == [1.5, 2.5]
    counters.set("a", [1.5], 0)
    assert counters.get("a", "gone") == "gone"
    assert not counters.touch("a", 60)


def test_add_leaves_what_is_there_and_replaces_what_has_run_out(counters):
    assert counters.add("a", 1, 60)
    assert not counters.add("a", 2, 60)
    assert counters.get("a") == 1
    counters.set("a", 1, 0)
    assert counters.add("a", 3, 60)
    assert counters.get("a") == 3
    assert counters.delete("a")
    assert not counters.delete("a")


@pytest.mark.parametrize("left_behind", [False, True], ids=["new", "run out"])
def test_one_of_twenty_that_add_at_once_succeeds(counters, left_behind):
    if left_behind:
        counters.set("a", 0, 0)
    together, won = threading.Barrier(20), []

    def add(number):
        together.wait()
        won.append(counters.add("a", number, 60))
        connection.close()

    threads = [threading.Thread(target=add, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won.count(True) == 1


def test_a_thousand_others_throw_none_away(counters):
    counters.set("first", [1.0], 900)
    for number in range(1_000):
        counters.set(f"a{number}", [1.0], 900)
    assert counters.get("first") == [1.0]
    assert rows() == 1_001


def test_what_has_run_out_is_swept_with_the_next_writes(counters):
    for number in range(60):
        counters.set(f"a{number}", 1, 0)
    for number in range(4):
        counters.set(f"b{number}", 1, 60)
    assert rows() == 4


def test_an_add_inside_of_a_transaction_leaves_it_usable(counters):
    with transaction.atomic():
        assert counters.add("a", 1, 60)
        assert not counters.add("a", 1, 60)
        assert counters.get("a") == 1
