-- The three roles, without passwords. Safe to run again; run by an administrator of the server.
DO $$
DECLARE
    role_name text;
    held record;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['recovery_owner', 'recovery_app', 'recovery_auditor'] LOOP
        SELECT * INTO held FROM pg_roles WHERE rolname = role_name;
        IF NOT FOUND THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role_name);
        ELSIF held.rolsuper OR held.rolbypassrls OR held.rolcreatedb OR held.rolcreaterole
            OR held.rolreplication OR NOT held.rolcanlogin THEN
            -- Row-level security is no wall for a superuser; a role that was widened by hand is narrowed here.
            EXECUTE format(
                'ALTER ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION', role_name);
        END IF;
    END LOOP;
    -- An administrator who is no superuser must be a member to make a database for the owner.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT recovery_owner TO %I', current_user);
    END IF;
END
$$;
ALTER ROLE recovery_auditor SET default_transaction_read_only = on;
