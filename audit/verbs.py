"""Which letter of create, read, update, delete, execute each of our verbs is."""

from audit.models import Code

CODES = {
    Code.CREATE: "registered recorded noted opened admitted started requested invited added created",
    Code.READ: "viewed read exported downloaded",
    Code.UPDATE: (
        "last_dose_recorded closed adjusted stopped held resumed amended set reviewed released acknowledged"
        " signed waived retried changed enabled disabled accepted submitted returned published retired"
    ),
    Code.DELETE: "ended removed revoked discarded deleted withdrawn",
    Code.EXECUTE: "evaluated rendered failed refused logged_in logged_out",
}
_CODE_OF = {word: code for code, words in CODES.items() for word in words.split()}


def code_of(action: str) -> Code:
    """The letter of a verb such as "labs.panel.amended"; one that is not listed is an execution."""
    return _CODE_OF.get(action.rpartition(".")[2], Code.EXECUTE)


def is_listed(action: str) -> bool:
    """True where somebody has said which letter this verb is."""
    return action.rpartition(".")[2] in _CODE_OF
