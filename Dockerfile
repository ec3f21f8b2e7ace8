# syntax=docker/dockerfile:1.7
# Three images: `product` (web, workers, relay, jobs, migrations), `ldap` (slapd over stack/directory.ldif) and `keycloak`
# (built for PostgreSQL, with our theme and realm). docs/reference/stacks.md says what was checked of this file and what was not.

FROM node:24.11.1-bookworm-slim AS assets
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --silent --no-audit --no-fund
COPY static static
COPY templates templates
COPY webapp webapp
RUN node static/build.mjs

FROM python:3.11.11-slim-bookworm AS packages
WORKDIR /build
COPY pyproject.toml requirements.lock ./
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir "$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)" \
    && uv pip install --python /opt/venv/bin/python --no-cache --compile-bytecode -r pyproject.toml --constraint requirements.lock

FROM python:3.11.11-slim-bookworm AS product
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 TMPDIR=/tmp
RUN groupadd --gid 10001 product && useradd --uid 10001 --gid product --no-create-home --shell /usr/sbin/nologin product
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY areas.py settings.py telemetry.py pyproject.toml ./
COPY models models
COPY webapp webapp
COPY consumers consumers
COPY migrations migrations
COPY templates templates
COPY stack stack
COPY static static
COPY --from=assets /build/static/vendor static/vendor
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "-c", "webapp/gunicorn_conf.py", "webapp.app:create_app()"]

FROM python:3.11.11-slim-bookworm AS ldap
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slapd ldap-utils \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir /data && chown openldap:openldap /data
WORKDIR /app
COPY --chown=root:root stack/__init__.py stack/processes.py stack/
COPY stack/native stack/native
COPY stack/directory.ldif /data/directory.ldif
USER openldap
EXPOSE 3389
CMD ["python", "-m", "stack.native.slapd", "/data", "3389", "0.0.0.0"]

FROM product AS theme
USER root
RUN python -m stack.keycloak.theme /themes

FROM quay.io/keycloak/keycloak:26.4.7 AS keycloak
ENV KC_DB=postgres KC_HEALTH_ENABLED=true KC_FEATURES_DISABLED=kerberos,device-flow,ciba,par,impersonation
COPY --from=theme /themes/dundermifflin /opt/keycloak/themes/dundermifflin
COPY stack/keycloak/realm.json /opt/keycloak/data/import/realm.json
RUN /opt/keycloak/bin/kc.sh build
USER 1000
EXPOSE 8080
ENTRYPOINT ["/opt/keycloak/bin/kc.sh"]
CMD ["start", "--optimized", "--import-realm"]
