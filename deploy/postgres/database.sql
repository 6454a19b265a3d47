-- What each role may do in this database. Safe to run again; run in a database that recovery_owner owns.
SET ROLE recovery_owner;
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO recovery_app', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO recovery_auditor', current_database());
END
$$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO recovery_app, recovery_auditor;
ALTER DEFAULT PRIVILEGES FOR ROLE recovery_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO recovery_app;
ALTER DEFAULT PRIVILEGES FOR ROLE recovery_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO recovery_app;
ALTER DEFAULT PRIVILEGES FOR ROLE recovery_owner IN SCHEMA public
    GRANT SELECT ON TABLES TO recovery_auditor;
RESET ROLE;
