"""Passwords: long ones are welcome, common and own ones are not, and a digest costs what was decided."""

import pytest
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    get_default_password_validators,
    validate_password,
)
from django.core.exceptions import ValidationError

from accounts.models import Person


@pytest.mark.parametrize(
    "password",
    ["x y" * 7, "correct horse battery staple " * 4, "päßwörter-auf-dem-dachboden", "1" * 5 + "q" * 123],
)
def test_a_long_password_of_any_letters_is_taken(password):
    validate_password(password)
    hasher = get_hasher()
    assert hasher.verify(password, hasher.encode(password, hasher.salt()))


@pytest.mark.parametrize("password", ["elevenchars", "qwertyuiop123", "1234567890123", "password1234"])
def test_a_short_or_common_password_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


def test_a_password_of_ones_own_name_or_address_is_refused():
    ada = Person(email="ada.lovelace@harbour.example", full_name="Augusta Lovelace")
    for password in ("ada.lovelace1", "augustalovelace"):
        with pytest.raises(ValidationError):
            validate_password(password, ada)


def test_the_list_of_common_passwords_is_far_above_three_thousand():
    [common] = [
        each for each in get_default_password_validators() if isinstance(each, CommonPasswordValidator)
    ]
    assert len(common.passwords) > 19_000


def test_a_digest_costs_what_was_decided():
    hasher = get_hasher()
    told = hasher.decode(hasher.encode("a long password", hasher.salt()))
    found = {name: told[name] for name in ("variety", "memory_cost", "time_cost", "parallelism")}
    assert found == {"variety": "argon2id", "memory_cost": 19_456, "time_cost": 2, "parallelism": 1}


def test_two_long_passwords_that_differ_in_the_last_letter_differ():
    """Nothing is cut off, as some hashes do after 72 bytes."""
    hasher = get_hasher()
    digest = hasher.encode("a" * 127 + "b", hasher.salt())
    assert not hasher.verify("a" * 127 + "c", digest)
