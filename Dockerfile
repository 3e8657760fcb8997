# Two stages: what is needed to build (pip, setuptools, the sources) is not in what runs. The base is
# named by its exact version; who mirrors it names it by digest as well:
#   docker build --build-arg BASE=python:3.13.13-slim-bookworm@sha256:...
ARG BASE=python:3.13.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/desperados
COPY requirements.lock ./
RUN pip --python /opt/desperados/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY desperados ./desperados
COPY seeds ./seeds
RUN pip install --no-cache-dir setuptools==80.9.0 \
    && pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/desperados/bin/python install --no-cache-dir --no-deps /wheels/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="desperados" org.opencontainers.image.licenses="MIT"
# Of root, so that who runs it cannot change it; by number, so that a platform sees it is not root.
COPY --from=build /opt/desperados /opt/desperados
ENV PATH=/opt/desperados/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8420
HEALTHCHECK --interval=5s --timeout=5s --retries=12 CMD ["python", "-c", \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8420/readyz', timeout=4)"]
ENTRYPOINT ["desperados"]
CMD ["serve", "--host", "0.0.0.0"]
