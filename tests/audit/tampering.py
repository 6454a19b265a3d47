"""What somebody can do to the audit record who holds the server, and by which words it is found."""

# ruff: noqa: S608 - the statements here are the tests' own, and they are hostile on purpose
import uuid

from tests.audit.own_database import ADD

CLINIC = uuid.UUID("11111111-1111-4111-8111-111111111111")
NTH = [
    f"(select event_id from audit_link where chain = '{CLINIC}' and sequence = {number})"
    for number in range(11)
]
# Each is done to a chain of ten events whose head is anchored. Those under an "unanchored" name leave a chain
# that agrees with itself: only what was anchored outside of the database tells.
TAMPERINGS = {
    "flip": ([f"update audit_event set actor_role = 'x' where id = {NTH[4]}"], "was changed"),
    "one microsecond": (
        [f"update audit_event set happened_at = happened_at + '1 microsecond' where id = {NTH[4]}"],
        "was changed",
    ),
    "delete": ([f"delete from audit_event where id = {NTH[4]}"], "was deleted"),
    "unlink": (["delete from audit_link where sequence = 4"], "missing"),
    "insert, unsealed": (
        [ADD.replace("%s, 'system'", f"'{CLINIC}', 'system'").replace("%s", "1")],
        "around the chain",
    ),
    "swap": (
        [
            f"create temporary table two as select {NTH[3]} as a, {NTH[6]} as b",
            "update audit_link set event_id = -1 where event_id = (select a from two)",
            "update audit_link set event_id = (select a from two) where event_id = (select b from two)",
            "update audit_link set event_id = (select b from two) where event_id = -1",
        ],
        "was changed",
    ),
    "hash": (["update audit_link set hash = sha256('x') where sequence = 10"], "was changed"),
    "links cut": (["delete from audit_link where sequence > 7"], "tail was cut off"),
    "unanchored: tail cut": (
        [
            "delete from audit_event where id in (select event_id from audit_link where sequence > 8)",
            "delete from audit_link where sequence > 8",
        ],
        "ends at 8: its tail was cut off",
    ),
    "unanchored: all rewritten": (
        [
            "create temporary table kept as select * from audit_event",
            "update kept set actor_role = 'nobody'",
            "delete from audit_link",
            "delete from audit_event",
            "set session_replication_role = origin",
            "insert into audit_event select * from kept order by id",
        ],
        "the chain was rewritten",
    ),
    "unanchored: all gone": (["delete from audit_event", "delete from audit_link"], "the chain ends at 0"),
}
REFUSED_TO_THE_PRODUCT = [
    "update audit_event set action = 'x'",
    "delete from audit_event",
    "truncate audit_event",
    "insert into audit_link values (-1, gen_random_uuid(), 1, '', '')",
    "update audit_link set hash = ''",
    "delete from audit_link",
    "truncate audit_link",
    "alter table audit_event disable trigger events_are_chained",
    "alter table audit_event disable trigger emergency_access_is_tagged",
    "drop trigger emergency_access_is_tagged on audit_event",
    "set session_replication_role = replica",
]
