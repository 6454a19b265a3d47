"""A patient on clomiphene, and PDFs read back."""

import io
import uuid

import pypdf
import pytest

from documents import actions, tasks
from documents.models import DocumentKind
from tests import builders


@pytest.fixture
def patient(ada):
    return builders.a_patient(ada, given_name="Daniel", family_name="Okafor", mrn="H00417")


@pytest.fixture
def course(patient, ada):
    return builders.a_course(builders.an_episode(patient, by=ada), by=ada)


@pytest.fixture
def ask(ada):
    """Ask for a document, as ada unless somebody else is named."""

    def _ask(patient, *, by=ada, kind=DocumentKind.CLOMIPHENE, entry_key=None):
        return actions.request_document(patient, kind, by=by, entry_key=entry_key or uuid.uuid4())

    return _ask


@pytest.fixture
def printed():
    """Render a document and read the PDF back."""

    def _printed(document):
        tasks.render(str(document.clinic_id), str(document.id))
        document.refresh_from_db()
        return pypdf.PdfReader(io.BytesIO(bytes(document.pdf)))

    return _printed
