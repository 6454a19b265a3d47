# The image of web, worker, beat and migrate: one image, four commands.
ARG PYTHON_IMAGE=python:3.13.9-slim-trixie

FROM ${PYTHON_IMAGE} AS packages
RUN python -m venv /opt/venv
COPY requirements/app.txt /tmp/app.txt
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /tmp/app.txt

FROM ${PYTHON_IMAGE}
# Pango sets the text of PDFs; its fonts are our own.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin clinic \
    && install --directory --owner clinic --mode 700 /anchors
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /app
COPY . .
# No setting is used for this but the folders; the real ones are mounted when a container starts.
RUN python -m compileall -q /app /opt/venv \
    && SECRET_KEY=unused DATABASE_URL=postgres://unused@/unused REDIS_URL=redis://unused \
       python manage.py collectstatic --noinput --verbosity 0
USER clinic
EXPOSE 8000
CMD ["gunicorn", "recovery_clinic.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--max-requests", "5000", "--max-requests-jitter", "500", "--log-level", "warning"]
