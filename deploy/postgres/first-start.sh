#!/bin/bash
# Makes the roles and the database. The image runs it when its data folder is empty; it is safe to run again:
#   docker compose exec postgres bash /docker-entrypoint-initdb.d/first-start.sh
set -eu
sql=${SQL_FOLDER:-/docker-entrypoint-initdb.d/recovery-clinic}
export SECRETS_FOLDER=${SECRETS_FOLDER:-/run/secrets}
as_admin=(psql --username "${POSTGRES_USER:-postgres}" --no-psqlrc --quiet --set ON_ERROR_STOP=1)

"${as_admin[@]}" --dbname postgres --file "$sql/roles.sql"
"${as_admin[@]}" --dbname postgres <<'SQL'
\set owner_password `cat "$SECRETS_FOLDER"/owner-password`
\set app_password `cat "$SECRETS_FOLDER"/app-password`
\set auditor_password `cat "$SECRETS_FOLDER"/auditor-password`
ALTER ROLE recovery_owner PASSWORD :'owner_password';
ALTER ROLE recovery_app PASSWORD :'app_password';
ALTER ROLE recovery_auditor PASSWORD :'auditor_password';
SELECT 'CREATE DATABASE recovery_clinic OWNER recovery_owner TEMPLATE template0 ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'recovery_clinic') \gexec
SQL
"${as_admin[@]}" --dbname recovery_clinic --file "$sql/database.sql"
