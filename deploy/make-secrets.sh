#!/bin/sh
# Makes every secret of the deployment that is not there yet, in deploy/secrets/; what is there stays as it is.
set -eu
cd "$(dirname "$0")"
# The folder is closed to others on this machine; the files must be readable by the containers' own users.
mkdir -p secrets
chmod 700 secrets
cd secrets

put() { [ -e "$1" ] || { printf '%s' "$2" >"$1" && chmod 444 "$1"; }; }
random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }

put secret-key "$(random)$(random)"
for role in postgres owner app auditor valkey; do
    put "$role-password" "$(random)"
done
for role in owner app auditor; do
    put "$role-database-url" "postgres://recovery_$role:$(cat "$role-password")@postgres:5432/recovery_clinic"
done
put redis-url "redis://:$(cat valkey-password)@valkey:6379/0"
