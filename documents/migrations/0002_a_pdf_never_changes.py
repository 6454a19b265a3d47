"""The PDF of a document is written once; the database itself refuses a second one."""

from django.db import migrations

KEEP = """
CREATE FUNCTION documents_keep_pdf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a PDF that was made never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_pdf_never_changes BEFORE UPDATE OF pdf, pages, rendered_at ON documents_document
    FOR EACH ROW
    WHEN (OLD.rendered_at IS NOT NULL AND
        (OLD.pdf, OLD.pages, OLD.rendered_at) IS DISTINCT FROM (NEW.pdf, NEW.pages, NEW.rendered_at))
    EXECUTE FUNCTION documents_keep_pdf();
"""
LET_GO = """
DROP TRIGGER a_pdf_never_changes ON documents_document;
DROP FUNCTION documents_keep_pdf();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
