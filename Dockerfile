# The API alone; Elasticsearch runs beside it (docker-compose.yml).
FROM python:3.11-slim

# What is needed to run stands in one folder, owned by root; the service only writes to /data.
WORKDIR /srv/logfeed
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    LOGFEED_HOST=0.0.0.0 LOGFEED_PORT=8080 LOGFEED_DATA_DIR=/data

COPY requirements/runtime.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY index_templates index_templates
COPY app app
COPY retention retention
RUN python -m compileall -q app retention \
    && useradd --system --uid 10001 --home-dir /data --create-home logfeed

USER logfeed
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# The process lives; whether Elasticsearch does too is /readyz, and no reason to restart this one.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["python", "-m", "app", "serve"]
