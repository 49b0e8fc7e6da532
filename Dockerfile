FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# The roots by which carrier and card processor are known.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home talktime
COPY --from=build /src/target/release/talktime /usr/local/bin/talktime
USER talktime
WORKDIR /home/talktime
ENV TALKTIME_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["talktime"]
CMD ["serve"]
