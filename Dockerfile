FROM python:3.11-slim
WORKDIR /app
COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY desperados ./desperados
COPY seeds ./seeds
RUN pip install --no-cache-dir --editable . && useradd --create-home player
USER player
EXPOSE 8420
ENTRYPOINT ["desperados"]
CMD ["serve", "--host", "0.0.0.0"]
