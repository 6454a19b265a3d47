#!/bin/sh
# Backs up one database to a folder. Usage: backup.sh once|daily|check
# PGHOST, PGUSER, PGDATABASE name the database; PGPASSWORD_FILE its password; BACKUP_FOLDER where backups are kept;
# BACKUP_KEEP_DAYS for how long. Restore: deploy/README.md.
set -eu
folder=${BACKUP_FOLDER:?where backups are kept}
keep=${BACKUP_KEEP_DAYS:-14}
umask 077
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi

# A file gets its final name only when it is whole and pg_restore can read it.
backup() {
    name=$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump
    pg_dump --format custom --file "$folder/$name.part"
    pg_restore --list "$folder/$name.part" >/dev/null
    mv "$folder/$name.part" "$folder/$name"
    find "$folder" -name "$PGDATABASE-*.part" -mmin +1440 -delete
    find "$folder" -name "$PGDATABASE-*.dump" -mtime "+$keep" -delete
    printf '%s\n' "$folder/$name"
}

case ${1:-} in
once) backup ;;
daily)
    trap 'exit 0' TERM INT
    while :; do
        # A failed night is told by `check`, and the next hour tries again.
        if backup; then pause=86400; else pause=3600; fi
        sleep "$pause" &
        wait $!
    done
    ;;
check) [ -n "$(find "$folder" -name "$PGDATABASE-*.dump" -mmin -1560)" ] ;;
*)
    printf 'Usage: backup.sh once|daily|check\n' >&2
    exit 2
    ;;
esac
