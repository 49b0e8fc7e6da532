# The program alone: SQLite and libpq are inside it, so it needs no library but libc.
FROM rust:1.95-slim-bookworm AS build
# A C compiler for those two.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# The roots by which carrier and card processor are known.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home talktime
COPY --from=build /src/target/release/talktime /usr/local/bin/talktime
USER talktime
WORKDIR /home/talktime
ENV TALKTIME_LISTEN=0.0.0.0:8080
EXPOSE 8080
# Ready means that the database answers. bash speaks enough HTTP for the question.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["talktime"]
CMD ["serve"]
