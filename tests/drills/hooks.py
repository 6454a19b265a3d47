"""Places in the middle of a job at which a drill can hold it: triggers of the drill's own database.

A trigger at each point waits for an advisory lock. Whoever holds the lock of a point has the next job there
in his hand, in a transaction that is not committed; nothing of this is in the product.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.product import Product, until

# Where a job stands: before its try is counted, with its effect begun, with all of it stored but the mark.
POINTS = {
    "before_claim": 1,
    "mid_effect": 2,
    "before_mark": 3,
}
HOOK = """
create function drill_hook() returns trigger language plpgsql security definer as $$
begin
    perform pg_advisory_xact_lock_shared(424242, tg_argv[0]::int);
    return new;
end $$;
create trigger drill_claim before update of attempts on monitoring_evaluation
    for each row when (new.attempts > old.attempts) execute function drill_hook(1);
create trigger drill_claim before update of attempts on documents_document
    for each row when (new.attempts > old.attempts) execute function drill_hook(1);
create trigger drill_effect before insert on monitoring_flag
    for each row execute function drill_hook(2);
create trigger drill_effect before update of pdf on documents_document
    for each row when (new.pdf is not null) execute function drill_hook(2);
create trigger drill_mark before update of evaluated_version on monitoring_evaluation
    for each row when (new.evaluated_version > old.evaluated_version) execute function drill_hook(3);
create trigger drill_mark before insert on audit_event
    for each row when (new.action = 'documents.document.rendered') execute function drill_hook(3);
"""
# What poisons a job: it fails, or it sleeps until its worker is killed.
POISON = """
create table drill_poison (id uuid primary key, how text not null);
create function drill_poisoned() returns trigger language plpgsql security definer as $$
declare poison text;
begin
    select how into poison from drill_poison where id = (to_jsonb(new) ->> tg_argv[0])::uuid;
    if poison = 'fails' then raise exception 'planted'; end if;
    if poison = 'kills' then perform pg_sleep(8); end if;
    return new;
end $$;
create trigger drill_poison before insert on monitoring_flag
    for each row execute function drill_poisoned('episode_id');
create trigger drill_poison before update of pdf on documents_document
    for each row when (new.pdf is not null) execute function drill_poisoned('id');
"""
HELD = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory'"
    " and datname = current_database()"
)


def install(product: Product) -> None:
    product.tell(HOOK)
    product.tell(POISON)


@contextmanager
def held_at(product: Product, point: str, *, patience: float = 20) -> Iterator[None]:
    """Once inside, a worker has a job in hand at this point; it goes on as soon as this is left."""
    with psycopg.connect(product.admin) as holder:
        holder.execute("select pg_advisory_xact_lock(424242, %s)", [POINTS[point]])
        until(lambda: product.ask(HELD)[0][0] > 0, f"a job is held {point}", seconds=patience)
        yield


def sleepers(product: Product) -> list[tuple[Any, ...]]:
    """The sessions in which a poisoned job sleeps."""
    return product.ask(
        "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
    )
