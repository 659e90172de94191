FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY web/package.json web/
RUN npm ci
COPY . .
RUN npm run build

FROM node:20-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production BUSBAR_HOST=0.0.0.0
COPY package.json package-lock.json ./
COPY web/package.json web/
RUN npm ci --omit=dev && npm cache clean --force \
  && printf '#!/bin/sh\nexec node /app/dist/src/cli/main.js "$@"\n' > /usr/local/bin/busbar \
  && chmod 755 /usr/local/bin/busbar
COPY --from=build /app/dist ./dist
COPY --from=build /app/web/dist ./web/dist
# A volume that is mounted here belongs to the user below.
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 8080 9000
HEALTHCHECK --interval=10s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "dist/src/main.js"]
