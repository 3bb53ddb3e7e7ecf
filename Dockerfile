# syntax=docker/dockerfile:1
# The image of JOAI, on Debian with glibc, for which RocksDB comes prebuilt. It does not run on Alpine.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# All native parts come prebuilt, so no install script is needed.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY schemas schemas
COPY state state
COPY operators operators
COPY topology topology
COPY connectors connectors
COPY audit audit
COPY simulation simulation
COPY testing testing
COPY scripts scripts
COPY bench bench
COPY examples examples
RUN npm run -s build \
  && npm prune --omit=dev --ignore-scripts \
  && find node_modules/rocksdb-native/prebuilds node_modules/classic-level/prebuilds -mindepth 1 -maxdepth 1 \
    -not -name "linux-$(node -p process.arch)" -exec rm -r {} + \
  && find node_modules/rocksdb-native/prebuilds -name '*.bare' -delete

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends libatomic1 \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /data
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/schemas schemas
COPY --from=build /build/examples examples
# The address is open in a container, whose ports are published by name.
ENV NODE_ENV=production JOAI_DATA=/data JOAI_HOST=0.0.0.0
USER node
VOLUME /data
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=64", "--heap-growing-percent=300", "--v8-pool-size=1", "dist/scripts/joai.js"]
CMD ["run"]
