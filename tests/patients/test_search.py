"""Finding a patient by whatever the person at the desk remembers."""

from datetime import date

import pytest

from patients.models import Patient
from tests import builders


@pytest.fixture
def patient(ada):
    return builders.a_patient(
        ada, given_name="Núñez", family_name="de la Cruz", phone="+44 7700 900 123", mrn="H77"
    )


@pytest.mark.parametrize(
    "words", ["nunez", "NÚÑEZ", "cruz nu", "h77", "1988-05-17", "17.05.1988", "7700900123", "+447700", "CRUZ"]
)
def test_a_part_of_any_identifier_finds_him(ada, patient, words):
    born_elsewhen = date(1979, 1, 2)
    builders.a_patient(
        ada, given_name="Someone", family_name="Else", mrn="H78", phone="", date_of_birth=born_elsewhen
    )
    assert list(Patient.objects.visible_to(ada).named_like(words)) == [patient]


def test_words_that_fit_nobody_find_nobody(ada, patient):
    assert not Patient.objects.visible_to(ada).named_like("cruz smith").exists()


def test_another_clinic_finds_nobody(ada, patient, mallory):
    builders.acting(mallory)
    assert not Patient.objects.visible_to(mallory).named_like("cruz").exists()
