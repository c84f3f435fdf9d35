# Kith as one static binary. It expects a Neo4j (NEO4J_URI) and runs with a read-only root: everything it writes is under
# /data. See docker-compose.yml for the whole.
FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/kith . && mkdir -p /out/data

FROM alpine:3.22
RUN apk add --no-cache ca-certificates tzdata && addgroup -S -g 10001 kith && adduser -S -D -H -u 10001 -G kith kith
COPY --from=build /out/kith /usr/local/bin/kith
COPY --from=build --chown=10001:10001 /out/data /data
USER 10001:10001
ENV KITH_ADDR=0.0.0.0:8080 KITH_DATA=/data
VOLUME /data
EXPOSE 8080
# On another KITH_ADDR, give a health check of your own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD wget -q -O /dev/null http://127.0.0.1:8080/readyz
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/kith"]
