"""Asking for documents and keeping what was rendered."""

from documents.actions.asking import NotPossible, may_ask, request_document, retry_document
from documents.actions.keeping import begin_rendering, note_failure, note_look_at_pdf, store_pdf

__all__ = [
    "NotPossible",
    "begin_rendering",
    "may_ask",
    "note_failure",
    "note_look_at_pdf",
    "request_document",
    "retry_document",
    "store_pdf",
]
